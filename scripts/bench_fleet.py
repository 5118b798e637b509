"""What the schedule of a fleet needs, by its quota and by the jobs of its matrix: days and dollars.

This is calculated, not captured: five million pull requests would take hours in the sandbox. The
schedule, the plan of a matrix and the prices are the product's own; a page takes what it takes in a
rehearsal. The figures of a rehearsal that both can do are held against it (`checked`).
"""

import heapq
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from contributor_backfill.domain import costs
from contributor_backfill.domain.bounds import reserve_points
from contributor_backfill.domain.planning import FEWEST_POINTS, shares
from contributor_backfill.domain.prices import DEFAULT_PRICES
from contributor_backfill.sandbox.rehearsal.plan import WORK, sizes
from contributor_backfill.sandbox.rehearsal.schedule import REAL, beginnings, ticks

REPOSITORIES, PULL_REQUESTS = 2_000, 5_000_000
PAGE = 37
"""Pull requests a point."""
PAGE_SECONDS = (WORK.milliseconds_per_request + PAGE * WORK.milliseconds_per_pull_request) / 1000
COMMENTS_SECONDS = PAGE / 100 * WORK.milliseconds_per_request / 1000
"""Of the review comments of a page, one each, a hundred of them with a request of REST."""
SETUP_SECONDS = 14.5
SOONEST = timedelta(minutes=5)
"""A run starts no other sooner after the last one that was started."""
BEGIN = datetime(2026, 11, 23, 0, 7, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MOST = 0.95
LIMITS = (1_000, 5_000, 12_500)
JOBS = (1, 2, 4, 8, 16, 32)
LONGEST = timedelta(days=90)


@dataclass
class Fleet:
    """The schedule at work on what is left of each repository, in pages."""

    limit: int
    jobs: int
    minutes: float
    left: list[float]
    now: datetime = BEGIN
    spent: float = 0.0
    resets_at: datetime = BEGIN
    points: float = 0.0
    billed: int = 0
    mostly_at: datetime | None = None
    started_at: datetime = BEGIN - HOUR

    def capture(self) -> None:
        """Let the schedule run until nothing is left."""
        whole = sum(self.left)
        for group in beginnings(ticks(REAL, BEGIN, seed=1)):
            begins_at = group[-1].begins_at
            assert begins_at is not None, "the last one of a group always begins"
            self.now = max(self.now, begins_at)
            while self._run():
                if self.mostly_at is None and sum(self.left) <= (1 - MOST) * whole:
                    self.mostly_at = self.now
                self._job(SETUP_SECONDS)
                if self.now - self.started_at < SOONEST:
                    break
                self.started_at = self.now
            if sum(self.left) < 1 or self.now - BEGIN > LONGEST:
                return

    def _run(self) -> bool:
        """Let the workflow run once; return whether it starts the next one."""
        if self.jobs > 1:
            self._job(SETUP_SECONDS)
        if self.now >= self.resets_at:
            self.spent, self.resets_at = 0.0, self.now + HOUR
        usable = self.limit - reserve_points(self.limit, None) - self.spent
        loads = self._loads(usable)
        wanted = [int(self._wanted(load)) for load in loads]
        allowed = shares(wanted, int(usable)) if self.jobs > 1 else [int(usable)]
        took = [self._capture(load, most) for load, most in zip(loads, allowed, strict=True)]
        self.billed += sum(costs.job_minutes(SETUP_SECONDS + seconds) for seconds in took)
        self.now += timedelta(seconds=SETUP_SECONDS + max(took, default=0.0))
        is_spent = self.limit - reserve_points(self.limit, None) - self.spent < 1
        # A job of a matrix ends with its points, and goes on at once; the next one finds none.
        found_some = self.jobs > 1 and usable >= 1
        return sum(self.left) > 0 and (found_some or not is_spent)

    def _job(self, seconds: float) -> None:
        self.billed += costs.job_minutes(seconds)
        self.now += timedelta(seconds=seconds)

    def _loads(self, usable: float) -> list[list[int]]:
        """Divide the repositories as `shards` does, the longest first to whoever has least."""
        due = sorted((n for n, pages in enumerate(self.left) if pages), key=lambda n: -self.left[n])
        most = self.minutes * 60 / PAGE_SECONDS
        by_time = int(sum(min(self.left[n], most) for n in due) / most) + 1
        many = max(1, min(self.jobs, len(due), by_time, int(usable) // FEWEST_POINTS))
        heap = [(0.0, place) for place in range(many)]
        loads: list[list[int]] = [[] for _ in heap]
        for number in due:
            load, place = heapq.heappop(heap)
            loads[place].append(number)
            heapq.heappush(heap, (load + min(self.left[number], most), place))
        return loads

    def _wanted(self, load: list[int]) -> float:
        return min(sum(self.left[n] for n in load), self.minutes * 60 / PAGE_SECONDS)

    def _capture(self, load: list[int], points: int) -> float:
        """Give each repository of a job an equal share, and return the seconds it took."""
        pages = min(float(points), self.minutes * 60 / (PAGE_SECONDS + COMMENTS_SECONDS))
        done, waiting = 0.0, sorted(load, key=lambda n: self.left[n])
        for place, number in enumerate(waiting):
            mine = min(self.left[number], (pages - done) / (len(waiting) - place))
            self.left[number] -= mine
            done += mine
        self.spent += done
        self.points += done
        return done * (PAGE_SECONDS + COMMENTS_SECONDS)


def fleet_figures() -> dict[str, Any]:
    """Return the figures of each limit with each number of jobs."""
    largest = int(PULL_REQUESTS / sum(1 / rank for rank in range(1, REPOSITORIES + 1)))
    fleet = sizes(REPOSITORIES, largest)
    return {
        "repositories": REPOSITORIES,
        "pull_requests": sum(fleet),
        "largest": fleet[0],
        "seconds_a_page": round(PAGE_SECONDS + COMMENTS_SECONDS, 2),
        "checked": _figures(sizes(20, 20_000), 1_000, 1),
        "lines": [_figures(fleet, limit, jobs) for limit in LIMITS for jobs in JOBS],
    }


def _figures(fleet: tuple[int, ...], limit: int, jobs: int) -> dict[str, Any]:
    work = Fleet(limit, jobs, 5.0 if jobs == 1 else 25.0, [size / PAGE for size in fleet])
    work.capture()
    elapsed = work.now - BEGIN
    usable = limit - reserve_points(limit, None)
    return {
        "limit": limit,
        "jobs": jobs,
        "minutes_a_job": work.minutes,
        "days_to_95_percent": round(((work.mostly_at or work.now) - BEGIN) / DAY, 1),
        "days": round(elapsed / DAY, 1),
        "points": round(work.points),
        "billed_minutes": work.billed,
        "dollars": round(work.billed * DEFAULT_PRICES.minute(BEGIN.date()), 2),
        "share_of_quota": round(work.points / (elapsed / HOUR * usable), 2),
    }
