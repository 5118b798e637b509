"""What one repository's turn in a run did, as a value."""

from dataclasses import dataclass, replace
from datetime import datetime

from contributor_backfill.capture.refusals import Refusal
from contributor_backfill.domain.budget import Stop
from contributor_backfill.domain.types import Committed, Walk


@dataclass(frozen=True)
class Turn:
    """How a turn stands. `captured` counts new pull requests, `stop` is null while it goes on.

    `refusal` is set when the database refused what was to be stored.
    """

    walk: Walk
    total: int
    stored: int
    chunks: int = 0
    captured: int = 0
    rejected: int = 0
    points: int = 0
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
        """How many pull requests are still to be captured."""
        return 0 if self.stop is Stop.COMPLETED else max(0, self.total - self.stored)

    def counting(self, committed: Committed) -> "Turn":
        """Return the turn with one more commit in it."""
        return replace(
            self,
            stored=committed.stored,
            chunks=self.chunks + 1,
            captured=self.captured + committed.inserted,
            rejected=self.rejected + committed.rejected,
        )


def begun(walk: Walk) -> Turn:
    """Return the turn of a walk before its first page."""
    return Turn(walk, walk.total, walk.stored)
