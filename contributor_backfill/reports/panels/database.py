"""The size of the database, its growth, and how long there is room."""

from datetime import datetime

from contributor_backfill.db.gateway.snapshot import TableSize
from contributor_backfill.domain.policy import NEARLY_FULL
from contributor_backfill.reports.model import (
    MEGABYTE,
    Cell,
    Chart,
    Figure,
    Panel,
    Series,
    State,
    Table,
    by_day,
    cells,
    figure,
    midnight,
    numbers,
    share,
    texts,
)
from contributor_backfill.reports.snapshot import DataPanel
from contributor_backfill.reports.wording import plural

TITLE = "Database"
COLUMNS = (*texts("table"), *numbers("rows, about", "MB"))
ROWS = "Rows are Postgres's estimate; megabytes are counted with indexes."


def database(panel: DataPanel, now: datetime) -> Panel:
    """Return the size of the database, and when it is full."""
    if not panel.samples and not any(table.rows for table in panel.tables):
        empty = f"The empty database has {panel.bytes / MEGABYTE:,.1f} MB."
        return Panel("data", TITLE, f"No data: no row is stored. {empty}", [panel.source])
    return Panel(
        "data",
        TITLE,
        _lead(panel),
        [panel.source],
        figures=_figures(panel),
        charts=_charts(panel, now),
        tables=[Table("The largest tables", COLUMNS, [*map(_row, panel.tables)])],
        notes=[ROWS],
    )


def _lead(panel: DataPanel) -> str:
    if panel.limit_bytes is None:
        return "No limit is set: CONTRIBUTOR_BACKFILL_DATABASE_LIMIT_MB says where it is."
    if panel.full_at is not None:
        return f"At the growth of the last days it is full about {panel.full_at:%-d %B %Y}."
    if panel.daily_growth is None:
        return "How fast it grows is known when its size was measured on two days."
    return "At the growth of the last days the limit is not reached."


def _figures(panel: DataPanel) -> list[Figure]:
    size, state = f"{panel.bytes / MEGABYTE:,.1f} MB", None
    of = "no limit is set"
    if panel.limit_bytes and panel.share is not None:
        of = f"{share(panel.share, 1)} of {panel.limit_bytes / MEGABYTE:,.0f} MB"
        state = State.WATCH if panel.share >= NEARLY_FULL else State.GOOD
    trend = [sample.bytes for sample in panel.samples]
    found = [Figure("Size", size, of, state, trend, "size by day")]
    if panel.daily_growth is not None:
        growth = f"{panel.daily_growth / MEGABYTE:,.2f} MB a day"
        found.append(Figure("Growth", growth, f"of {len(panel.samples):,} days"))
    if panel.oldest_seen_at is not None:
        late = ""
        if panel.late_rounds:
            late = f"the refresh is late in {plural(panel.late_rounds, 'repository')}"
        # GitHub leaves no trace of some changes, such as a deleted comment.
        found.append(
            Figure(
                "Oldest row read on",
                f"{panel.oldest_seen_at:%-d %b %Y}",
                late or "the refresh reads every row again, round after round",
                State.WATCH if late else State.GOOD,
            )
        )
    return found


def _charts(panel: DataPanel, now: datetime) -> list[Chart]:
    if not panel.samples:
        return []
    title = "Megabytes by day"
    points = [(midnight(sample.day), sample.bytes / MEGABYTE) for sample in panel.samples]
    rows = [cells(f"{at:%Y-%m-%d}", figure(size, 1)) for at, size in reversed(points)]
    table = Table(title, [*texts("day"), *numbers("MB")], rows)
    return [by_day(table, [Series("MB", "first", points)], now, "MB")]


def _row(table: TableSize) -> tuple[Cell, ...]:
    return cells(table.table, figure(table.rows), figure(table.bytes / MEGABYTE, 2))
