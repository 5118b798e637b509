"""What the month costs, what it will, and what Inngest alone would have cost."""

import math

from contributor_backfill.reports.budget_words import amount
from contributor_backfill.reports.cost_standing import CostStanding, Spending
from contributor_backfill.reports.cost_words import lines, verdict
from contributor_backfill.reports.html.parts import (
    NONE,
    Card,
    Cell,
    Panel,
    Table,
    number,
    numbers,
    repository,
    share,
    words,
)

MEASURES = {
    "billed_minutes": ("Billed minutes", 1),
    "points": ("Points", 1),
    "requests": ("Requests", 1),
    "rows": ("Rows sent", 1),
    "bytes": ("Megabytes from GitHub", 1_000_000),
}
MOST_REPOSITORIES = 10
SOURCES = ("contributor-backfill costs", "contributor-backfill budget")


def costs(standing: CostStanding) -> Panel:
    """Return the panel of the cost of the running month."""
    month = f"{standing.period.begins_at:%B %Y}"
    if not standing.has_data:
        return Panel(
            "cost",
            "Cost",
            f"No data yet: nothing ran in {month}.",
            tables=_budget(standing),
            sources=SOURCES,
        )
    return Panel(
        "cost",
        "Cost",
        f"{month}: {verdict(standing)}",
        cards=_cards(standing),
        tables=(_spending(standing), *_budget(standing), _commands(standing), *_dearest(standing)),
        details=lines(standing),
        sources=SOURCES,
    )


def _cards(standing: CostStanding) -> tuple[Card, ...]:
    bill, minutes = standing.bill, standing.spending[0]
    shown = f"${bill.most:,.2f}" if bill.is_known else f"${bill.least:,.2f} to {bill.most:,.2f}"
    expected = standing.expected_bill
    forecast = "" if expected is None else f"about ${expected.value:,.2f} by the month's end"
    return (
        Card("GitHub Actions", Cell(shown), forecast),
        Card("Billed minutes", number(minutes.so_far), f"in {standing.runs:,} runs"),
    )


def _spending(standing: CostStanding) -> Table:
    return Table(
        "So far, and by the month's end if it goes on like this",
        [*words("What"), *numbers("So far", "By the month's end", "At least", "At most")],
        [_spent(each) for each in standing.spending],
    )


def _spent(spending: Spending) -> list[Cell]:
    name, scale = MEASURES[spending.measure]
    expected = spending.expected
    bounds = () if expected is None else (expected.value, expected.low, expected.high)
    shown = [number(value / scale) if math.isfinite(value) else Cell("?") for value in bounds]
    return [Cell(name), number(spending.so_far / scale), *(shown or [Cell(NONE)] * 3)]


def _budget(standing: CostStanding) -> tuple[Table, ...]:
    caps = standing.budget.caps
    if not caps:
        return ()
    rows = [
        [
            Cell(str(cap.measure)),
            Cell(amount(cap.measure, cap.used)),
            Cell(amount(cap.measure, cap.cap)),
            share(cap.share),
            Cell(str(cap.state), state=str(cap.state)),
        ]
        for cap in caps
    ]
    heads = [*words("Cap"), *numbers("Used", "Of", "Share"), *words("State")]
    return (Table("The month's budget", heads, rows),)


def _commands(standing: CostStanding) -> Table:
    heads = numbers("Runs", "Jobs", "Billed minutes", "Points", "Requests", "Rows", "Dollars")
    return Table(
        "By command",
        [*words("Command"), *heads],
        [
            [
                Cell(each.command),
                *map(number, (each.runs, each.jobs, each.billed_minutes, each.points)),
                *map(number, (each.requests, each.rows)),
                number(each.dollars, 2),
            ]
            for each in standing.commands
        ],
    )


def _dearest(standing: CostStanding) -> tuple[Table, ...]:
    if not standing.repositories:
        return ()
    rows = [
        [
            repository(each.full_name),
            *map(number, (each.points, each.requests, each.rows)),
            number(each.milliseconds / 60_000, 1),
            number(each.dollars, 2),
        ]
        for each in standing.repositories[:MOST_REPOSITORIES]
    ]
    heads = numbers("Points", "Requests", "Rows", "Minutes of GitHub", "Dollars")
    caption = f"The dearest of {standing.repository_count:,} repositories"
    return (Table(caption, [*words("Repository"), *heads], rows),)
