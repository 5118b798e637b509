"""The forecast of a backfill's end, from what the schedule really brought of late.

A run, `status` and `monitor` all use it, so they name the same day.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

SHORTEST_WINDOW = timedelta(minutes=10)
"""Turns that began within less say nothing of a schedule."""
SILENCE = 4
"""After so many usual pauses without a turn, the pace of before is not that of now."""
SHORTEST_SILENCE = timedelta(hours=3)
"""GitHub's schedule is late by hours at times."""
LONGEST = timedelta(days=365 * 100)


@dataclass(frozen=True)
class Pace:
    """The turns that a backfill had within a day: a turn is what a run did of it at one go.

    `last` is what the last turn captured, in pull requests; `deviation` how much turns differ.
    """

    turns: int
    began_at: datetime
    last_at: datetime
    pull_requests: int
    last: int
    deviation: float = 0.0

    @property
    def gap(self) -> timedelta | None:
        """The time between the beginnings of turns; null where that is not known yet."""
        if self.turns < 2 or self.last_at - self.began_at < SHORTEST_WINDOW:
            return None
        return (self.last_at - self.began_at) / (self.turns - 1)

    @property
    def hourly(self) -> float | None:
        """Pull requests an hour, pauses between runs included; null where not known yet."""
        gap = self.gap
        if gap is None:
            return None
        # Of the last turn nobody knows as yet how long the pause after it is.
        return (self.pull_requests - self.last) / ((gap * (self.turns - 1)) / timedelta(hours=1))

    @property
    def spread(self) -> float:
        """The uncertainty of the pace either way, as a part of it."""
        intervals = self.turns - 1
        mean = self.pull_requests / self.turns
        # Two standard errors. Few turns cannot show how much they differ, hence the floor.
        measured = 2 * self.deviation / (mean * math.sqrt(intervals)) if mean else math.inf
        return max(measured, 0.5 / math.sqrt(intervals))


@dataclass(frozen=True)
class Forecast:
    """When something is done, most likely, and the bounds; null where there is no latest."""

    at: datetime
    earliest: datetime
    latest: datetime | None


def forecast(
    left: int, pace: Pace | None, now: datetime, not_before: datetime | None = None
) -> Forecast | None:
    """Return when so many pull requests are captured, or None where that is not known yet.

    It is never before the next turn: `not_before`, or when the schedule brings it.
    """
    if left <= 0:
        return Forecast(now, now, now)
    if pace is None or pace.gap is None or not pace.hourly:
        return None
    # The schedule has stopped, or is not the one that was measured.
    if now - pace.last_at > max(SILENCE * pace.gap, SHORTEST_SILENCE):
        return None
    # Pauses are part of the hourly pace, so no schedule needs to be known.
    hours = left / pace.hourly
    next_turn = max(now, pace.last_at + pace.gap, not_before or now)
    spread = pace.spread
    likely, soonest = _later(now, hours), _later(now, hours / (1 + spread))
    if likely is None or soonest is None:
        return None
    latest = _later(now, hours / (1 - spread)) if spread < 1 else None
    return Forecast(
        max(likely, next_turn),
        max(soonest, next_turn),
        max(latest, next_turn) if latest else None,
    )


def last_of(forecasts: Iterable[Forecast | None]) -> Forecast | None:
    """Return when the last of several is done; None where it is not known of one, or of none."""
    known = list(forecasts)
    if not known or None in known:
        return None
    done = [forecast for forecast in known if forecast is not None]
    latest = [forecast.latest for forecast in done if forecast.latest is not None]
    return Forecast(
        max(forecast.at for forecast in done),
        max(forecast.earliest for forecast in done),
        max(latest) if len(latest) == len(done) else None,
    )


def _later(now: datetime, hours: float) -> datetime | None:
    return now + timedelta(hours=hours) if hours < LONGEST / timedelta(hours=1) else None
