"""The cost of a month in plain lines of 80 columns at most, with every formula and assumption."""

import math
from collections.abc import Iterator
from textwrap import wrap

from contributor_backfill.domain.costs import (
    CLAIM_DOLLARS_PER_EXECUTION,
    CLAIM_DOLLARS_PER_MINUTE,
    CLAIM_INCLUDED_MINUTES,
    CLAIMED_HIGH,
    CLAIMED_LOW,
    InngestBill,
    Verdict,
)
from contributor_backfill.domain.intervals import Interval
from contributor_backfill.domain.prices import LOWERED
from contributor_backfill.reports.budget_words import lines as budget_lines
from contributor_backfill.reports.cost_standing import CostStanding, Spending

WIDTH = 80
SHOWN_REPOSITORIES = 10
NAMES = {"billed_minutes": "billed minutes", "rows": "rows sent", "bytes": "MB from GitHub"}
MEGABYTE = 1_000_000


def lines(cost: CostStanding) -> tuple[str, ...]:
    """Return all of it; of a month without a run, that there is no data."""
    month = f"{cost.period.begins_at:%B %Y}"
    if not cost.has_data:
        return (f"{month}: no data, nothing ran.", *_budget(cost))
    parts = (_spent, _commands, _repositories, _comparison, _budget, _prices)
    return (f"{month}, in UTC", *(line for part in parts for line in ("", *part(cost))))


def verdict(cost: CostStanding) -> str:
    """Say what the month shows of the plan's claim, in a sentence."""
    found = cost.comparison
    claim = f"Planned: {CLAIMED_LOW:.0%} to {CLAIMED_HIGH:.0%} less than with Inngest alone."
    if found.verdict is Verdict.NOTHING_TO_SAVE:
        paid = found.together_dollars or 0.0
        beyond = f" Actions took ${paid:,.2f} that it would not have." if paid else ""
        return (
            f"{claim} Measured: nothing to save, because {found.alone.executions:,.0f} executions"
            f" are free on Inngest too.{beyond}"
        )
    if found.saving is None:
        missing = ", ".join((*found.alone.missing, *found.measured.missing))
        return f"{claim} Measured: not known without a price for {missing}."
    change = f"{abs(found.saving):,.0%} {'less' if found.saving >= 0 else 'more'}"
    holds = "It holds" if found.verdict is Verdict.HOLDS else "It does not hold"
    return f"{claim} Measured: {change}. {holds} for this month."


def _spent(cost: CostStanding) -> Iterator[str]:
    forecast = "" if cost.period.is_over else "by the month's end"
    yield _figures("", "so far", forecast, "").rstrip()
    for each in cost.spending:
        yield _figures(_name(each), *_columns(each))
    bill = cost.bill
    now = _dollars(bill.most) if bill.is_known else f"{_dollars(bill.least)}-{bill.most:,.2f}"
    yield _figures("Actions, dollars", now, *_expected(cost.expected_bill, cost))
    if not bill.is_known or (cost.minutes.unknown and not bill.most):
        yield from _wrapped(
            f"{cost.minutes.unknown:,.0f} minutes are of a repository that no run told to be public"
            " or private: nothing if it is public. --visibility says which; forecasts and shares"
            " below take it for private."
        )
    if not cost.period.is_over and cost.spending[0].expected is None:
        yield "Forecast: not before the first whole day is over."
    elif not cost.period.is_over:
        yield from _wrapped(
            "Forecast: the month's full days so far, as if drawn at random from all of its days;"
            " between the bounds in 19 of 20 months if nothing changes."
        )


def _name(each: Spending) -> str:
    return NAMES.get(each.measure, each.measure)


def _columns(each: Spending) -> tuple[str, str, str]:
    scale = MEGABYTE if each.measure == "bytes" else 1

    def words(value: float) -> str:
        return f"{value / scale:,.0f}" if math.isfinite(value) else "?"

    expected = each.expected
    if expected is None or expected.low == expected.high == each.so_far:
        return words(each.so_far), "", ""
    bounds = _bounds(words(expected.low), words(expected.high))
    return words(each.so_far), words(expected.value), bounds


def _expected(expected: Interval | None, cost: CostStanding) -> tuple[str, str]:
    if expected is None or cost.period.is_over:
        return "", ""
    low, high = _dollars(expected.low), _dollars(expected.high)
    return _dollars(expected.value), _bounds(low, high)


def _bounds(low: str, high: str) -> str:
    return "" if low == high else f"{low} to {high}"


def _figures(name: str, so_far: str, expected: str, bounds: str) -> str:
    return f"{name:<18}{so_far:>16}{expected:>20}  {bounds}".rstrip()


