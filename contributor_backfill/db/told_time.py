"""A transport that tells the database the time, for runs on another clock than the machine's."""

import re
from functools import cache
from typing import Any

from contributor_backfill.db.migrations import steps
from contributor_backfill.db.transport import Transport
from contributor_backfill.domain.clock import Clock

_SIGNATURE = re.compile(
    r"create or replace function public\.(\w+)\((.*?)\)\s*(?:returns|language)", re.DOTALL
)


@cache
def functions_that_take_time() -> frozenset[str]:
    """Return the names of the functions that take the present moment as `p_now`."""
    functions = steps()[-1].text
    return frozenset(name for name, given in _SIGNATURE.findall(functions) if "p_now " in given)


class TimeTellingTransport:
    """Give every function that takes the present moment the clock's."""

    def __init__(self, inner: Transport, clock: Clock) -> None:
        self._inner = inner
        self._clock = clock

    @property
    def calls(self) -> int:
        """How many round trips were made, repeated ones included."""
        return self._inner.calls

    def call(self, function: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Return the function's `jsonb` object. Raises `StoreFault` and its kinds."""
        takes_time = function in functions_that_take_time()
        now = {"p_now": self._clock.now()} if takes_time else {}
        return self._inner.call(function, now | arguments)

    def close(self) -> None:
        """Give the connection back."""
        self._inner.close()
