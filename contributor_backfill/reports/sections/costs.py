"""What the month costs."""

import math

from contributor_backfill.domain.intervals import Interval
from contributor_backfill.reports.budget_words import lines as budget_lines
from contributor_backfill.reports.cost_standing import CostStanding
from contributor_backfill.reports.cost_words import verdict
from contributor_backfill.reports.sections.parts import (
    NONE,
    Grid,
    Section,
    cut,
    figure,
    numbers,
    texts,
)
from contributor_backfill.reports.snapshot.data import MEGABYTE

SOURCE = "contributor-backfill costs"
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


def costs(standing: CostStanding, rows: int) -> Section:
    """Return what was used so far and will have been, by command, and the month's caps."""
    month = f"{standing.period.begins_at:%B %Y}"
    budget = [line for line in budget_lines(standing.budget) if line]
    if not standing.has_data:
        return Section("Cost", f"No data: nothing ran in {month}.", SOURCE, notes=budget)
    commands = (
        (
            each.command,
            figure(each.runs),
            figure(each.billed_minutes),
            figure(each.points),
            figure(each.requests),
            figure(each.rows),
            figure(each.dollars, 2),
        )
        for each in standing.commands
    )
    grids = [Grid(SPENT, _spent(standing)), cut(COMMANDS, commands, rows)]
    return Section("Cost", f"{month}. {verdict(standing)}", SOURCE, grids, budget)


def _spent(standing: CostStanding) -> list[tuple[str, ...]]:
    bill = standing.bill
    dollars = figure(bill.most, 2)
    if not bill.is_known:
        dollars = f"{figure(bill.least, 2)} to {dollars}"
    rows: list[tuple[str, ...]] = [
        ("dollars of Actions", dollars, *_expected(standing.expected_bill, 1, 2))
    ]
    for each in standing.spending:
        scale = MEGABYTE if each.measure == "bytes" else 1
        name = "megabytes read" if each.measure == "bytes" else each.measure.replace("_", " ")
        rows.append((name, figure(each.so_far / scale), *_expected(each.expected, scale, 0)))
    return rows


def _expected(expected: Interval | None, scale: int, digits: int) -> tuple[str, str, str]:
    if expected is None:
        return NONE, NONE, NONE
    value, low, high = (
        figure(each / scale, digits) if math.isfinite(each) else "?"
        for each in (expected.value, expected.low, expected.high)
    )
    return value, low, high
