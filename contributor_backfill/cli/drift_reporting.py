"""What reconciliation found, for people and for scripts."""

from typing import Any

from contributor_backfill.cli.output import echo
from contributor_backfill.domain.completeness import percentage
from contributor_backfill.domain.drift import Drift, Finding
from contributor_backfill.domain.types import Repository
from contributor_backfill.reports.wording import plural, unlisted

KINDS = {
    "pull_requests": "pull request",
    "reviews": "review",
    "comments": "comment",
    "review_comments": "review comment",
}


def echo_drift(repository: Repository, drift: Drift, queued: tuple[int, int] | None) -> None:
    """Print what is stored of each kind, and what is missing."""
    echo(f"{repository.full_name}:")
    for kind, noun in KINDS.items():
        stored, total = drift.completeness[kind]["stored"], drift.completeness[kind]["total"] or 0
        share = percentage(stored, total, short=drift.counts.get(kind, 0))
        echo(f"  {stored:,} of {plural(total, noun)}, {share:g} %")
    if difference := drift.completeness.get("unlisted"):
        echo(f"  {unlisted(difference)}")
    for finding in drift.findings:
        echo(f"  {_words(finding)}")
    more = sum(drift.counts.values()) - len(drift.findings)
    if more > 0:
        echo(f"  and {more:,} more; --json shows up to a thousand.")
    if not drift.counts:
        whole = drift.completeness["is_complete"]
        echo(f"  Nothing {'' if whole else 'of what was synced '}is missing.")
    if queued is not None:
        echo(f"  Queued: {plural(queued[0], 'pull request')} and {plural(queued[1], 'list')}.")


def as_json(
    repository: Repository, drift: Drift, queued: dict[str, tuple[int, int]]
) -> dict[str, Any]:
    """Return what was found as plain JSON."""
    wanted, lists = queued.get(repository.full_name, (0, 0))
    return {
        "repository": repository.full_name,
        "completeness": drift.completeness,
        "missing": drift.counts,
        "findings": [vars(finding) for finding in drift.findings],
        "queued": {"pull_requests": wanted, "lists": lists},
    }


def _words(finding: Finding) -> str:
    where = f"#{finding.number}" if finding.number else "somewhere"
    if finding.stored == finding.total or finding.kind == "pull_requests":
        return f"{where}: {finding.reason}."
    nouns = plural(finding.total, KINDS[finding.kind])
    return f"{where}: {finding.stored:,} of {nouns} stored."
