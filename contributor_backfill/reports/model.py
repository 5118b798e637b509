"""The parts of a panel, whoever lays it out. Every text in them is data, never markup.

A figure is defined once, in the file of its topic: its words, its unit, and what its state means.
The terminal, the summary and the page only decide where it stands.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from contributor_backfill.reports.wording import duration

NONE = "\u2013"
ADDRESS = re.compile(r"https://[^\s<>\"'`]+")
REPOSITORY = re.compile(r"[A-Za-z0-9-]+/[\w.-]+", re.ASCII)
MEGABYTE = 1_000_000
DAY = timedelta(days=1)
SHORTEST_AXIS = timedelta(days=7)
"""The shortest axis of days, so that one day is a day and not the whole of it."""


class State(StrEnum):
    """The meaning of a figure for its reader: nothing to do, keep an eye on it, do something."""

    GOOD = "good"
    WATCH = "watch"
    ACT = "act"


@dataclass(frozen=True)
class Cell:
    """A text, what it leads to, and the state that it names. `view` is a repository's own part."""

    text: str
    link: str | None = None
    state: str | None = None
    view: str | None = None

    @property
    def address(self) -> str | None:
        """The link, if a browser may follow it."""
        # A database may hold any text, a script's address included.
        return self.link if self.link and ADDRESS.fullmatch(self.link) else None


@dataclass(frozen=True)
class Column:
    """A column. One that `needs_room` is left out where lines are short."""

    name: str
    is_number: bool = False
    needs_room: bool = False


@dataclass(frozen=True)
class Table:
    """Rows under columns; the first cell of each says what the row is about.

    `left_out` counts the rows beyond those that are here.
    """

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    left_out: int = 0

    def cut(self, limit: int) -> "Table":
        """Return the table with its first rows alone."""
        left = max(0, len(self.rows) - limit)
        return Table(self.caption, self.columns, self.rows[:limit], self.left_out + left)


@dataclass(frozen=True)
class Figure:
    """One figure that stands out: its name, its value with the unit, what it means, its trend."""

    label: str
    value: str
    note: str = ""
    state: State | None = None
    trend: Sequence[float] = ()
    trend_says: str = ""
    link: str | None = None


@dataclass(frozen=True)
class Series:
    """Values of one kind over time."""

    name: str
    kind: str
    points: Sequence[tuple[datetime, float]]


@dataclass(frozen=True)
class Span:
    """Something that lasted: in which row, from when to when, of which kind, and its words."""

    row: str
    start: datetime
    end: datetime
    kind: str
    words: str


@dataclass(frozen=True)
class Chart:
    """Figures over time. `width` is what one value stands for: a day, a month; zero is a moment.

    With `spans` it is a timeline, with `parts` a bar for each row, made of kinds and sizes.
    """

    title: str
    table: Table
    since: datetime | None = None
    until: datetime | None = None
    width: timedelta = timedelta(0)
    series: Sequence[Series] = ()
    spans: Sequence[Span] = ()
    parts: Sequence[tuple[str, Sequence[tuple[str, float]]]] = ()
    unit: str = ""
    is_stacked: bool = False
    """True where the series together are a whole: then one stands on the other."""

    @property
    def kinds(self) -> list[str]:
        """The kinds of spans or parts, for the legend."""
        found = [span.kind for span in self.spans]
        found += [kind for _, parts in self.parts for kind, size in parts if size]
        return list(dict.fromkeys(found))


@dataclass(frozen=True)
class Panel:
    """A topic: what it comes to, its figures, charts and tables, and the commands that tell more.

    `details` are lines of plain text for who wants to follow a figure.
    """

    key: str
    title: str
    lead: str
    sources: Sequence[str]
    figures: Sequence[Figure] = ()
    charts: Sequence[Chart] = ()
    tables: Sequence[Table] = ()
    notes: Sequence[str] = ()
    details: Sequence[str] = ()


def texts(*names: str, needs_room: bool = False) -> tuple[Column, ...]:
    """Return columns of texts."""
    return tuple(Column(name, needs_room=needs_room) for name in names)


def numbers(*names: str, needs_room: bool = False) -> tuple[Column, ...]:
    """Return columns of numbers."""
    return tuple(Column(name, is_number=True, needs_room=needs_room) for name in names)


def cells(*values: Cell | str) -> tuple[Cell, ...]:
    """Return a row: a text becomes a cell."""
    return tuple(Cell(value) if isinstance(value, str) else value for value in values)


def figure(value: float | None, digits: int = 0) -> str:
    """Return a number with its thousands set apart, or a dash for one that is not known."""
    return NONE if value is None else f"{value:,.{digits}f}"


def share(value: float | None, digits: int = 0) -> str:
    """Return a part of one in per cent: 100 only when it is whole, 0 only when it is none."""
    if value is None:
        return NONE
    percent = 100 * value
    # Rounding must not say "all" or "none" of what is nearly that.
    if 0 < value < 1:
        step: float = 10.0**-digits
        percent = min(max(percent, step), 100 - step)
    return f"{percent:,.{digits}f} %"


def midnight(day: date) -> datetime:
    """Return the moment at which a day begins, in UTC."""
    return datetime.combine(day, time(), UTC)


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


def state(word: str) -> Cell:
    """Return a state's word, which is marked by more than its colour."""
    return Cell(word, state=word)


def on_host(host: str, full_name: str) -> Cell:
    """Return a repository's name, which leads to its pull requests on the host in use."""
    known = REPOSITORY.fullmatch(full_name)
    return Cell(full_name, f"{host}/{full_name}/pulls" if known else None)


def by_day(
    table: Table, series: Sequence[Series], now: datetime, unit: str, *, is_stacked: bool = False
) -> Chart:
    """Return a chart of days, from the first that has a value to today's end."""
    until = midnight(now.date()) + DAY
    first = min(at for one in series for at, _ in one.points)
    since = min(first, until - SHORTEST_AXIS)
    return Chart(table.caption, table, since, until, DAY, series, unit=unit, is_stacked=is_stacked)
