"""Moments as GitHub writes them: UTC, whole seconds, `2024-01-31T08:00:00Z`.

The world keeps moments in this form, because text of this form sorts as time does.
"""

from datetime import UTC, datetime
from functools import lru_cache

_DAY = 86_400


@lru_cache(maxsize=8192)
def _date(day: int) -> str:
    return datetime.fromtimestamp(day * _DAY, UTC).strftime("%Y-%m-%dT")


def to_text(epoch_seconds: float) -> str:
    """Return GitHub's form of a moment given in seconds since the UTC epoch."""
    day, second = divmod(int(epoch_seconds), _DAY)
    return f"{_date(day)}{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}Z"


def to_seconds(text: str) -> int:
    """Return the seconds since the UTC epoch. Raises `ValueError` for a text without a zone."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no time zone")
    return int(moment.timestamp())
