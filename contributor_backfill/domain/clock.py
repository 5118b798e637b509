"""The clock, which tests replace by one that they set."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tell the time and let it pass."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""

    def sleep(self, seconds: float) -> None:
        """Wait for `seconds`."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Wait for `seconds`."""
        time.sleep(seconds)
