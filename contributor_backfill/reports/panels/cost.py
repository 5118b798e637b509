"""The month's cost, its end's, and what Inngest alone would have cost, with every formula."""

import math
from collections.abc import Iterator, Sequence
from textwrap import wrap

from contributor_backfill.domain.costs import (
    CLAIM_DOLLARS_PER_EXECUTION,
    CLAIM_DOLLARS_PER_MINUTE,
    CLAIM_INCLUDED_MINUTES,
    CLAIMED_HIGH,
    CLAIMED_LOW,
    ClaimResult,
    InngestBill,
)
from contributor_backfill.domain.intervals import Interval
from contributor_backfill.domain.prices import LOWERED
from contributor_backfill.reports.budget_words import amount, notes
from contributor_backfill.reports.cost_standing import CostStanding, Spending
from contributor_backfill.reports.model import (
    MEGABYTE,
    NONE,
    Figure,
    Panel,
    State,
    Table,
    cells,
    figure,
    numbers,
    on_host,
    share,
    texts,
)
from contributor_backfill.reports.wording import plural

TITLE = "Cost"
SOURCES = ("contributor-backfill costs", "contributor-backfill budget")
MOST_REPOSITORIES = 10
NAMES = {
    "billed_minutes": ("billed minutes", 1),
    "points": ("points", 1),
    "requests": ("requests", 1),
    "rows": ("rows sent", 1),
    "bytes": ("MB from GitHub", MEGABYTE),
}
STATES = {"ok": State.GOOD, "warning": State.WATCH, "paused": State.ACT}
SPENT = (*texts("what"), *numbers("so far", "by the month's end", "at least", "at most"))
COMMANDS = (
    *texts("command"),
    *numbers("runs", "jobs", "minutes", "points"),
    *numbers("requests", needs_room=True),
    *numbers("rows", "$"),
)
REPOSITORIES = (
    *texts("repository"),
    *numbers("points", "requests"),
    *numbers("rows", "minutes of GitHub", needs_room=True),
    *numbers("$"),
)
WIDTH = 80
"""Columns of the details: a page shows them as they are."""


def cost(standing: CostStanding, host: str) -> Panel:
    """Return what was used so far and will have been, by command and repository, and the caps."""
    month = f"{standing.period.begins_at:%B %Y}"
    if not standing.has_data:
        return Panel(
            "cost",
            TITLE,
            f"No data: nothing ran in {month}.",
            SOURCES,
            figures=_caps(standing),
            notes=notes(standing.budget),
        )
    return Panel(
        "cost",
        TITLE,
        f"{month}, in UTC. {_verdict(standing)}",
        SOURCES,
        figures=[dollars(standing), _minutes(standing), *_caps(standing)],
        tables=[_spent(standing), _commands(standing), *_dear(standing, host)],
        notes=notes(standing.budget),
        details=[line for text in _details(standing) for line in (*_wrapped(text), "")][:-1],
    )


def dollars(standing: CostStanding) -> Figure:
    """Return what GitHub Actions cost this month."""
    bill, expected = standing.bill, standing.expected_bill
    shown = f"${bill.most:,.2f}" if bill.is_known else f"${bill.least:,.2f} to ${bill.most:,.2f}"
    note = f"GitHub Actions, {standing.period.begins_at:%B %Y}"
    if expected is not None and math.isfinite(expected.value):
        note += f"; about ${expected.value:,.2f} by its end"
    reached = State.ACT if standing.budget.reached else None
    level = reached or (State.WATCH if standing.budget.near else State.GOOD)
    return Figure("Cost", shown, note, level)


def _minutes(standing: CostStanding) -> Figure:
    used = standing.spending[0]
    return Figure("Billed minutes", figure(used.so_far), f"in {plural(standing.runs, 'run')}")


def _caps(standing: CostStanding) -> list[Figure]:
    return [
        Figure(
            f"Cap of {cap.measure}",
            share(cap.share),
            f"{amount(cap.measure, cap.used)} of {amount(cap.measure, cap.cap)}",
            STATES[str(cap.state)],
        )
        for cap in standing.budget.caps
    ]


def _spent(standing: CostStanding) -> Table:
    bill = standing.bill
    now = figure(bill.most, 2)
    # No run recorded whether the repository is public, where minutes are free.
    if not bill.is_known:
        now = f"{figure(bill.least, 2)} to {now}"
    rows = [("dollars of Actions", now, *_expected(standing.expected_bill, 1, 2))]
    rows += [_used(spending) for spending in standing.spending]
    # Of a month that is over nothing is left to forecast.
    if standing.period.is_over:
        return Table("Used", SPENT[:2], [cells(*row[:2]) for row in rows])
    caption = "So far, and by the month's end if it goes on like this"
    return Table(caption, SPENT, [cells(*row) for row in rows])


def _used(spending: Spending) -> tuple[str, str, str, str, str]:
    name, scale = NAMES[spending.measure]
    return name, figure(spending.so_far / scale), *_expected(spending.expected, scale, 0)


def _expected(expected: Interval | None, scale: int, digits: int) -> tuple[str, str, str]:
    if expected is None:
        return NONE, NONE, NONE
    # A single full day says nothing of how much days differ, so its bounds are infinite.
    value, low, high = (
        figure(bound / scale, digits) if math.isfinite(bound) else "?"
        for bound in (expected.value, expected.low, expected.high)
    )
    return value, low, high


