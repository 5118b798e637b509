"""What the month costs, what it will, and what Inngest alone would have cost."""

import math
from collections.abc import Sequence

from contributor_backfill.domain.intervals import Interval
from contributor_backfill.reports.budget_words import amount
from contributor_backfill.reports.budget_words import lines as budget_lines
from contributor_backfill.reports.cost_standing import CostStanding, Spending
from contributor_backfill.reports.cost_words import lines, verdict
from contributor_backfill.reports.model import (
    MEGABYTE,
    NONE,
    Cell,
    Figure,
    Panel,
    State,
    Table,
    cells,
    figure,
    numbers,
    on_host,
    share,
    state,
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
SPENT = (
    *texts("what"),
    *numbers("so far", "by the month's end"),
    *numbers("at least", "at most", needs_room=True),
)
COMMANDS = (
    *texts("command"),
    *numbers("runs", "minutes", "points"),
    *numbers("requests", "rows", needs_room=True),
    *numbers("$"),
)
REPOSITORIES = (
    *texts("repository"),
    *numbers("points", "requests"),
    *numbers("rows", "minutes of GitHub", needs_room=True),
    *numbers("$"),
)
CAPS = (*texts("cap"), *numbers("used", "of", "share"), *texts("state"))


def cost(standing: CostStanding, host: str) -> Panel:
    """Return what was used so far and will have been, by command and repository, and the caps."""
    month = f"{standing.period.begins_at:%B %Y}"
    budget = [line for line in budget_lines(standing.budget) if line]
    if not standing.has_data:
        lead = f"No data: nothing ran in {month}."
        return Panel("cost", TITLE, lead, SOURCES, tables=_caps(standing), notes=budget)
    return Panel(
        "cost",
        TITLE,
        f"{month}. {verdict(standing)}",
        SOURCES,
        figures=[dollars(standing), minutes(standing), *_cap_figures(standing)],
        tables=[_spent(standing), *_caps(standing), _commands(standing), *_dear(standing, host)],
        details=lines(standing),
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


def minutes(standing: CostStanding) -> Figure:
    """Return the minutes that GitHub bills."""
    used = standing.spending[0]
    return Figure("Billed minutes", figure(used.so_far), f"in {plural(standing.runs, 'run')}")


def _cap_figures(standing: CostStanding) -> list[Figure]:
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
    if not bill.is_known:
        now = f"{figure(bill.least, 2)} to {now}"
    rows = [cells(("dollars of Actions", now, *_expected(standing.expected_bill, 1, 2)))]
    rows += [cells(_used(each)) for each in standing.spending]
    return Table("So far, and by the month's end if it goes on like this", SPENT, rows)


def _used(spending: Spending) -> Sequence[str]:
    name, scale = NAMES[spending.measure]
    return name, figure(spending.so_far / scale), *_expected(spending.expected, scale, 0)


def _expected(expected: Interval | None, scale: int, digits: int) -> tuple[str, str, str]:
    if expected is None:
        return NONE, NONE, NONE
    value, low, high = (
        figure(each / scale, digits) if math.isfinite(each) else "?"
        for each in (expected.value, expected.low, expected.high)
    )
    return value, low, high


def _caps(standing: CostStanding) -> list[Table]:
    rows = [
        cells(
            (
                str(cap.measure),
                amount(cap.measure, cap.used),
                amount(cap.measure, cap.cap),
                share(cap.share),
                state(str(cap.state)),
            )
        )
        for cap in standing.budget.caps
    ]
    return [Table("The month's caps", CAPS, rows)] if rows else []


def _commands(standing: CostStanding) -> Table:
    rows = [
        cells(
            (
                each.command,
                *map(figure, (each.runs, each.billed_minutes, each.points)),
                *map(figure, (each.requests, each.rows)),
                figure(each.dollars, 2),
            )
        )
        for each in standing.commands
    ]
    return Table("By command", COMMANDS, rows)


def _dear(standing: CostStanding, host: str) -> list[Table]:
    rows: list[tuple[Cell, ...]] = [
        cells(
            (
                on_host(host, each.full_name),
                *map(figure, (each.points, each.requests, each.rows)),
                figure(each.milliseconds / 60_000, 1),
                figure(each.dollars, 2),
            )
        )
        for each in standing.repositories[:MOST_REPOSITORIES]
    ]
    left = max(0, standing.repository_count - len(rows))
    caption = f"The most expensive of {standing.repository_count:,} repositories"
    return [Table(caption, REPOSITORIES, rows, left)] if rows else []
