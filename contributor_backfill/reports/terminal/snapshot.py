"""The snapshot on a terminal, once or live."""

from collections.abc import Callable

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from contributor_backfill.reports.sections import sections
from contributor_backfill.reports.sections.parts import Grid, Section
from contributor_backfill.reports.snapshot import Snapshot
from contributor_backfill.reports.terminal import cell, watch
from contributor_backfill.reports.wording import at

ROOM = 140
"""Columns from which on every column of a table is shown."""
LIVE_ROWS = 4
"""Rows of a table on the live screen, which does not scroll."""


def print_snapshot(out: Console, snapshot: Snapshot) -> None:
    """Print every panel, one below the other."""
    out.print(_whole(snapshot, sections(snapshot), out.width))


def watch_snapshot(out: Console, read: Callable[[], Snapshot], wait: Callable[[], None]) -> None:
    """Show the panels and read them anew after each wait, until that is interrupted."""

    def look() -> str:
        with out.capture() as captured:
            snapshot = read()
            out.print(_whole(snapshot, sections(snapshot, LIVE_ROWS), out.width))
        return captured.get()

    watch(out, look, wait)


def _whole(snapshot: Snapshot, panels: tuple[Section, ...], width: int) -> RenderableType:
    parts: list[RenderableType] = [Text(f"As of {at(snapshot.taken_at)}; all times are UTC.")]
    for section in panels:
        parts += [Text(), Text(section.title.upper(), style="bold"), cell(section.lead)]
        parts += [_table(grid, has_room=width >= ROOM) for grid in section.grids]
        parts += [Text(f"and {g.left_out:,} more (--json)") for g in section.grids if g.left_out]
        parts += [cell(note) for note in section.notes]
        parts.append(cell(f"more: {section.source}"))
    return Group(*parts)


def _table(grid: Grid, *, has_room: bool) -> Table:
    shown = [n for n, column in enumerate(grid.columns) if has_room or not column.needs_room]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for n in shown:
        column = grid.columns[n]
        table.add_column(
            column.name, justify="right" if column.is_number else "left", overflow="fold"
        )
    for row in grid.rows:
        table.add_row(*(cell(row[n]) for n in shown))
    return table
