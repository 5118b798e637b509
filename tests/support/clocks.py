"""Clocks on which a wait takes no time."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from contributor_backfill.domain.clock import SystemClock


def let_waits_take_no_time(replace: Callable[[Any, str, Any], None] = setattr) -> None:
    """Let a wait of the machine's own clock move that clock on, in this process."""
    waited = timedelta()

    def sleep(_: SystemClock, seconds: float) -> None:
        nonlocal waited
        waited += timedelta(seconds=seconds)

    replace(SystemClock, "sleep", sleep)
    replace(SystemClock, "now", lambda _: datetime.now(UTC) + waited)


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
