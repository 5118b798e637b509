"""How long a repository may be quiet before GitHub disables its scheduled workflows. Pure."""

from datetime import datetime

DISABLED_AFTER_DAYS = 60
"""GitHub's: without activity in the repository, all its scheduled workflows at once."""
WARNED_AFTER_DAYS = 45
"""Early enough that a person who reads it once a week can act."""
TOLD_EVERY_DAYS = 5


def whole_days(pushed_at: datetime, now: datetime) -> int:
    """Return how many days ago the last push was."""
    return max(0, (now - pushed_at).days)


def stage(days: int) -> int:
    """Return what people would call the same: it is said again every few days, until it is over."""
    return min(days, DISABLED_AFTER_DAYS) // TOLD_EVERY_DAYS
