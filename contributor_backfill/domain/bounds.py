"""The bounds of a run, in points, chunks and minutes, and when it must stop."""

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from contributor_backfill.domain.policy import RESERVED_PART, SMALLEST_RESERVE
from contributor_backfill.domain.types import RateLimit


class Stop(StrEnum):
    """Why a run, or a repository's turn in it, ended."""

    COMPLETED = "completed"
    CHUNKS = "chunk limit"
    ITEMS = "item limit"
    POINTS = "point limit"
    TIME = "time limit"
    QUOTA = "quota"
    RATE_LIMITED = "rate limited"
    ERROR = "error"
    LEASE = "lease lost"
    IDLE = "nothing due"
    REFUSED = "database refuses"


@dataclass(frozen=True)
class Bounds:
    """The limits of a run or of one repository's turn. What is null does not count.

    No page is begun that would not end by `deadline`; GitHub is waited for until `waits_until`,
    which is the whole run's deadline. `items` are pull requests of a sync; `points` are what the
    run may spend of its own.
    """

    deadline: datetime
    chunks: int | None
    reserve: int | None
    waits_until: datetime
    items: int | None = None
    points: int | None = None


def run_deadline(now: datetime, max_minutes: float, token_minutes: float | None) -> datetime:
    """Return when a run must end: as asked, and while its token of GitHub is still accepted.

    A workflow's token, or an installation's, lives for an hour at most.
    """
    minutes = max_minutes if token_minutes is None else min(max_minutes, token_minutes)
    return now + timedelta(minutes=minutes)


def reserve_points(limit: int, asked: int | None) -> int:
    """Return how many points are left to others: as asked, or a fifth of the limit, at least 50."""
    return asked if asked is not None else max(SMALLEST_RESERVE, limit // RESERVED_PART)


def points_to_spend(rate_limit: RateLimit, now: datetime, reserve: int | None) -> int:
    """Return the points above the reserve; after the reset the whole hour's."""
    # What GitHub said of the hour before no longer counts after its reset.
    left = rate_limit.limit if now >= rate_limit.reset_at else rate_limit.remaining
    return left - reserve_points(rate_limit.limit, reserve)


def must_stop(
    bounds: Bounds,
    now: datetime,
    *,
    chunks_done: int,
    page_seconds: float,
    page_points: int,
    rate_limit: RateLimit | None,
    points_done: int = 0,
) -> Stop | None:
    """Say why no further page may be begun, or None when one may.

    `page_seconds` and `page_points` are what the next page is expected to take.
    """
    if bounds.chunks is not None and chunks_done >= bounds.chunks:
        return Stop.CHUNKS
    if now + timedelta(seconds=page_seconds) > bounds.deadline:
        return Stop.TIME
    if rate_limit and points_to_spend(rate_limit, now, bounds.reserve) < page_points:
        return Stop.QUOTA
    if bounds.points is not None and points_done + page_points > bounds.points:
        return Stop.POINTS
    return None


def share(bounds: Bounds, now: datetime, waiting: int, chunks_done: int) -> Bounds:
    """Return one repository's part of what is left, so that a giant leaves time for the others.

    `waiting` counts the other repositories that are due. At least one chunk is always allowed.
    """
    left = max(timedelta(), bounds.deadline - now)
    chunks = None
    if bounds.chunks is not None:
        chunks = max(1, math.ceil((bounds.chunks - chunks_done) / (waiting + 1)))
    return replace(bounds, deadline=now + left / (waiting + 1), chunks=chunks)


def without_points(bounds: Bounds, spent: int) -> Bounds:
    """Return the bounds of what is left after `spent` points."""
    return bounds if bounds.points is None else replace(bounds, points=bounds.points - spent)
