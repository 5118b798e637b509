"""The sandbox's time: a clock that can be moved, and moments as GitHub writes them.

GitHub writes UTC in whole seconds, `2024-01-31T08:00:00Z`. The world keeps moments in this form,
because text of this form sorts as time does.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache


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

    def text(self) -> str:
        """Return the present moment as GitHub writes it."""
        return timestamp(self.epoch())

    def advance(self, seconds: float) -> None:
        """Move the clock by `seconds`, without waiting."""
        self._offset += timedelta(seconds=seconds)

    def sleep(self, seconds: float) -> None:
        """Let `seconds` pass for the sandbox, without waiting for them."""
        self.advance(seconds)


_DAY = 86_400


# Every pull request has a dozen moments, most of them on few days, and `strftime` is slow.
@lru_cache(maxsize=8192)
def _date(day: int) -> str:
    return datetime.fromtimestamp(day * _DAY, UTC).strftime("%Y-%m-%dT")


def timestamp(epoch_seconds: float) -> str:
    """Return GitHub's form of a moment given in seconds since the UTC epoch."""
    day, second = divmod(int(epoch_seconds), _DAY)
    return f"{_date(day)}{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}Z"


def epoch_seconds(text: str) -> int:
    """Return the seconds since the UTC epoch. Raises `ValueError` for a text without a zone."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no time zone")
    return int(moment.timestamp())
