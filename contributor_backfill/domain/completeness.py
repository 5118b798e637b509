"""Stored against GitHub's own totals: when a backfill is needed, how far it is, when it ends."""

from datetime import datetime, timedelta

KINDS = ("pull_requests", "reviews", "comments", "review_comments")
"""What is stored, counted and compared, under the names that the database gives it."""
LISTS = KINDS[1:]
"""The kinds that a pull request has lists of."""
SMALLEST_BACKFILL = 100
"""Below this many pull requests the first incremental sync takes all of them."""
ENOUGH_STORED = 0.8


def needs_backfill(stored: int, total: int) -> bool:
    """Tell whether a repository's history must be walked (design, "track")."""
    return total >= SMALLEST_BACKFILL and stored < ENOUGH_STORED * total


def percentage(stored: int, total: int) -> int:
    """Return stored of total as a whole percentage, 0 and 100 only when they are true.

    An empty repository is complete. More stored than GitHub counts (some were deleted there)
    is 100.
    """
    if stored >= total:
        return 100
    if stored == 0:
        return 0
    return min(99, max(1, round(100 * stored / total)))


def hourly_rate(pull_requests: int, since: datetime, until: datetime) -> float:
    """Return pull requests an hour between two moments; 0 when there is nothing to go by."""
    hours = (until - since) / timedelta(hours=1)
    return pull_requests / hours if hours > 0 else 0.0


def finished_at(left: int, rate: float, now: datetime) -> datetime | None:
    """Return when `left` pull requests are done at `rate` an hour, or None when that is unknown."""
    if left <= 0:
        return now
    if rate <= 0:
        return None
    hours = left / rate
    # A thousand years is as good as never, and `datetime` cannot hold much more.
    return now + timedelta(hours=hours) if hours < 24 * 365 * 1000 else None
