"""A run tells the database now and then that it is alive, between its calls and while it waits.

There is no thread: a run that hangs must fall silent.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from contributor_backfill.db.transport import Transport
from contributor_backfill.domain.clock import Clock
from contributor_backfill.domain.errors import StoreUnreachable

INTERVAL = timedelta(seconds=30)


class Heartbeat:
    """Call `beat` when the last call is half a minute ago."""

    def __init__(self, clock: Clock, beat: Callable[[], None]) -> None:
        self._clock = clock
        self._beat = beat
        self._last: datetime = clock.now()

    def tick(self) -> None:
        """Beat if it is time. A database that is away will be told by the next call of the work."""
        now = self._clock.now()
        if now - self._last >= INTERVAL:
            self._last = now
            with suppress(StoreUnreachable):
                self._beat()


class BeatingTransport:
    """Call the database, and beat after it when it is time."""

    def __init__(self, inner: Transport, heartbeat: Heartbeat) -> None:
        self._inner = inner
        self._heartbeat = heartbeat

    @property
    def calls(self) -> int:
        """How many round trips were made, repeated ones included."""
        return self._inner.calls

    def call(self, function: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Return the function's `jsonb` object."""
        result = self._inner.call(function, arguments)
        self._heartbeat.tick()
        return result

    def close(self) -> None:
        """Give the connection back."""
        self._inner.close()


class BeatingClock:
    """A clock whose long waits are cut into pieces, with a beat after each."""

    def __init__(self, inner: Clock, heartbeat: Heartbeat) -> None:
        self._inner = inner
        self._heartbeat = heartbeat

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return self._inner.now()

    def sleep(self, seconds: float) -> None:
        """Wait for `seconds`."""
        while seconds > 0:
            piece = min(seconds, INTERVAL.total_seconds())
            self._inner.sleep(piece)
            self._heartbeat.tick()
            seconds -= piece
