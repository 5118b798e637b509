"""What one feed's turn in a run did, as a value."""

from dataclasses import dataclass, replace
from datetime import datetime

from contributor_backfill.capture.refusals import Refusal
from contributor_backfill.capture.source import Part, Step
from contributor_backfill.domain.budget import Stop
from contributor_backfill.domain.completeness import KINDS
from contributor_backfill.domain.feeds import Feed, FeedCommit
from contributor_backfill.domain.types import Repository


@dataclass(frozen=True)
class FeedTurn:
    """How a turn stands.

    `captured` counts new pull requests, `items` all that were read or compared, `rows` everything
    that GitHub sent, `lists` those that came to their end. `stop` is null while it goes on.
    `refusal` is set when the database refused what was to be stored.
    """

    repository: Repository
    feed: Feed
    total: int
    steps: int = 0
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

    def fetching(self, step: Step) -> "FeedTurn":
        """Return the turn with what one step cost."""
        page = step.parts[-1].page
        return replace(
            self,
            steps=self.steps + 1,
            total=page.total if page else self.total,
            points=self.points + step.fetched.points,
            requests=self.requests + step.fetched.requests,
        )

    def counting(self, committed: FeedCommit, part: Part) -> "FeedTurn":
        """Return the turn with one more commit in it."""
        rows = part.harvest.rows
        return replace(
            self,
            items=self.items + len(part.harvest.captured) + len(part.harvest.counts),
            captured=self.captured + committed.inserted,
            rows=self.rows + sum(len(rows.get(kind, ())) for kind in KINDS),
            lists=self.lists + committed.ended,
            rejected=self.rejected + committed.rejected,
        )
