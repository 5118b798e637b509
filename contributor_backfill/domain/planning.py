"""Due work divided among parallel jobs: balanced by minutes, never above the token's quota.

All jobs of a repository's workflows share one hourly quota, so more jobs never bring more points.
They bring more minutes, at a price: GitHub bills each job's minutes rounded up.
https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from contributor_backfill.domain.estimate import PAGE_SECONDS
from contributor_backfill.domain.page_planner import chunk_size, page_points

LISTS_A_QUERY = 100
MOST_JOBS = 256
"""Jobs that a matrix may have: https://docs.github.com/en/actions/reference/limits"""
FEWEST_POINTS = 20
"""A job with fewer points than this costs more to start than it brings."""


@dataclass(frozen=True)
class DueRepository:
    """The due work of one repository, as the database counts it.

    `pull_requests` are left in its backfill, `feeds` are due, `lists` wait to be read on;
    `page_seconds` is null where no page was measured yet.
    """

    full_name: str
    pull_requests: int
    feeds: int
    lists: int
    page_size: int | None
    page_seconds: float | None
    with_labels: bool = False


@dataclass(frozen=True)
class DueWork:
    """The due work of one repository in estimated minutes, and points out of the shared quota."""

    full_name: str
    minutes: float
    points: int


@dataclass(frozen=True)
class Shard:
    """The work of one job, and its part of the quota."""

    number: int
    full_names: tuple[str, ...]
    minutes: float
    points: int


def due_work(due: DueRepository, connections: int) -> DueWork:
    """Estimate what a repository takes; `connections` lists of each pull request are charged."""
    size = due.page_size or chunk_size(due.pull_requests)
    pages = math.ceil(due.pull_requests / size)
    queries = due.feeds + math.ceil(due.lists / LISTS_A_QUERY)
    seconds = (pages + queries) * (due.page_seconds or PAGE_SECONDS)
    return DueWork(due.full_name, seconds / 60, pages * page_points(size, connections) + queries)


def shards(
    due: Iterable[DueWork], *, max_jobs: int, points_left: int, max_minutes: float
) -> tuple[Shard, ...]:
    """Divide due work among at most `max_jobs` jobs of `max_minutes` each.

    `due` is in the order in which it is served; where quota or jobs do not suffice for all of it,
    each job still gets its share. `points_left` are those above the reserve: the shares of all
    jobs together never exceed them. Without points one job remains, for what costs none.
    """
    works = [w if w.minutes <= max_minutes else _cut(w, max_minutes) for w in due]
    if not works:
        return ()
    count = _jobs(works, max_jobs, points_left, max_minutes)
    loads: list[list[DueWork]] = [[] for _ in range(count)]
    # The longest first, each to the job with the least: within a third of the best division.
    for work in sorted(works, key=lambda w: -w.minutes):
        min(loads, key=lambda load: sum(w.minutes for w in load)).append(work)
    order = {work.full_name: index for index, work in enumerate(works)}
    wanted = [sum(w.points for w in load) for load in loads]
    allowed = shares(wanted, max(0, points_left))
    return tuple(
        Shard(
            number=index + 1,
            full_names=tuple(sorted((w.full_name for w in load), key=order.__getitem__)),
            minutes=min(max_minutes, sum(w.minutes for w in load)),
            points=points,
        )
        for index, (load, points) in enumerate(zip(loads, allowed, strict=True))
    )


def shares(wanted: list[int], available: int) -> list[int]:
    """Divide all `available` points in proportion to what is wanted, in whole points."""
    total = sum(wanted)
    # All of them, not only what is wanted: an estimate may be too low.
    return [available * share // total if total else available // len(wanted) for share in wanted]


def _jobs(works: list[DueWork], max_jobs: int, points_left: int, max_minutes: float) -> int:
    by_minutes = math.ceil(sum(work.minutes for work in works) / max_minutes)
    by_points = points_left // FEWEST_POINTS
    return max(1, min(max_jobs, MOST_JOBS, len(works), by_minutes, by_points))


def _cut(work: DueWork, max_minutes: float) -> DueWork:
    """Return the part of a giant that fits into one job."""
    # A repository has one lease, so two jobs cannot work on it at once.
    return DueWork(work.full_name, max_minutes, math.ceil(work.points * max_minutes / work.minutes))
