"""What a capture tells of itself while it works."""

from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from contributor_backfill.capture.report import Turn


class Progress(Protocol):
    """Hear what happens. Nothing here may fail the work."""

    def turn_begins(self, turn: "Turn") -> None:
        """Hear that a source of a repository is about to be captured."""

    def committed(self, turn: "Turn", rejected: int) -> None:
        """Hear that something is stored; of it, so many rows were rejected."""

    def waits(self, until: datetime, reason: str) -> None:
        """Hear that the run waits, because GitHub asked for it or did not answer."""


class Silence:
    """Hear nothing."""

    def turn_begins(self, turn: "Turn") -> None:
        """Ignore it."""

    def committed(self, turn: "Turn", rejected: int) -> None:
        """Ignore it."""

    def waits(self, until: datetime, reason: str) -> None:
        """Ignore it."""
