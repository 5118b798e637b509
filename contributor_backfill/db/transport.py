"""The one verb that a transport has, and the repetition of calls that did not come through."""

from typing import Any, Protocol

from contributor_backfill.domain.clock import Clock
from contributor_backfill.domain.errors import StoreUnreachable
from contributor_backfill.net.tracing import traced

PATIENCE = 10.0
"""Seconds without an answer, after which a call is not repeated: nobody is there."""
LONGEST_WAIT = 30.0
"""Seconds that a database may ask to wait before a call is repeated."""


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
    """Return the object that our functions answer with, or raise: anything else is not ours."""
    if isinstance(result, dict) and result.get("ok") is True:
        return result
    raise StoreUnreachable(
        f"The database's address answered {function} with something else: {str(result)[:80]!r}.",
        advice="Check the address: a login page or a proxy may be in the way.",
    )


class RetryingTransport:
    """Repeat calls that did not come through; every function may be called twice."""

    def __init__(self, inner: Transport, clock: Clock, waits: tuple[float, ...]) -> None:
        self._inner = inner
        self._clock = clock
        self._waits = waits

    @property
    def calls(self) -> int:
        """How many round trips were made, repeated ones included."""
        return self._inner.calls

    def call(self, function: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Call, and call again after each of the waits in seconds while the database is away."""
        silence = 0.0
        for wait in self._waits:
            began = self._clock.now()
            try:
                return self._call(function, arguments)
            except StoreUnreachable as away:
                silence += (self._clock.now() - began).total_seconds()
                if silence >= PATIENCE:
                    raise
                self._clock.sleep(min(LONGEST_WAIT, max(wait, away.retry_after or 0)))
        return self._call(function, arguments)

    def _call(self, function: str, arguments: dict[str, Any]) -> dict[str, Any]:
        with traced(f"database {function}"):
            return checked(function, self._inner.call(function, arguments))

    def close(self) -> None:
        """Give the connection back."""
        self._inner.close()
