"""Reconcile in this process, and know from the source what it has to find."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

from contributor_backfill.capture.engine import Engine, Holder
from contributor_backfill.capture.report import Report, Silence
from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.bounds import Bounds
from contributor_backfill.domain.completeness import Drift
from contributor_backfill.domain.sources import SourceName, Wanted
from contributor_backfill.domain.types import RepositoryId
from contributor_backfill.operations.reconciliation import sources_of
from contributor_backfill.sandbox import ListSizes, RepositoryOptions
from tests.support.captures import REPOSITORY, Rig
from tests.support.databases import Database

COMPARED = Wanted((SourceName.RECONCILIATION,), forced=True)
SMALL = RepositoryOptions(
    pull_requests=150,
    reviews=ListSizes(2.0, tails=(101, 130)),
    comments=ListSizes(2.0, tails=(101, 240)),
    review_comments=ListSizes(2.0, tails=(130,)),
)
"""A repository with everything that can be missing, small enough to be captured often."""


def reconcile(
    work: Rig,
    *,
    sample: int | None = None,
    steps: int | None = None,
    minutes: float = 30,
    lease_seconds: int = 60,
    holder: str = "test",
) -> Report:
    """Compare everything, or a sample, as `reconcile` does."""
    client = work.client()
    sources = sources_of(work.gateway, client, work.clock, Silence(), sample)
    held = Holder(holder, lambda _: False, lease_seconds)
    engine = Engine(work.gateway, client, work.clock, Silence(), sources, holder=held)
    wanted = replace(COMPARED, begins=sample is None)
    deadline = work.clock.now() + timedelta(minutes=minutes)
    return engine.run(wanted, Bounds(deadline, steps, None, deadline))


def repository_id(gateway: Gateway) -> RepositoryId:
    (line,) = gateway.read_status()
    return line.repository_id


def drift(work: Rig) -> Drift:
    """Return everything that is known to be missing."""
    return work.gateway.read_drift(repository_id(work.gateway), 100_000)


def findings(work: Rig) -> set[tuple[str, int | None]]:
    """Return what is known to be missing as kinds and numbers of pull requests."""
    return {(finding.kind, finding.number) for finding in drift(work).findings}


def queue(work: Rig) -> tuple[int, int]:
    """Queue what is missing, as `--repair` does."""
    return work.gateway.queue_drift(repository_id(work.gateway))


def is_complete(work: Rig) -> bool:
    (line,) = work.gateway.read_status()
    return line.completeness.is_complete


def points(report: Report) -> int:
    return sum(turn.points for turn in report.turns)


def short_lists(work: Rig, database: Database) -> set[tuple[str, int | None]]:
    """Return the lists of which less is stored than the source has."""
    stored = Counter(
        (row["kind"], row["number"])
        for row in database.rows("""
            select 'reviews' as kind, p.number
            from reviews r join pull_requests p on p.id = r.pull_request_id
            union all
            select case c.comment_type when 'issue_comment' then 'comments' else 'review_comments'
              end, p.number
            from comments c join pull_requests p on p.id = c.pull_request_id
        """)
    )
    return {
        (kind, line["number"])
        for line in work.sandbox.export(REPOSITORY)
        for kind in ("reviews", "comments", "review_comments")
        if stored[kind, line["number"]] < sum(item.get("state") != "PENDING" for item in line[kind])
    }
