"""A clock that moves only when it is told to, or slept on."""

from datetime import UTC, datetime, timedelta


class ManualClock:
    """A clock at the real time of its making; `slept` keeps every wait in seconds."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self._now = datetime.now(UTC)

    def now(self) -> datetime:
        return self._now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
