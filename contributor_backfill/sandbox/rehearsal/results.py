"""What a rehearsal comes to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from contributor_backfill.domain import costs
from contributor_backfill.domain.prices import Prices
from contributor_backfill.sandbox.rehearsal.journal import Journal
from contributor_backfill.sandbox.rehearsal.plan import Plan
from contributor_backfill.sandbox.sandbox import Sandbox

_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a rehearsal; what was not reached is null.

    Hours are counted from its beginning. `points` and the requests are what GitHub counted.
    `dollars_beyond_plan` is what the minutes cost in a private repository once the plan's included
    ones are gone, `dollars_without_plan` if none were included.
    """

    repositories: int
    pull_requests: int
    stored: int
    share: float
    days_to_95_percent: float | None
    hours: float
    complete_repositories: int
    median_hours_to_complete: float | None
    last_hours_to_complete: float | None
    points: int
    points_per_hour: float
    graphql_requests: int
    rest_requests: int
    timeouts: int
    scheduled_runs: int
    dropped_runs: int
    started_by_runs: int
    failed_jobs: int
    last_error: str
    median_minutes_late: float
    jobs: int
    billed_minutes: int
    dollars_beyond_plan: float
    dollars_without_plan: float


def figures(plan: Plan, sandbox: Sandbox, journal: Journal, prices: Prices) -> Figures:
    """Return what was reached so far, at these prices."""
    counted, runs = sandbox.counters(), journal.runs
    hours = journal.elapsed / _HOUR
    complete = [(at - journal.started_at) / _HOUR for at in journal.completed_at.values()]
    mostly_at = journal.mostly_at
    minutes = sum(costs.job_minutes(seconds) for seconds in runs.job_seconds)
    today = journal.clock.now().date()
    return Figures(
        repositories=plan.repositories,
        pull_requests=journal.total,
        stored=journal.stored,
        share=round(journal.share, 4),
        days_to_95_percent=(
            None if mostly_at is None else round((mostly_at - journal.started_at) / _DAY, 2)
        ),
        hours=round(hours, 2),
        complete_repositories=len(complete),
        median_hours_to_complete=round(median(complete), 2) if complete else None,
        last_hours_to_complete=round(max(complete), 2) if complete else None,
        points=counted["points"],
        points_per_hour=round(counted["points"] / hours, 1) if hours else 0.0,
        graphql_requests=counted["graphql_requests"],
        rest_requests=counted["rest_requests"],
        timeouts=counted["timeouts"],
        scheduled_runs=runs.scheduled,
        dropped_runs=runs.dropped,
        started_by_runs=runs.successors,
        failed_jobs=runs.failed,
        last_error=runs.last_error,
        median_minutes_late=median_minutes(runs.lateness),
        jobs=len(runs.job_seconds),
        billed_minutes=minutes,
        dollars_beyond_plan=round(costs.dollars(minutes, prices, today), 2),
        dollars_without_plan=round(minutes * prices.minute(today), 2),
    )


def median_minutes(lateness: Sequence[timedelta]) -> float:
    """Return the median of the runs' lateness, in minutes."""
    return round(median(span / _MINUTE for span in lateness), 1) if lateness else 0.0
