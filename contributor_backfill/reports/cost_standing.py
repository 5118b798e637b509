"""The cost of a month so far and at its end, and that of Inngest alone."""

import math
from dataclasses import dataclass, fields
from datetime import date, datetime

from contributor_backfill.db.gateway.snapshot import CommandUsage, RepositoryUsage, Spent, Usage
from contributor_backfill.domain.budget import MonthlyBudget
from contributor_backfill.domain.costs import (
    Bill,
    Comparison,
    Minutes,
    Period,
    Workload,
    actions_bill,
    compare,
    dollars,
    month_forecast,
)
from contributor_backfill.domain.intervals import Interval
from contributor_backfill.domain.prices import Prices, Visibility


@dataclass(frozen=True)
class Spending:
    """The use of one measure so far, and by the month's end.

    `expected` is null while no day is full.
    """

    measure: str
    so_far: float
    expected: Interval | None


@dataclass(frozen=True)
class CommandCost(CommandUsage):
    """The use of one command. `dollars` is its share of Actions' bill, by billed minutes."""

    dollars: float


@dataclass(frozen=True)
class RepositoryCost(RepositoryUsage):
    """The use of capturing one repository. `dollars` is its share of the bill, by GitHub's time."""

    dollars: float


@dataclass(frozen=True)
class CostStanding:
    """The cost of a month. `bill` is that of Actions; `expected_bill` that of the whole month.

    `repositories` are the most expensive of `repository_count`.
    """

    period: Period
    runs: int
    minutes: Minutes
    bill: Bill
    expected_bill: Interval | None
    spending: tuple[Spending, ...]
    commands: tuple[CommandCost, ...]
    repositories: tuple[RepositoryCost, ...]
    repository_count: int
    work: Workload
    comparison: Comparison
    budget: MonthlyBudget
    prices: Prices

    @property
    def has_data(self) -> bool:
        """Whether anything ran in the month."""
        return bool(self.runs or self.work.inngest_runs)


def cost_standing(
    usage: Usage,
    budget: MonthlyBudget,
    prices: Prices,
    now: datetime,
    visibility: Visibility | None = None,
) -> CostStanding:
    """Return the cost of what was used, by these prices.

    `visibility` is that of the workflows' repository where nobody recorded it.
    """
    period = Period(usage.begins_at, usage.ends_at, now)
    minutes = usage.visibility.seen_as(visibility)
    bill = actions_bill(minutes, prices, period.first_day)
    spending = tuple(_spending(measure.name, usage, period) for measure in fields(Spent))
    work = _work(usage)
    return CostStanding(
        period=period,
        runs=sum(row.runs for row in usage.commands),
        minutes=minutes,
        bill=bill,
        expected_bill=_expected_bill(spending[0].expected, minutes, prices, period.first_day),
        spending=spending,
        commands=_commands(usage, minutes.total, bill.most),
        repositories=_repositories(usage, bill.most),
        repository_count=usage.repositories_total.repositories,
        work=work,
        comparison=compare(work, bill, prices),
        budget=budget,
        prices=prices,
    )


def _spending(measure: str, usage: Usage, period: Period) -> Spending:
    days = {row.day: float(getattr(row, measure)) for row in usage.days}
    so_far = math.fsum(days.values())
    return Spending(measure, so_far, month_forecast(so_far, days, period))


def _expected_bill(
    expected: Interval | None, minutes: Minutes, prices: Prices, day: date
) -> Interval | None:
    """Return the month's bill if the private share stays; unknown repositories count as private."""
    if expected is None:
        return None
    # Only minutes of private repositories are billed.
    share = (minutes.private + minutes.unknown) / minutes.total if minutes.total else 0.0
    if not share:
        return Interval(0.0, 0.0, 0.0)
    return expected.map(lambda value: dollars(value * share, prices, day))


def _commands(usage: Usage, minutes: float, bill: float) -> tuple[CommandCost, ...]:
    return tuple(
        CommandCost(**vars(row), dollars=_part(row.billed_minutes, minutes) * bill)
        for row in usage.commands
    )


def _repositories(usage: Usage, bill: float) -> tuple[RepositoryCost, ...]:
    whole = usage.repositories_total.milliseconds
    return tuple(
        RepositoryCost(**vars(row), dollars=_part(row.milliseconds, whole) * bill)
        for row in usage.repositories
    )


def _part(value: float, whole: float) -> float:
    return value / whole if whole else 0.0


def _work(usage: Usage) -> Workload:
    inngest = usage.inngest

    def total(name: str) -> float:
        return math.fsum(getattr(row, name) for row in usage.commands)

    return Workload(
        runs=total("runs"),
        requests=total("requests"),
        seconds=total("seconds"),
        minutes=total("billed_minutes"),
        inngest_runs=float(inngest.runs),
        inngest_steps=inngest.steps,
        inngest_runs_without_steps=math.fsum(jobs.without_steps for jobs in inngest.types),
    )
