"""Points and requests a token may spend, on the sandbox's clock."""

from collections import deque
from dataclasses import dataclass

from contributor_backfill.sandbox.clock import SandboxClock

_HOUR = 3600
_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Standing:
    """A token's spending in its hour. `reset_at` is in seconds since the UTC epoch."""

    limit: int
    used: int
    reset_at: int
    resource: str = "graphql"

    @property
    def remaining(self) -> int:
        """Return the points that are left, never below 0."""
        return max(0, self.limit - self.used)

    def headers(self) -> dict[str, str]:
        """Return GitHub's headers about it."""
        return {
            "x-ratelimit-limit": str(self.limit),
            "x-ratelimit-remaining": str(self.remaining),
            "x-ratelimit-used": str(self.used),
            "x-ratelimit-reset": str(self.reset_at),
            "x-ratelimit-resource": self.resource,
        }


class Budget:
    """The spending of one token on one resource.

    An hour begins with its first request. GitHub lets the request that uses up the budget pass and
    refuses the next one.
    """

    def __init__(
        self, hourly: int, a_minute: int | None, clock: SandboxClock, resource: str
    ) -> None:
        self._hourly = hourly
        self._a_minute = a_minute
        self._clock = clock
        self._resource = resource
        self._used = 0
        # The hour begins with the first request, not with the sandbox: 0 has always passed.
        self._reset_at = 0
        self._minute: deque[float] = deque()

    def standing(self) -> Standing:
        """Return what is spent at this moment."""
        now = self._clock.epoch()
        if now >= self._reset_at:
            self._used = 0
            self._reset_at = int(now) + _HOUR
        return Standing(self._hourly, self._used, self._reset_at, self._resource)

    def charge(self, points: int) -> Standing:
        """Spend points and return what is left."""
        self.standing()  # so that a new hour begins before the points are counted
        self._used += points
        return self.standing()

    def is_too_fast(self) -> bool:
        """Count a request and return whether the last 60 seconds had too many of them."""
        now = self._clock.epoch()
        while self._minute and self._minute[0] <= now - _MINUTE:
            self._minute.popleft()
        # A request that is refused does not count: who waits is let in again after the minute.
        if self._a_minute is not None and len(self._minute) >= self._a_minute:
            return True
        self._minute.append(now)
        return False
