"""Stored against GitHub's own totals: when a backfill is needed, and how far it is."""

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
