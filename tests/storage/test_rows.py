"""Rows of the database become frozen values by the names of their fields, and back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum

import pytest

from contributor_backfill.db.rows import as_json, read, read_all

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True)
class Part:
    number: int
    colour: Colour | None = None


@dataclass(frozen=True)
class Whole:
    at: datetime
    day: date | None
    share: float
    names: frozenset[str]
    parts: tuple[Part, ...]
    by_colour: Mapping[Colour, Part] = field(default_factory=dict)
    page: int = 1


ROW = {
    "ok": True,
    "at": "2026-01-02T12:00:00+00:00",
    "day": "2026-01-02",
    "share": 1,
    "names": ["a", "b", "a"],
    "parts": [{"number": 1, "colour": "red"}, {"number": 2, "colour": None}],
    "by_colour": {"red": {"number": 3}},
    "page": None,
}
WHOLE = Whole(
    NOON,
    date(2026, 1, 2),
    1.0,
    frozenset({"a", "b"}),
    (Part(1, Colour.RED), Part(2)),
    {Colour.RED: Part(3)},
)


def test_a_field_is_read_from_the_key_of_its_name_as_its_type_says() -> None:
    assert read(Whole, ROW) == WHOLE


def test_a_whole_number_is_written_on_as_it_came() -> None:
    assert repr(as_json(read(Whole, ROW))["share"]) == "1"


def test_what_is_known_otherwise_is_not_read() -> None:
    assert read(Part, {"id": 7}, number=7) == Part(7)


def test_an_array_is_read_by_the_order_of_the_fields() -> None:
    assert read(Part, [7, "red"]) == Part(7, Colour.RED)
    with pytest.raises(ValueError, match="zip"):
        read(Part, [7])


def test_several_rows_are_read_at_once() -> None:
    assert read_all(Part, [{"number": 1}, {"number": 2}]) == (Part(1), Part(2))


@pytest.mark.parametrize("row", [{}, {"number": 1, "colour": "blue"}])
def test_a_row_of_another_shape_is_refused(row: dict[str, object]) -> None:
    with pytest.raises((KeyError, ValueError)):
        read(Part, row)


def test_a_value_becomes_json_whatever_it_holds() -> None:
    assert as_json({"parts": (Part(1), NOON), "colour": [Colour.RED]}) == {
        "parts": [{"number": 1, "colour": None}, "2026-01-02T12:00:00+00:00"],
        "colour": ["red"],
    }
