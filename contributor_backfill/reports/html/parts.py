"""What a page is made of: panels with cards, charts and tables. Texts in them are data."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

ADDRESS = re.compile(r"https://[^\s<>\"'`]+")
LONGEST = 110
NONE = "\u2013"
REPOSITORY = re.compile(r"[A-Za-z0-9-]+/[\w.-]+", re.ASCII)


@dataclass(frozen=True)
class Cell:
    """A text, what it leads to, and the state that it names (a word of the page's stylesheet)."""

    text: str
    link: str | None = None
    state: str | None = None

    @property
    def address(self) -> str | None:
        """The link, if it is one that a browser may follow: a database may hold any text."""
        return self.link if self.link and ADDRESS.fullmatch(self.link) else None


@dataclass(frozen=True)
class Head:
    """The head of a column, and whether there are numbers in it."""

    text: str
    is_number: bool = False


@dataclass(frozen=True)
class Table:
    """Rows under heads; the first cell of each is what the row is about."""

    caption: str
    heads: Sequence[Head]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True)
class Chart:
    """A picture, what its colours and strokes mean (class and word), and its figures."""

    title: str
    picture: Markup
    table: Table
    key: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Card:
    """A figure that stands out, with what it means, and where it comes from."""

    label: str
    value: Cell
    note: str = ""


@dataclass(frozen=True)
class Panel:
    """A part of the page. `lead` says how it stands, `sources` are the commands behind it.

    `details` are lines of plain text for who wants to follow a figure.
    """

    key: str
    title: str
    lead: str
    cards: Sequence[Card] = ()
    charts: Sequence[Chart] = ()
    tables: Sequence[Table] = ()
    sources: Sequence[str] = ()
    notes: Sequence[str] = ()
    details: Sequence[str] = ()


def words(*names: str) -> list[Head]:
    """Return heads of columns of texts."""
    return [Head(name) for name in names]


def numbers(*names: str) -> list[Head]:
    """Return heads of columns of numbers."""
    return [Head(name, is_number=True) for name in names]


def number(value: float | None, decimals: int = 0) -> Cell:
    """Return a number with thousands set apart, or a dash where none is known."""
    return Cell(NONE if value is None else f"{value:,.{decimals}f}")


def share(value: float | None, decimals: int = 0) -> Cell:
    """Return a part of one as a percentage that is 100 only when it is whole, and 0 when none."""
    if value is None:
        return Cell(NONE)
    percent = 100 * value
    if 0 < value < 1:
        step = 10**-decimals
        percent = min(max(percent, step), 100 - step)
    return Cell(f"{percent:.{decimals}f} %")


def moment(at: datetime | None) -> Cell:
    """Return a moment to the minute; every moment of the page is UTC."""
    return Cell(f"{at:%Y-%m-%d %H:%M}" if at else NONE)


def beginning(text: str | None) -> Cell:
    """Return the first words of a text that may be long; the panel's command tells the rest."""
    whole = text or ""
    return Cell(whole if len(whole) <= LONGEST else f"{whole[: LONGEST - 1]}\u2026")


def repository(full_name: str) -> Cell:
    """Return a repository's name, which leads to its pull requests on GitHub."""
    known = REPOSITORY.fullmatch(full_name)
    return Cell(full_name, f"https://github.com/{full_name}/pulls" if known else None)
