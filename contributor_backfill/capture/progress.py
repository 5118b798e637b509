"""What a capture tells of itself while it works."""

from datetime import datetime
from typing import Protocol

from contributor_backfill.domain.feeds import Feed
from contributor_backfill.domain.types import Committed, Repository, Walk


class Progress(Protocol):
    """Hear what happens. Nothing here may fail the work."""

    def turn_begins(self, walk: Walk) -> None:
        """A repository is about to be served."""

    def page_committed(self, walk: Walk, total: int, committed: Committed) -> None:
        """A page is stored; `total` is GitHub's count of pull requests."""

    def feed_begins(self, repository: Repository, feed: Feed) -> None:
        """A feed of a repository is about to be served."""

    def step_committed(self, repository: Repository, feed: Feed, rows: int, rejected: int) -> None:
        """A step is stored; the numbers are those of the whole turn so far."""

    def waits(self, until: datetime, reason: str) -> None:
        """The run waits, because GitHub asked for it or did not answer."""


class Silence:
    """Hear nothing."""

    def turn_begins(self, walk: Walk) -> None:
        """Ignore it."""

    def page_committed(self, walk: Walk, total: int, committed: Committed) -> None:
        """Ignore it."""

    def feed_begins(self, repository: Repository, feed: Feed) -> None:
        """Ignore it."""

    def step_committed(self, repository: Repository, feed: Feed, rows: int, rejected: int) -> None:
        """Ignore it."""

    def waits(self, until: datetime, reason: str) -> None:
        """Ignore it."""
