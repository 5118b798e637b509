"""The journal of a rehearsal in the moved clock's time, and its figures."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median

from contributor_backfill.capture.report import Silence, Turn
from contributor_backfill.domain import costs
from contributor_backfill.domain.clock import Clock
from contributor_backfill.domain.prices import Prices
from contributor_backfill.domain.sources import SourceName
from contributor_backfill.sandbox.rehearsal.plan import MOST, Plan
from contributor_backfill.sandbox.sandbox import Sandbox


@dataclass
class RunCounts:
    """Runs of the workflow by how they began, the lateness of those by schedule, and the jobs."""

    scheduled: int = 0
    dropped: int = 0
    successors: int = 0
    failed: int = 0
    last_error: str = ""
    lateness: list[timedelta] = field(default_factory=list)
    job_seconds: list[float] = field(default_factory=list)


class Journal(Silence):
    """Hear of every committed page, and note when the fleet and each repository were captured.

    `totals` are GitHub's counts of pull requests by repository. `watch` is told of each page.
    """

    def __init__(
        self, clock: Clock, totals: Mapping[str, int], watch: Callable[["Journal"], None]
    ) -> None:
        self.clock = clock
        self.started_at = clock.now()
        self.moved_at = self.started_at
        self.totals = totals
        self.total = sum(totals.values())
        self.stored = 0
        self.mostly_at: datetime | None = None
        self.completed_at: dict[str, datetime] = {}
        self.runs = RunCounts()
        self._watch = watch
        self._stored = dict.fromkeys(totals, 0)

    def committed(self, turn: Turn, rejected: int) -> None:  # noqa: ARG002  # the protocol's
        """Note a page of a backfill."""
        if turn.source is SourceName.BACKFILL:
            self.note(turn.repository.full_name, turn.total, turn.stored)

    def note(self, full_name: str, total: int, stored: int) -> None:
        """Note that so many pull requests of a repository are stored now."""
        now = self.clock.now()
        gained = stored - self._stored[full_name]
        self._stored[full_name] = stored
        self.stored += gained
        if gained:
            self.moved_at = now
        if self.mostly_at is None and self.share >= MOST:
            self.mostly_at = now
        if stored >= total:
            self.completed_at.setdefault(full_name, now)
        self._watch(self)

    def job_failed(self, reason: str) -> None:
        """Note that a job of the workflow failed."""
        self.runs.failed += 1
        self.runs.last_error = reason

    @property
    def share(self) -> float:
        """Return the share of the fleet's pull requests that are stored."""
        return self.stored / self.total

    @property
    def is_complete(self) -> bool:
        """Return whether every pull request is stored."""
        return len(self.completed_at) == len(self.totals)

    @property
    def elapsed(self) -> timedelta:
        """Return how long it has taken so far."""
        return self.clock.now() - self.started_at


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
