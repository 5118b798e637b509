"""Asking GitHub again after faults that pass, for as long as a command has patience."""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from contributor_backfill.domain.clock import Clock
from contributor_backfill.github.faults import GitHubFault
from contributor_backfill.github.retry import GiveUp, decide

T = TypeVar("T")
TRIES = 4


class Repeating:
    """Make attempts until one succeeds. The patience is for all of them together."""

    def __init__(self, clock: Clock, patience: timedelta) -> None:
        self._clock = clock
        self._deadline = clock.now() + patience

    def attempt(self, once: Callable[[int], T]) -> T:
        """Return what `once` returns, which is told how many attempts there were before.

        Raises the fault that does not pass, or not soon enough.
        """
        for earlier in range(TRIES):
            try:
                return once(earlier)
            except GitHubFault as fault:
                now = self._clock.now()
                decision = decide(fault, earlier + 1, now)
                if isinstance(decision, GiveUp) or earlier + 1 == TRIES:
                    raise
                if decision.until > self._deadline:
                    raise
                self._clock.sleep((decision.until - now).total_seconds())
        raise AssertionError("the last attempt returns or raises")
