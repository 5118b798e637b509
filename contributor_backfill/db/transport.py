"""The one verb that a transport has, and what a refusal of the database means."""

from typing import Any, Protocol

from contributor_backfill.domain.clock import Clock
from contributor_backfill.domain.errors import (
    BackfillError,
    LeaseLost,
    NotConfigured,
    NotFound,
    StoreFault,
    StoreUnreachable,
)

FUNCTION_MISSING = frozenset({"42883", "PGRST202"})
"""The function is not there: Postgres's SQLSTATE and PostgREST's code."""
PASSING = frozenset(
    {
        *("40P01", "55P03"),  # a deadlock, a lock that was not to be had
        *("57P01", "57P02", "57P03"),  # the server shuts down or starts
        *("PGRST000", "PGRST001", "PGRST002", "PGRST003"),  # PostgREST without its database
    }
)


class SchemaMissing(NotConfigured):
    """The database does not have the functions of this version."""


class Transport(Protocol):
    """Call a function of the database by name, with named arguments."""

    @property
    def calls(self) -> int:
        """How many round trips were made, repeated ones included."""

    def call(self, function: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Return the function's `jsonb` object. Raises `StoreFault` and its kinds."""

    def close(self) -> None:
        """Give the connection back."""


def error_for(code: str, message: str, hint: str = "") -> BackfillError:
    """Return the error that a SQLSTATE or PostgREST code stands for."""
    if code == "CB001":
        return LeaseLost(message, code=code, advice=hint)
    if code == "CB002":
        return NotFound(message, advice=hint)
    if code in FUNCTION_MISSING or (code == "22023" and "service_role" in message):
        return SchemaMissing(
            f"The database is not ready for this version: {message}.",
            advice="Run `contributor-backfill migrate`.",
        )
    if code == "42501":
        return NotConfigured(
            f"The database refuses this key or user: {message}.",
            advice="Use Supabase's service (secret) key, or a user that may become service_role.",
        )
    if code in PASSING or code.startswith(("08", "53")):
        return StoreUnreachable(f"The database is not available: {message}.", code=code)
    return StoreFault(f"The database refused the call: {message} ({code}).", code=code, advice=hint)


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
        for wait in self._waits:
            try:
                return checked(function, self._inner.call(function, arguments))
            except StoreUnreachable:
                self._clock.sleep(wait)
        return checked(function, self._inner.call(function, arguments))

    def close(self) -> None:
        """Give the connection back."""
        self._inner.close()
