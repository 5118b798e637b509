"""What happens in a rehearsal, noted as it happens and with the moved clock's time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from contributor_backfill.capture.progress import Silence
from contributor_backfill.capture.report import Turn
from contributor_backfill.domain.clock import Clock
from contributor_backfill.domain.sources import SourceName
from contributor_backfill.sandbox.rehearsal.plan import MOST


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
