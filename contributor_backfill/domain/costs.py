"""The cost of a month's work in Actions, now and at its end, and on Inngest alone. Pure.

The plan claims that capturing in Actions and on Inngest together costs 60 to 85 % less.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from contributor_backfill.domain.intervals import Interval, exactly, sum_of
from contributor_backfill.domain.prices import InngestPlan, Prices, Visibility


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


def month_forecast(so_far: float, days: Mapping[date, float], period: Period) -> Interval | None:
    """Return what the month will have come to at its end, from its full days so far.

    They are taken as if they were drawn at random from the days until the month's end. Null while
    no day is full. Never below what is there already.
    """
    if period.is_over:
        return exactly(so_far)
    full = _full_days(days, period)
    if not full:
        return None
    left = math.ceil((period.ends_at - _midnight(period.now)) / timedelta(days=1))
    # Today is not over: it counts like the others, or as it is if that is more already.
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
    # Days before the first run are no quiet days: the tool was not there yet.
    first = max(min(days), period.first_day)
    return [days.get(first + timedelta(days=n), 0.0) for n in range(max(0, (today - first).days))]


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


CLAIMED_LOW, CLAIMED_HIGH = 0.60, 0.85
CLAIM_DOLLARS_PER_EXECUTION = 0.0001
CLAIM_DOLLARS_PER_MINUTE = 0.008
CLAIM_INCLUDED_MINUTES = 2_000
"""Prices assumed when this project began; neither Inngest's nor, since 2026, GitHub's."""
MILLION = 1_000_000


@dataclass(frozen=True)
class Workload:
    """The work of a month. `inngest_*` is what ran on Inngest in fact.

    `requests` went to GitHub; `seconds` are how long the runs took.
    """

    runs: float = 0
    requests: float = 0
    seconds: float = 0
    minutes: float = 0
    inngest_runs: float = 0
    inngest_steps: float = 0
    inngest_runs_without_steps: float = 0


@dataclass(frozen=True)
class InngestBill:
    """The price of executions on the cheapest plan that takes them; null without a price."""

    executions: float
    plan: InngestPlan | None
    dollars: float | None
    missing: tuple[str, ...] = ()


class ClaimResult(StrEnum):
    """The claim, held against the measured month."""

    HOLDS = "holds"
    FALLS_SHORT = "falls short"
    NOTHING_TO_SAVE = "nothing to save"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Comparison:
    """Both ways of doing the same work. A saving is a share of what Inngest alone would cost.

    `saving` is null where that is nothing or not known, `claimed_saving` (at the prices
    assumed at first) where nothing was done.
    """

    measured: InngestBill
    alone: InngestBill
    together_dollars: float | None
    host_dollars: float | None
    saving: float | None
    claimed_saving: float | None
    verdict: ClaimResult


def executions_measured(work: Workload, prices: Prices) -> float:
    """Return the executions that Inngest counted: each run, and each of its steps."""
    assumed = work.inngest_runs_without_steps * prices.steps_per_job
    return work.inngest_runs + work.inngest_steps + assumed


def executions_alone(work: Workload, prices: Prices) -> float:
    """Return the executions that all of it would be: a run each, and a step for each request."""
    return executions_measured(work, prices) + work.runs + work.requests * prices.steps_per_request


def inngest_bill(executions: float, prices: Prices) -> InngestBill:
    """Return the price of a month's executions on the cheapest plan that takes them."""
    bills: list[tuple[float, InngestPlan]] = []
    missing: list[str] = []
    for plan, terms in prices.inngest.items():
        more = max(0.0, executions - terms.included_executions)
        # Free sells no further executions, so it ends there; another plan lacks its price.
        if more and terms.dollars_per_million is None:
            if plan is not InngestPlan.FREE:
                missing.append(f"inngest.{plan}.dollars_per_million")
            continue
        if terms.dollars_per_month is None:
            missing.append(f"inngest.{plan}.dollars_per_month")
            continue
        further = more / MILLION * (terms.dollars_per_million or 0.0)
        bills.append((terms.dollars_per_month + further, plan))
    if not bills:
        return InngestBill(executions, None, None, tuple(missing))
    cheapest, plan = min(bills, key=lambda bill: bill[0])
    return InngestBill(executions, plan, cheapest)


def compare(work: Workload, actions: Bill, prices: Prices) -> Comparison:
    """Hold the month against the same work on Inngest alone. Unknown repositories count as private.

    On Inngest its host works for as long as the runs took, where an hour of it has a price.
    """
    measured = inngest_bill(executions_measured(work, prices), prices)
    alone = inngest_bill(executions_alone(work, prices), prices)
    rate = prices.host_dollars_per_hour
    host = None if rate is None else work.seconds / 3600 * rate
    together = None if measured.dollars is None else measured.dollars + actions.most
    # Actions brings its own machine; Inngest calls functions on a host that somebody pays.
    total = None if alone.dollars is None else alone.dollars + (host or 0.0)
    saving = None
    if together is not None and total:
        saving = 1 - together / total
    return Comparison(
        measured,
        alone,
        together,
        host,
        saving,
        _claimed(work, measured.executions, alone.executions),
        _verdict(total, saving),
    )


def _claimed(work: Workload, measured: float, alone: float) -> float | None:
    if not alone:
        return None
    minutes = max(0.0, work.minutes - CLAIM_INCLUDED_MINUTES)
    together = measured * CLAIM_DOLLARS_PER_EXECUTION + minutes * CLAIM_DOLLARS_PER_MINUTE
    return 1 - together / (alone * CLAIM_DOLLARS_PER_EXECUTION)


def _verdict(total: float | None, saving: float | None) -> ClaimResult:
    if total == 0:
        return ClaimResult.NOTHING_TO_SAVE
    if saving is None:
        return ClaimResult.UNKNOWN
    return ClaimResult.HOLDS if saving >= CLAIMED_LOW else ClaimResult.FALLS_SHORT
