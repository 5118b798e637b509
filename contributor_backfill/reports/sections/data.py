"""How full the database is."""

from contributor_backfill.reports.sections.parts import (
    Section,
    cut,
    figure,
    minute,
    numbers,
    share,
    texts,
)
from contributor_backfill.reports.snapshot.data import MEGABYTE, DataPanel, TableSize

TITLE = "Database"
COLUMNS = (*texts("table"), *numbers("rows, about", "MB"))


def data(panel: DataPanel, rows: int) -> Section:
    """Return the size of the database, and when it is full."""
    size = f"{panel.bytes / MEGABYTE:,.1f} MB"
    if panel.limit_bytes:
        size += f" of {panel.limit_bytes / MEGABYTE:,.0f} ({share(panel.share, 1)})"
    lead = f"{size}. {_growth(panel)}"
    if not panel.has_data:
        lead = f"No data: no row is stored, by Postgres's estimate. The empty database has {size}."
        return Section(TITLE, lead, panel.source)
    notes = [
        *_refresh(panel),
        "Rows are estimates, of the last time that Postgres analyzed the table.",
    ]
    return Section(TITLE, lead, panel.source, [cut(COLUMNS, map(_row, panel.tables), rows)], notes)


def _growth(panel: DataPanel) -> str:
    if panel.daily_growth is None:
        return "How fast it grows is known when its size was measured on two days."
    growth = f"It grows by {panel.daily_growth / MEGABYTE:,.2f} MB a day"
    if panel.full_at is None:
        return f"{growth}."
    return f"{growth} and is full at about {minute(panel.full_at)}."


def _refresh(panel: DataPanel) -> list[str]:
    if panel.oldest_seen_at is None:
        return []
    late = f" Late with their round: {panel.late_rounds:,}." if panel.late_rounds else ""
    return [f"Everything was read from GitHub since {minute(panel.oldest_seen_at)}.{late}"]


def _row(table: TableSize) -> tuple[str, ...]:
    return table.table, figure(table.rows), figure(table.bytes / MEGABYTE, 2)