def _commands(standing: CostStanding) -> Table:
    rows = [
        cells(
            command.command,
            *map(figure, (command.runs, command.jobs, command.billed_minutes)),
            *map(figure, (command.points, command.requests, command.rows)),
            figure(command.dollars, 2),
        )
        for command in standing.commands
    ]
    return Table("By command", COMMANDS, rows)


def _dear(standing: CostStanding, host: str) -> list[Table]:
    rows = [
        cells(
            on_host(host, repository.full_name),
            *map(figure, (repository.points, repository.requests, repository.rows)),
            figure(repository.milliseconds / 60_000, 1),
            figure(repository.dollars, 2),
        )
        for repository in standing.repositories[:MOST_REPOSITORIES]
    ]
    left = max(0, standing.repository_count - len(rows))
    caption = f"The most expensive of {standing.repository_count:,} repositories"
    return [Table(caption, REPOSITORIES, rows, left)] if rows else []


def _verdict(standing: CostStanding) -> str:
    """Say what the month shows of the plan's claim, in a sentence."""
    found = standing.comparison
    claim = f"Planned: {CLAIMED_LOW:.0%} to {CLAIMED_HIGH:.0%} less than with Inngest alone."
    if found.verdict is ClaimResult.NOTHING_TO_SAVE:
        paid = found.together_dollars or 0.0
        beyond = f" GitHub Actions cost ${paid:,.2f} more than that." if paid else ""
        return (
            f"{claim} Measured: nothing to save, because Inngest takes"
            f" {found.alone.executions:,.0f} executions for free.{beyond}"
        )
    if found.saving is None:
        missing = ", ".join((*found.alone.missing, *found.measured.missing))
        return f"{claim} Measured: not known without a price for {missing}."
    holds = "It holds" if found.verdict is ClaimResult.HOLDS else "It does not hold"
    return f"{claim} Measured: {_less(found.saving)}. {holds} for this month."


def _less(saving: float) -> str:
    return f"{abs(saving):,.0%} {'less' if saving >= 0 else 'more'}"


def _details(standing: CostStanding) -> Iterator[str]:
    """Say how each figure comes about, and from which prices."""
    if not standing.bill.is_known or (standing.minutes.unknown and not standing.bill.most):
        yield (
            f"{standing.minutes.unknown:,.0f} minutes are of a repository that no run recorded as"
            " public or private. They cost nothing if it is public: --visibility says which."
            " Forecasts and shares take it for private."
        )
    if not standing.period.is_over and standing.spending[0].expected is None:
        yield "Forecast: there is none before the first whole day is over."
    elif not standing.period.is_over:
        yield (
            "Forecast: the month's full days so far, as if drawn at random from all of its days;"
            " between the bounds in 19 of 20 months if nothing changes."
        )
    yield (
        "Each job is billed by the full minute; of several commands in one job the first is billed."
        " The dollars of a command are its share of Actions' bill, by minutes; those of a"
        " repository by the time that GitHub took to respond. Points are GitHub's unit for what a"
        " query costs."
    )
    yield from _comparison(standing)
    yield from _prices(standing)


def _comparison(standing: CostStanding) -> Iterator[str]:
    work, prices, found = standing.work, standing.prices, standing.comparison
    inngest = found.measured.executions
    yield (
        "The same work on Inngest alone:"
        f" executions = runs + requests x {prices.steps_per_request:g} + those on Inngest already ="
        f" {work.runs:,.0f} + {work.requests:,.0f} x {prices.steps_per_request:g} + {inngest:,.0f}"
        f" = {found.alone.executions:,.0f}"
    )
    yield (
        "dollars = the plan's price + executions beyond the included ones x the price of a million"
        f" / 1,000,000 + hours of the host x its price = {_inngest(found.alone)}"
        f" + {_host(found.host_dollars)}"
    )
    yield (
        f"as it was done = Actions {_dollars(standing.bill.most)}"
        f" + Inngest {_inngest(found.measured)}, of {work.inngest_runs:,.0f} runs and"
        f" {inngest - work.inngest_runs:,.0f} steps"
    )
    if found.claimed_saving is not None:
        yield (
            f"At the prices of that plan (${CLAIM_DOLLARS_PER_EXECUTION:g} an execution,"
            f" ${CLAIM_DOLLARS_PER_MINUTE:g} a minute beyond {CLAIM_INCLUDED_MINUTES:,}, private):"
            f" {_less(found.claimed_saving)}."
        )
    yield (
        "Assumed: one run of a command is one run there; one request to GitHub is one step, which"
        " stores what it got (inngest.steps_per_request says otherwise);"
        f" a job whose record names no steps has {prices.steps_per_job:g}"
        f" ({work.inngest_runs_without_steps:,.0f} such); the cheapest plan that takes them all;"
        " the included minutes are used for nothing else. Supabase costs the same either way."
    )


def _inngest(bill: InngestBill) -> str:
    if bill.dollars is None:
        return f"unknown (set {' or '.join(bill.missing)})"
    return f"{_dollars(bill.dollars)} ({bill.plan})"


def _host(dollars: float | None) -> str:
    return "host not counted (host.dollars_per_hour)" if dollars is None else _dollars(dollars)


def _prices(standing: CostStanding) -> Iterator[str]:
    prices, day = standing.prices, standing.period.first_day
    yield (
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


def _wrapped(text: str) -> Sequence[str]:
    return wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False)
