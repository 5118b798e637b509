"""`reconcile`: hold what is stored against GitHub's own totals."""

import sys
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from contributor_backfill.cli.app import recorded
from contributor_backfill.cli.capture import RunOptions, capture_on
from contributor_backfill.cli.capture_report import echo_reports
from contributor_backfill.cli.options import (
    json_option,
    max_minutes_option,
    repository_options,
    reserve_option,
    store_option,
)
from contributor_backfill.cli.output import echo, echo_json
from contributor_backfill.cli.settings import Store, load
from contributor_backfill.domain.completeness import Drift, Finding, percentage
from contributor_backfill.domain.errors import DriftFound
from contributor_backfill.domain.sources import SourceName, Wanted
from contributor_backfill.domain.types import Repository, RepositoryId
from contributor_backfill.reports.wording import plural, unlisted

if TYPE_CHECKING:
    from contributor_backfill.capture.report import Report
    from contributor_backfill.db.gateway import Gateway

SAMPLE = 200
FINDINGS_SHOWN = 20
FINDINGS_IN_JSON = 1_000
DUE_AFTER_DAYS = 30
MOST_DUE = 5
"""Repositories a run of `--due` takes on; the next run takes the next ones."""


@click.command()
@repository_options
@click.option(
    "--sample",
    type=click.IntRange(1, 10_000),
    metavar="N",
    help=f"Compare N pull requests at random. Default: {SAMPLE}.",
)
@click.option("--full", is_flag=True, help="Compare all of them, at a point for a hundred.")
@click.option(
    "--due",
    is_flag=True,
    help=f"Compare all of the repositories that nobody compared for {DUE_AFTER_DAYS} days.",
)
@click.option("--repair", is_flag=True, help="Queue exactly what is missing, for the next run.")
@json_option
@max_minutes_option
@reserve_option
@store_option
def reconcile(
    *,
    repository: str | None,
    repository_id: RepositoryId | None,
    sample: int | None,
    full: bool,
    due: bool,
    repair: bool,
    as_json: bool,
    max_minutes: float,
    reserve: int | None,
    store: Store | None,
) -> None:
    """Compare what is stored with GitHub's totals; exit 4 when something is missing.

    The totals come from queries that ask for nothing else, apart from those that captured the rows.
    What changed on GitHub after the last sync is not missing, and what was deleted there is marked.
    With --due it goes by itself: what --repair queued is no error then.
    """
    if full + due + (sample is not None) > 1:
        raise click.UsageError("Give one of --full, --sample and --due.")
    if due and (repository or repository_id):
        raise click.UsageError("--due chooses the repositories itself: leave the name out.")
    wanted = Wanted(
        sources=(SourceName.RECONCILIATION,),
        repository_id=repository_id,
        full_name=repository,
        forced=True,
        begins=full or due,
    )
    settings = load()
    with recorded(settings, store, repository=repository or repository_id) as recording:
        from contributor_backfill.operations.reconciliation import sources_of

        gateway, clock = recording.gateway, recording.clock
        if due:
            names = gateway.due_reconciliations(DUE_AFTER_DAYS, MOST_DUE)
            if not names:
                _echo_nothing_due(as_json=as_json)
                return
            # Names are compared in lower case, as GitHub does.
            wanted = replace(wanted, only=tuple(name.lower() for name in names))
        size = None if full or due else sample or SAMPLE
        (report,) = capture_on(
            recording,
            settings,
            wanted,
            RunOptions(max_minutes, reserve),
            compose=partial(sources_of, sample=size),
        )
        shown = FINDINGS_IN_JSON if as_json else FINDINGS_SHOWN
        drifts = _drifts(gateway, report, shown)
        queued = {
            compared.full_name: gateway.queue_drift(compared.repository_id)
            for compared, drift in drifts
            if repair and drift.counts
        }
        if as_json:
            echo_json([drift_json(*pair, queued) for pair in drifts])
        else:
            echo_reports((report,), clock.now())
            for compared, drift in drifts:
                echo_drift(compared, drift, queued.get(compared.full_name))
        # An unfinished comparison proves nothing; what was queued is captured by the next run.
        if not report.failed and not (due and repair):
            _complain(drifts)
    if report.failed:
        sys.exit(1)


def _echo_nothing_due(*, as_json: bool) -> None:
    if as_json:
        echo_json([])
    else:
        echo(f"Every whole repository was compared within {DUE_AFTER_DAYS} days.")


def _drifts(gateway: "Gateway", report: "Report", shown: int) -> list[tuple["Repository", "Drift"]]:
    repositories = {turn.repository.repository_id: turn.repository for turn in report.turns}
    return [(r, gateway.read_drift(r.repository_id, shown)) for r in repositories.values()]


def _complain(drifts: list[tuple["Repository", "Drift"]]) -> None:
    if missing := [repository.full_name for repository, drift in drifts if drift.counts]:
        raise DriftFound(
            f"Something is missing in {', '.join(missing)}.",
            advice="`reconcile --repair` queues it, and `progressive-backfill` captures it.",
        )


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


def drift_json(
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
