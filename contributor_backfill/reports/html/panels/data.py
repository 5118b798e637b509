"""How large the database is, and how long it will last."""

from datetime import UTC, datetime, time, timedelta

from contributor_backfill.reports.html.charts import columns
from contributor_backfill.reports.html.parts import (
    Card,
    Cell,
    Chart,
    Panel,
    Table,
    moment,
    number,
    numbers,
    share,
    words,
)
from contributor_backfill.reports.snapshot.data import MEGABYTE, DataPanel

TITLE = "Database"
DAY = timedelta(days=1)
FULL = 0.8


def data(panel: DataPanel) -> Panel:
    """Return the panel of rows, megabytes, growth, and days left."""
    if not panel.has_data:
        return Panel("data", TITLE, "No data yet: no row is stored.", sources=(panel.source,))
    return Panel(
        "data",
        TITLE,
        _lead(panel),
        cards=_cards(panel),
        charts=_chart(panel),
        tables=(_tables(panel),),
        notes=("Rows are Postgres's estimate; megabytes are counted with indexes.",),
        sources=(panel.source,),
    )


def _lead(panel: DataPanel) -> str:
    if panel.limit_bytes is None:
        return "No limit is set."
    if panel.daily_growth is None:
        return "How fast it grows is known after a day."
    if panel.full_at is None:
        return "At the present growth the limit is not reached."
    return f"At the present growth the limit is reached on {panel.full_at:%-d %B %Y}."


def _cards(panel: DataPanel) -> tuple[Card, ...]:
    size = number(panel.bytes / MEGABYTE, 1)
    limit = "" if panel.limit_bytes is None else f"of {panel.limit_bytes / MEGABYTE:,.0f}"
    growth = None if panel.daily_growth is None else panel.daily_growth / MEGABYTE
    cards = [
        Card("Megabytes", size, limit),
        Card("Growth a day", number(growth, 2), "megabytes" if growth is not None else "not yet"),
    ]
    if panel.share is not None:
        state = "warning" if panel.share >= FULL else "ok"
        cards.append(Card("Of the limit", Cell(share(panel.share).text, state=state)))
    if panel.full_at is not None:
        cards.append(Card("Full", Cell(moment(panel.full_at).text.split()[0])))
    if panel.oldest_seen_at is not None:
        late = f"{panel.late_rounds:,} late with their round" if panel.late_rounds else ""
        read = Cell(moment(panel.oldest_seen_at).text.split()[0], state="warning" if late else "ok")
        cards.append(Card("All read since", read, late))
    return tuple(cards)


def _chart(panel: DataPanel) -> tuple[Chart, ...]:
    if len(panel.samples) < 2:
        return ()
    title = "Megabytes by day"
    points = [
        (datetime.combine(each.day, time(12), UTC), each.bytes / MEGABYTE) for each in panel.samples
    ]
    rows = [[Cell(f"{at:%Y-%m-%d}"), number(size, 1)] for at, size in reversed(points)]
    table = Table(title, [*words("Day"), *numbers("Megabytes")], rows)
    return (Chart(title, columns(title, points, DAY), table),)


def _tables(panel: DataPanel) -> Table:
    return Table(
        "The largest tables",
        [*words("Table"), *numbers("Rows, about", "Megabytes")],
        [
            [Cell(each.table), number(each.rows), number(each.bytes / MEGABYTE, 2)]
            for each in panel.tables
        ],
    )
