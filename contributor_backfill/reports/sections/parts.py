"""What a panel is in plain text: a sentence, figures, tables. Every text in it is data."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from contributor_backfill.reports.wording import duration

BARS = "▁▂▃▄▅▆▇█"
NONE = "-"


@dataclass(frozen=True)
class Column:
    """A column. One that `needs_room` is left out where lines are short."""

    name: str
    is_number: bool = False
    needs_room: bool = False


@dataclass(frozen=True)
class Grid:
    """A table. `left_out` counts the rows beyond those that are here."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    left_out: int = 0


@dataclass(frozen=True)
class Section:
    """A panel: what it comes to, its tables, what else is to be known, and who tells more."""

    title: str
    lead: str
    source: str
    grids: Sequence[Grid] = ()
    notes: Sequence[str] = ()


def texts(*names: str, needs_room: bool = False) -> tuple[Column, ...]:
    """Return columns of texts."""
    return tuple(Column(name, needs_room=needs_room) for name in names)


def numbers(*names: str, needs_room: bool = False) -> tuple[Column, ...]:
    """Return columns of numbers."""
    return tuple(Column(name, is_number=True, needs_room=needs_room) for name in names)


def cut(columns: Sequence[Column], rows: Iterable[Sequence[str]], limit: int) -> Grid:
    """Return a table of the first rows."""
    whole = list(rows)
    return Grid(columns, whole[:limit], max(0, len(whole) - limit))


def figure(value: float | None, digits: int = 0) -> str:
    """Return a number, or a dash for one that is not known."""
    return NONE if value is None else f"{value:,.{digits}f}"


def share(value: float | None, digits: int = 0) -> str:
    """Return a share in per cent, or a dash for one that is not known."""
    return NONE if value is None else f"{100 * value:,.{digits}f} %"


def minute(moment: datetime | None) -> str:
    """Return a moment to the minute, or a dash. The heading says that times are UTC."""
    return f"{moment:%Y-%m-%d %H:%M}" if moment else NONE


def took(milliseconds: float | None) -> str:
    """Return a duration to the tenth of a second below a minute, or a dash."""
    if milliseconds is None:
        return NONE
    if milliseconds < 60_000:
        return f"{milliseconds / 1000:,.1f} s"
    return duration(timedelta(milliseconds=milliseconds))


def bars(values: Sequence[float]) -> str:
    """Return values as bars of eighths of the highest; what is more than nothing shows."""
    highest = max(values, default=0)
    if highest <= 0:
        return ""
    return "".join(
        BARS[min(7, int(7 * value / highest) + (value > 0))] if value > 0 else BARS[0]
        for value in values
    )
