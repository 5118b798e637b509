"""The one verb that a transport has, and what is put around it: repetition, time, a heartbeat."""

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Protocol

from contributor_backfill.domain.clock import Clock
from contributor_backfill.domain.errors import NotConfigured, SchemaMissing, StoreUnreachable
from contributor_backfill.net.tracing import traced

PATIENCE = 10.0
"""Seconds without a response, after which a call is not repeated: nobody is there."""
LONGEST_WAIT = 30.0
"""Seconds that a database may ask to wait before a call is repeated."""
INTERVAL = timedelta(seconds=30)
"""Between two heartbeats of a run."""
_SIGNATURE = re.compile(
    r"create or replace function public\.(\w+)\((.*?)\)\s*(?:returns|language)", re.DOTALL
)


class Transport(Protocol):
    """Call a function of the database by name, with named arguments."""

    @property
    def calls(self) -> int:
        """How many round trips were made, repeated ones included."""

    def call(self, function: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Return the function's `jsonb` object. Raises `StoreFault` and its kinds."""

    def close(self) -> None:
        """Give the connection back."""


def checked(function: str, result: object) -> dict[str, Any]:
    """Return the object that our functions return, or raise: anything else is not ours."""
    if isinstance(result, dict) and result.get("ok") is True:
        return result
    raise StoreUnreachable(
        f"The database's address answered {function} with something else: {str(result)[:80]!r}.",
        advice="Check the address: a login page or a proxy may be in the way.",
    )


class _Around:
    """A transport around another one."""

    def __init__(self, inner: Transport) -> None:
        self._inner = inner

    @property
    def calls(self) -> int:
        """How many round trips were made, repeated ones included."""
        return self._inner.calls

    def close(self) -> None:
        """Give the connection back."""
        self._inner.close()


class RetryingTransport(_Around):
    """Repeat calls that did not come through; every function may be called twice."""

    def __init__(self, inner: Transport, clock: Clock, waits: tuple[float, ...]) -> None:
        super().__init__(inner)
        self._clock = clock
        self._waits = waits
        self._was_of_this_version = False

    def call(self, function: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Call, and call again after each of the waits in seconds while the database is away."""
        silence = 0.0
        for wait in self._waits:
            began = self._clock.now()
            try:
                return self._call(function, arguments)
            except StoreUnreachable as away:
                silence += (self._clock.now() - began).total_seconds()
                # A quick refusal may pass; after ten silent seconds nobody is there.
                if silence >= PATIENCE:
                    raise
                self._clock.sleep(min(LONGEST_WAIT, max(wait, away.retry_after or 0)))
        return self._call(function, arguments)

    def _call(self, function: str, arguments: dict[str, Any]) -> dict[str, Any]:
        try:
            with traced(f"database {function}"):
                result = checked(function, self._inner.call(function, arguments))
        except SchemaMissing as error:
            if self._was_of_this_version:
                raise _migrated_meanwhile(function) from error
            raise
        # The database compared this version with its own, and took it.
        self._was_of_this_version |= "p_version" in arguments
        return result


def _migrated_meanwhile(function: str) -> NotConfigured:
    return NotConfigured(
        "A newer version of contributor-backfill migrated the database while this one was at work:"
        f" {function} is not there any more.",
        advice="Nothing is lost. Install the newer version; its next run goes on from here.",
    )


@cache
def functions_that_take_time() -> frozenset[str]:
    """Return the names of the functions that take the present moment as `p_now`."""
    from contributor_backfill.db.migrations import steps  # noqa: PLC0415  # for few runs

    functions = steps()[-1].text
    return frozenset(name for name, given in _SIGNATURE.findall(functions) if "p_now " in given)


class TimeTellingTransport(_Around):
    """Give every function that takes the present moment the clock's, not the machine's."""

    def __init__(self, inner: Transport, clock: Clock) -> None:
        super().__init__(inner)
        self._clock = clock

    def call(self, function: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Return the function's `jsonb` object. Raises `StoreFault` and its kinds."""
        takes_time = function in functions_that_take_time()
        now = {"p_now": self._clock.now()} if takes_time else {}
        return self._inner.call(function, now | arguments)


class Heartbeat:
    """Call `beat` when the last call is half a minute ago.

    There is no thread: a run that hangs must fall silent.
    """

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


class BeatingTransport(_Around):
    """Call the database, and beat after it when it is time."""

    def __init__(self, inner: Transport, heartbeat: Heartbeat) -> None:
        super().__init__(inner)
        self._heartbeat = heartbeat

    def call(self, function: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Return the function's `jsonb` object."""
        result = self._inner.call(function, arguments)
        self._heartbeat.tick()
        return result


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
            # A wait for quota may take an hour, and a silent run counts as lost after minutes.
            piece = min(seconds, INTERVAL.total_seconds())
            self._inner.sleep(piece)
            self._heartbeat.tick()
            seconds -= piece
