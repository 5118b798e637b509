"""The sandbox's clock: real time plus an offset that can be moved, or a time that stands still."""

from datetime import UTC, datetime, timedelta


class SandboxClock:
    """Tell the sandbox's time. It fits `domain.clock.Clock`, so a client under test may share it.

    With `start`, time stands still at `start` and moves by `advance` and `sleep` alone.
    """

    def __init__(self, start: datetime | None = None) -> None:
        self._start = start
        self._offset = timedelta()

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return (self._start or datetime.now(UTC)) + self._offset

    def epoch(self) -> float:
        """Return the present moment in seconds since the UTC epoch."""
        return self.now().timestamp()

    def advance(self, seconds: float) -> None:
        """Move the clock by `seconds`, without waiting."""
        self._offset += timedelta(seconds=seconds)

    def sleep(self, seconds: float) -> None:
        """Let `seconds` pass for the sandbox, without waiting for them."""
        self.advance(seconds)
