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


def percentage(stored: int, total: int, *, short: int = 0) -> float:
    """Return stored of total in percent, rounded down, 0 and 100 only when they are true.

    `short` is how many pull requests or lists something is missing of: where as many are stored as
    GitHub counts, because there is too much of another, it is 99.9. An empty repository is whole.
    """
    if stored >= total:
        return 99.9 if short else 100
    return max(1, 100 * stored // total) if stored else 0


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