def _commands(cost: CostStanding) -> Iterator[str]:
    yield f"{'command':<22}{'runs':>7}{'jobs':>7}{'minutes':>9}{'points':>10}{'rows':>13}{'$':>10}"
    for each in cost.commands:
        yield (
            f"{each.command[:21]:<22}{each.runs:>7,}{each.jobs:>7,}{each.billed_minutes:>9,.0f}"
            f"{each.points:>10,}{each.rows:>13,}{each.dollars:>10,.2f}"
        )
    yield from _wrapped(
        "Each job is billed by the full minute; of several commands in one job the first is billed."
        " Dollars are shares of Actions' bill, by minutes. Points are GitHub's unit for what a"
        " query costs."
    )


def _repositories(cost: CostStanding) -> Iterator[str]:
    if not cost.repositories:
        yield "Repositories: no data, nothing was captured."
        return
    yield f"{'repository':<34}{'points':>9}{'requests':>10}{'rows':>10}{'minutes':>8}{'$':>9}"
    for each in cost.repositories[:SHOWN_REPOSITORIES]:
        minutes = each.milliseconds / 60_000
        yield (
            f"{each.full_name[:33]:<34}{each.points:>9,}{each.requests:>10,}{each.rows:>10,}"
            f"{minutes:>8,.1f}{each.dollars:>9,.2f}"
        )
    left = cost.repository_count - min(len(cost.repositories), SHOWN_REPOSITORIES)
    if left:
        yield f"and {left:,} more (--json has the most expensive fifty)"
    yield "Minutes are those of GitHub's answers; dollars follow them."


def _comparison(cost: CostStanding) -> Iterator[str]:
    work, prices, found = cost.work, cost.prices, cost.comparison
    yield "The same work on Inngest alone"
    inngest = found.measured.executions
    yield from _wrapped(
        f"executions = runs + requests x {prices.steps_per_request:g} + those on Inngest already ="
        f" {work.runs:,.0f} + {work.requests:,.0f} x {prices.steps_per_request:g} + {inngest:,.0f}"
        f" = {found.alone.executions:,.0f}"
    )
    yield from _wrapped(
        "dollars = the plan's price + executions beyond the included ones x the price of a million"
        f" / 1,000,000 + hours of the host x its price = {_inngest(found.alone)}"
        f" + {_host(found.host_dollars)}"
    )
    yield from _wrapped(
        f"as it was done = Actions {_dollars(cost.bill.most)} + Inngest {_inngest(found.measured)},"
        f" of {work.inngest_runs:,.0f} runs and {inngest - work.inngest_runs:,.0f} steps"
    )
    yield from _wrapped(verdict(cost))
    if found.claimed_saving is not None:
        yield from _wrapped(
            f"At the prices of that plan (${CLAIM_DOLLARS_PER_EXECUTION:g} an execution,"
            f" ${CLAIM_DOLLARS_PER_MINUTE:g} a minute beyond {CLAIM_INCLUDED_MINUTES:,}, private):"
            f" {abs(found.claimed_saving):,.0%} {'less' if found.claimed_saving >= 0 else 'more'}."
        )
    yield from _wrapped(
        "Assumed: one run of a command is one run there; one request to GitHub is one step, which"
        " stores what it got (inngest.steps_per_request says otherwise);"
        f" a job whose record tells no steps has {prices.steps_per_job:g}"
        f" ({work.inngest_runs_without_steps:,.0f} such); the cheapest plan that takes them all;"
        " the included minutes are used for nothing else. Supabase is the same either way."
    )


def _inngest(bill: InngestBill) -> str:
    if bill.dollars is None:
        return f"unknown (set {' or '.join(bill.missing)})"
    return f"{_dollars(bill.dollars)} ({bill.plan})"


def _host(dollars: float | None) -> str:
    return "host not counted (host.dollars_per_hour)" if dollars is None else _dollars(dollars)


def _budget(cost: CostStanding) -> Iterator[str]:
    yield "Budget: contributor-backfill budget"
    yield from budget_lines(cost.budget)


def _prices(cost: CostStanding) -> Iterator[str]:
    prices, day = cost.prices, cost.period.first_day
    yield from _wrapped(
        f"Prices: ${prices.minute(day):g} a minute ({prices.runner},"
        f" {'since' if day >= LOWERED else 'until'} {LOWERED:%Y-%m-%d}), {prices.included:,.0f}"
        f" minutes included ({prices.plan}), none in public repositories. Sources: GitHub's billing"
        " reference, Inngest's pricing page; as of November 2026."
    )
    for line in prices.overrides:
        yield f"Set by CONTRIBUTOR_BACKFILL_PRICES: {line}"
    if not prices.overrides:
        yield "CONTRIBUTOR_BACKFILL_PRICES=prices.toml replaces any of them."


def _dollars(value: float) -> str:
    return f"${value:,.2f}" if math.isfinite(value) else "?"


def _wrapped(text: str) -> list[str]:
    return wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False)
