"""The times at which GitHub starts the runs of a cron line: on time, late, or never."""

import heapq
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from contributor_backfill.sandbox.invention.randomness import stream

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Punctuality:
    """The lateness of a day's runs in minutes, and the share of them that is never started.

    Lateness is lognormal: half of the runs are later than `median`, one in forty than `latest`, and
    none is earlier than `least`.
    """

    dropped: float = 0.0
    median: float = 0.0
    latest: float = 0.0
    least: float = 0.0

    def lateness(self, normal: float) -> timedelta:
        """Return how late the run is that stands at `normal` of the standard distribution."""
        if not self.median:
            return timedelta()
        spread = math.log(self.latest / self.median) / 2
        return timedelta(minutes=max(self.least, self.median * math.exp(spread * normal)))


@dataclass(frozen=True, slots=True)
class Schedule:
    """A cron line of every `minutes` minutes, and what GitHub makes of it on good and bad days."""

    name: str
    good: Punctuality = Punctuality()
    bad: Punctuality = Punctuality()
    bad_days: float = 0.0
    minutes: float = 30.0


PUNCTUAL = Schedule("punctual")
REAL = Schedule(
    "real",
    # GitHub promises no time:
    # https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#schedule
    # Lateness and the share of bad days are those of clawock#781 and
    # #1417: 30 days with a median of 72.5 minutes and 157 at most, then 12 days with one of 271
    # and 219 at least; 12 hours are the most in open-multi-agent#557. On bad days frequent cron
    # lines fired every four to six hours (community discussions 212128 and 212160), so that nine
    # of ten half-hourly runs were never started. What is dropped on good days is nowhere counted:
    # 15 % is assumed.
    good=Punctuality(dropped=0.15, median=72.5, latest=157),
    bad=Punctuality(dropped=0.9, median=271, latest=720, least=219),
    bad_days=12 / 42,
)
SCHEDULES = {schedule.name: schedule for schedule in (REAL, PUNCTUAL)}


@dataclass(frozen=True, slots=True)
class Tick:
    """A moment of the cron line, and when its run begins: None is never."""

    due_at: datetime
    begins_at: datetime | None

    @property
    def lateness(self) -> timedelta:
        """Return how late the run is, nothing for one that never begins."""
        return timedelta() if self.begins_at is None else self.begins_at - self.due_at


def ticks(schedule: Schedule, start: datetime, seed: int) -> Iterator[Tick]:
    """Yield the moments of a schedule, one after the other and without an end."""
    today, day = -1, schedule.good
    for position in count():
        due_at = start + position * timedelta(minutes=schedule.minutes)
        if (due_at - start) // _DAY != today:
            today = (due_at - start) // _DAY
            is_bad = stream(seed, 1, today).random() < schedule.bad_days
            day = schedule.bad if is_bad else schedule.good
        random = stream(seed, 2, position)
        is_dropped = random.random() < day.dropped
        lateness = day.lateness(random.gauss())
        yield Tick(due_at, None if is_dropped else due_at + lateness)


def beginnings(moments: Iterator[Tick]) -> Iterator[tuple[Tick, ...]]:
    """Yield the ticks in the order in which their runs begin, each with those dropped before it."""
    waiting: list[tuple[datetime, int, Tick]] = []
    dropped: list[Tick] = []
    for position, tick in enumerate(moments):
        while waiting and waiting[0][0] <= tick.due_at:
            yield (*dropped, heapq.heappop(waiting)[-1])
            dropped.clear()
        if tick.begins_at is None:
            dropped.append(tick)
        else:
            heapq.heappush(waiting, (tick.begins_at, position, tick))
