"""JSON of the database as frozen values, and values as JSON: a field has the key of its name."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache, partial
from types import NoneType, UnionType
from typing import Any, TypeAlias, TypeVar, Union, cast, get_args, get_origin, get_type_hints

Json = dict[str, Any]
Reader: TypeAlias = Callable[[Any], Any]
T = TypeVar("T")


def moment(value: str | None) -> datetime | None:
    """Return a time as Postgres writes it in JSON."""
    return datetime.fromisoformat(value) if value else None


def read(kind: type[T], row: Mapping[str, Any] | list[Any], /, **known: Any) -> T:
    """Return an object of the database, or an array by its order, as a value of a dataclass.

    `known` are the fields that the object does not tell, or not under their names. What a field
    has a default for may be missing or null. Further keys are left alone.
    """
    if isinstance(row, list):
        row = dict(zip((field.name for field in fields(cast("Any", kind))), row, strict=True))
    for name, reader, has_default in _fields(kind):  # type: ignore[arg-type]  # hashable
        if name not in known and not (has_default and row.get(name) is None):
            known[name] = reader(row[name])
    return kind(**known)


def read_all(kind: type[T], rows: Iterable[Mapping[str, Any]]) -> tuple[T, ...]:
    """Return objects of the database as values of a dataclass."""
    return tuple(read(kind, row) for row in rows)


def as_json(value: Any) -> Any:
    """Return a value as JSON holds it: a dataclass as the object of its fields, a time as text.

    JSON has no number without a bound, so infinity is null.
    """
    if isinstance(value, Mapping):
        return {name: as_json(held) for name, held in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: as_json(getattr(value, field.name)) for field in fields(value)}
    return None if isinstance(value, float) and not math.isfinite(value) else value


@cache
def _fields(kind: Any) -> tuple[tuple[str, Reader, bool], ...]:
    """Return the fields of a dataclass: name, what reads it, and whether it has a default."""
    hints = get_type_hints(kind)
    return tuple(
        (
            field.name,
            _reader(hints[field.name]),
            (field.default, field.default_factory) != (MISSING, MISSING),
        )
        for field in fields(kind)
    )


def _reader(kind: Any) -> Reader:
    """Return what makes a value of a type from JSON; a type that JSON has stays as it is."""
    kind = getattr(kind, "__supertype__", kind)
    if origin := get_origin(kind):
        return _reader_of_many(origin, get_args(kind))
    if is_dataclass(kind):
        own: Reader | None = getattr(kind, "from_json", None)
        return own or partial(read, cast("type[Any]", kind))
    if kind in {date, datetime}:
        return kind.fromisoformat  # type: ignore[no-any-return]  # both take a text
    # A whole number stays one in a field of floats: `--json` writes it on as 12, not as 12.0.
    return kind if isinstance(kind, type) and issubclass(kind, Enum) else _as_it_is


def _reader_of_many(origin: Any, parts: tuple[Any, ...]) -> Reader:
    """Return what reads a container, or what may be null."""
    if origin in {Union, UnionType}:
        some = _reader(next(part for part in parts if part is not NoneType))
        return lambda value: None if value is None else some(value)
    readers = tuple(_reader(part) for part in parts if part is not Ellipsis)
    if origin in {dict, Mapping}:
        key, item = readers
        return lambda values: {key(name): item(value) for name, value in values.items()}
    if len(readers) > 1:
        return lambda values: tuple(r(v) for r, v in zip(readers, values, strict=True))
    return lambda values: origin(map(readers[0], values))


def _as_it_is(value: Any) -> Any:
    return value
