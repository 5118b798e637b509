"""The panels on a terminal, once or live."""

from collections.abc import Callable, Iterator, Sequence

from rich.console import Console, Group, RenderableType
from rich.table import Table as Grid
from rich.text import Text

from contributor_backfill.reports.model import Figure, Panel, State, Table
from contributor_backfill.reports.panels import panels
from contributor_backfill.reports.snapshot import Snapshot
from contributor_backfill.reports.terminal import cell, watch
from contributor_backfill.reports.wording import at

ROOM = 120
"""Columns from which on every column of a table is shown."""
ROWS, LIVE_ROWS = 12, 4
"""Rows of a table, and on the live screen, which does not scroll."""
BARS = "▁▂▃▄▅▆▇█"
STYLES = {State.GOOD: "", State.WATCH: "yellow", State.ACT: "bold red", None: ""}
MARKS = {State.GOOD: " ", State.WATCH: "~", State.ACT: "!", None: " "}
MOST_BARS = 30
WIDTH = 80


def print_snapshot(out: Console, snapshot: Snapshot) -> None:
    """Print every panel, one below the other."""
    out.print(_whole(snapshot, ROWS, out.width))


def print_alone(out: Console, panel: Panel) -> None:
    """Print one panel whole, 80 columns wide at most, and how its figures come about."""
    details = [Text(), *map(cell, panel.details)] if panel.details else []
    parts = [cell(panel.lead), *_body(panel, None, has_room=False), *details]
    out.print(Group(*parts), width=min(out.width, WIDTH))


def watch_snapshot(out: Console, read: Callable[[], Snapshot], wait: Callable[[], None]) -> None:
    """Show the panels and read them anew after each wait, until that is interrupted."""

    def look() -> str:
        with out.capture() as captured:
            out.print(_whole(read(), LIVE_ROWS, out.width))
        return captured.get()

    watch(out, look, wait)


def _whole(snapshot: Snapshot, rows: int, width: int) -> RenderableType:
    parts: list[RenderableType] = [Text(f"As of {at(snapshot.taken_at)}; all times are UTC.")]
    for panel in panels(snapshot):
        parts += [Text(), Text(panel.title.upper(), style="bold"), cell(panel.lead)]
        parts += _body(panel, rows, has_room=width >= ROOM)
        parts.append(cell(f"more: {', '.join(panel.sources)}"))
    return Group(*parts)


def _body(panel: Panel, rows: int | None, *, has_room: bool) -> Iterator[RenderableType]:
    yield from map(_figure, panel.figures)
    # A chart's table holds its figures, so a terminal shows that in its place.
    for table in (*(chart.table for chart in panel.charts), *panel.tables):
        yield from _table(table if rows is None else table.cut(rows), has_room=has_room)
    yield from map(cell, panel.notes)


def _figure(figure: Figure) -> Text:
    note = f" ({figure.note})" if figure.note else ""
    drawn = bars(figure.trend[-MOST_BARS:])
    trend = f"  {drawn}" if drawn else ""
    text = cell(f"{MARKS[figure.state]} {figure.label}: {figure.value}{note}{trend}")
    text.stylize(STYLES[figure.state])
    return text


def _table(table: Table, *, has_room: bool) -> Sequence[RenderableType]:
    if not table.rows:
        return ()
    columns = table.columns
    # A column less is better than a table whose every cell is folded.
    kept = [n for n, column in enumerate(columns) if has_room or not column.needs_room]
    grid = Grid(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for n in kept:
        column = columns[n]
        grid.add_column(
            cell(column.name), justify="right" if column.is_number else "left", overflow="fold"
        )
    for row in table.rows:
        grid.add_row(*(cell(row[n].text) for n in kept))
    more = [cell(f"and {table.left_out:,} more (--json)")] if table.left_out else []
    return [cell(f"{table.caption}:"), grid, *more]


def bars(values: Sequence[float]) -> str:
    """Return values as bars of eighths of the highest; what is more than nothing shows."""
    highest = max(values, default=0)
    if highest <= 0:
        return ""
    return "".join(
        BARS[min(7, int(7 * value / highest) + (value > 0))] if value > 0 else BARS[0]
        for value in values
    )
