"""The original plan's chunk calculator: the size of a repository that nobody knows yet."""

from contributor_backfill.domain.types import Priority


def chunk_size(
    total: int, points_left: int | None = None, average_changed_files: float | None = None
) -> int:
    """Return the original plan's chunk size for a repository of `total` pull requests."""
    size = 25
    if total > 10_000:
        size = 10
    elif total > 5_000:
        size = 15
    elif total > 1_000:
        size = 20
    if points_left is not None and points_left < 1_000:
        size = max(5, size // 2)
    if average_changed_files is not None and average_changed_files > 100:
        size = max(5, size * 7 // 10)
    return size


def interval_minutes(priority: Priority, points_left: int | None = None) -> int:
    """Return how far apart the original plan wants the runs of a repository, in minutes."""
    if priority in {Priority.HIGH, Priority.CRITICAL}:
        return 15
    if points_left is not None and points_left < 500:
        return 60
    return 30
