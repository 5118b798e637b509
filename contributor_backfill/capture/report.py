"""The report of a run and its turns, and the protocol of those who follow it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from contributor_backfill.domain.bounds import Stop

if TYPE_CHECKING:
    from datetime import datetime

    from contributor_backfill.capture.freshness import ProbeReport
    from contributor_backfill.capture.source import Step
    from contributor_backfill.domain.harvest import Commit
    from contributor_backfill.domain.sources import Committed, Idle, SourceName, Wanted
    from contributor_backfill.domain.types import RateLimit, Repository


@dataclass(frozen=True)
class Refusal:
    """A refusal of the database: its code, and whether a permission is missing."""

    code: str
    is_permission: bool


@dataclass(frozen=True)
class Turn:
    """How one source's turn stands.

    `captured` counts new pull requests, `items` all that were read or compared, `rows` everything
    that GitHub sent, `lists` those that came to their end. `stop` is null while it goes on.
    `refusal` is set when the database refused what was to be stored.
    """

    repository: Repository
    source: SourceName
    total: int
    stored: int
    steps: int = 0
    commits: int = 0
    captured: int = 0
    items: int = 0
    rows: int = 0
    lists: int = 0
    rejected: int = 0
    points: int = 0
    requests: int = 0
    stop: Stop | None = None
    reason: str = ""
    refusal: Refusal | None = None
    next_attempt_at: datetime | None = None

    @property
    def failed(self) -> bool:
        """Whether something was not captured that should have been."""
        return self.stop is Stop.ERROR or self.rejected > 0

    @property
    def left(self) -> int:
        """How many pull requests of a backfill are still to be captured."""
        return 0 if self.stop is Stop.COMPLETED else max(0, self.total - self.stored)

    def fetching(self, step: Step) -> Turn:
        """Return the turn with what one request cost."""
        page = step.commits[-1].page
        return replace(
            self,
            steps=self.steps + 1,
            total=page.total if page else self.total,
            points=self.points + step.fetched.points,
            requests=self.requests + step.fetched.requests,
        )

    def counting(self, committed: Committed, commit: Commit) -> Turn:
        """Return the turn with one more commit in it."""
        return replace(
            self,
            commits=self.commits + 1,
            items=self.items + len(commit.harvest.captured) + len(commit.harvest.counts),
            captured=self.captured + committed.inserted,
            stored=self.stored if committed.stored is None else committed.stored,
            rows=self.rows + commit.harvest.size,
            lists=self.lists + committed.ended,
            rejected=self.rejected + committed.rejected,
        )


@dataclass(frozen=True)
class Report:
    """The turns of a run, and why it stopped. `idle` is set when nothing was due.

    `begun` names the repositories whose backfill a sync found necessary and began. `rate_limit` is
    what is left of GraphQL's points. `probed` is what all repositories were asked for at once,
    before any was captured.
    """

    wanted: Wanted
    turns: tuple[Turn, ...]
    stop: Stop
    seconds: float
    rate_limit: RateLimit | None = None
    idle: Idle | None = None
    begun: tuple[str, ...] = ()
    probed: ProbeReport | None = None

    @property
    def failed(self) -> bool:
        """Whether something was not captured that should have been."""
        is_unknown = self.probed is not None and self.probed.failed
        return is_unknown or any(turn.failed for turn in self.turns)


class Progress(Protocol):
    """Hear what happens. Nothing here may fail the work."""

    def turn_begins(self, turn: Turn) -> None:
        """Hear that a source of a repository is about to be captured."""

    def committed(self, turn: Turn, rejected: int) -> None:
        """Hear that something is stored; of it, so many rows were rejected."""

    def waits(self, until: datetime, reason: str) -> None:
        """Hear that the run waits, because GitHub asked for it or did not answer."""


class Silence:
    """Hear nothing."""

    def turn_begins(self, turn: Turn) -> None:
        """Ignore it."""

    def committed(self, turn: Turn, rejected: int) -> None:
        """Ignore it."""

    def waits(self, until: datetime, reason: str) -> None:
        """Ignore it."""
