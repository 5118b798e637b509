"""What a month's work costs in Actions, and what it will have cost when the month is over. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from contributor_backfill.domain.intervals import Interval, exactly, sum_of
from contributor_backfill.domain.prices import Prices, Visibility


@dataclass(frozen=True)
class Minutes:
    """Billed minutes by what is known of the repository whose workflow took them."""

    private: float = 0
    public: float = 0
    unknown: float = 0

    @property
    def total(self) -> float:
        """All of them."""
        return self.private + self.public + self.unknown

    def seen_as(self, visibility: Visibility | None) -> "Minutes":
        """Return them with those of unknown repositories as a person says; null leaves them."""
        if visibility is None:
            return self
        if visibility is Visibility.PUBLIC:
            return Minutes(self.private, self.public + self.unknown)
        return Minutes(self.private + self.unknown, self.public)


@dataclass(frozen=True)
class Bill:
    """Dollars; the two differ where nobody knows whether a repository is private."""

    least: float
    most: float

    @property
    def is_known(self) -> bool:
        """Whether there is one figure."""
        return self.least == self.most


def job_minutes(seconds: float) -> int:
    """Return the whole minutes that GitHub bills for a job: each is rounded up by itself."""
    return math.ceil(max(0.0, seconds) / 60)


def dollars(paid_minutes: float, prices: Prices, day: date) -> float:
    """Return the price of a month's minutes in private repositories, beyond the included ones."""
    return max(0.0, paid_minutes - prices.included) * prices.minute(day)


def actions_bill(minutes: Minutes, prices: Prices, day: date) -> Bill:
    """Return what Actions takes for a month's minutes; those of public repositories are free."""
    return Bill(
        dollars(minutes.private, prices, day),
        dollars(minutes.private + minutes.unknown, prices, day),
    )


@dataclass(frozen=True)
class Period:
    """A calendar month in UTC, and how much of it is over."""

    begins_at: datetime
    ends_at: datetime
    now: datetime

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to forecast."""
        return self.now >= self.ends_at

    @property
    def first_day(self) -> date:
        """The month's first day."""
        return self.begins_at.date()


def forecast(so_far: float, days: Mapping[date, float], period: Period) -> Interval | None:
    """Return what the month will have come to at its end, from its full days so far.

    They count from the first one on which anything ran, and are taken as if they were drawn at
    random from the days until the month's end; today's figure counts as it is if that is more. Null
    while no day is full. Never below what is there already.
    """
    if period.is_over:
        return exactly(so_far)
    full = _full_days(days, period)
    if not full:
        return None
    left = math.ceil((period.ends_at - _midnight(period.now)) / timedelta(days=1))
    like_the_others = sum_of(full, len(full) + left)
    with_today = sum_of(full, len(full) + left - 1).plus(exactly(so_far - math.fsum(full)))
    return Interval(
        max(like_the_others.value, with_today.value),
        max(like_the_others.low, with_today.low, so_far),
        max(like_the_others.high, with_today.high),
    )


def _full_days(days: Mapping[date, float], period: Period) -> Sequence[float]:
    today = _midnight(period.now).date()
    if not days:
        return ()
    first = max(min(days), period.first_day)
    return [days.get(first + timedelta(days=n), 0.0) for n in range(max(0, (today - first).days))]


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
