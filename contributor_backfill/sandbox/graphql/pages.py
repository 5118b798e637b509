"""Connections: cursors, paging arguments checked as GitHub does, and the page they lead to.

A cursor is a keyset (sort value and id), as on GitHub, so that inserts and deletes move nothing.
GitHub packs `["2022-04-20T19:38:11+02:00", 914484077]` behind `cursor:v2:`;
here the pair is JSON instead of msgpack, which a client cannot tell: cursors are opaque.
"""

import json
from base64 import b64decode, b64encode
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from contributor_backfill.sandbox.graphql.errors import GitHubError
from contributor_backfill.sandbox.ids import Key

_PREFIX = b"cursor:v2:"


class BadCursor(ValueError):
    """A text that is no cursor of this sandbox."""


def cursor_of(key: Key) -> str:
    """Return the cursor that stands on the item of `key`."""
    return b64encode(_PREFIX + json.dumps(key).encode()).decode()


def parse_cursor(cursor: str) -> Key:
    """Return the key a cursor stands on. Raises `BadCursor`."""
    try:
        packed = b64decode(cursor, validate=True)
        value, database_id = json.loads(packed.removeprefix(_PREFIX))
    except ValueError as error:
        raise BadCursor(cursor) from error
    if not (packed.startswith(_PREFIX) and isinstance(value, str) and isinstance(database_id, int)):
        raise BadCursor(cursor)
    return value, database_id


@dataclass(frozen=True, slots=True)
class Paging:
    """The paging arguments of a connection, checked and decoded.

    Exactly one of `first` and `last` is a number, unless only the total is asked for.
    """

    first: int | None = None
    last: int | None = None
    after: Key | None = None
    before: Key | None = None


def _span(keys: Sequence[Key], paging: Paging, *, descending: bool) -> tuple[int, int]:
    """Return start and end of what lies between the cursors, in the order of the page."""
    start, end = 0, len(keys)
    if descending:
        if paging.after is not None:
            start = len(keys) - bisect_left(keys, paging.after)
        if paging.before is not None:
            end = len(keys) - bisect_right(keys, paging.before)
    else:
        if paging.after is not None:
            start = bisect_right(keys, paging.after)
        if paging.before is not None:
            end = bisect_left(keys, paging.before)
    return start, max(start, end)


class Listed(Protocol):
    """Something a connection can list."""

    @property
    def key(self) -> Key:
        """Return the keyset under which it is listed."""


@dataclass(frozen=True, slots=True)
class Edge:
    """An item with its cursor. `node` is an exception where the item cannot be shown."""

    cursor: str
    node: Any


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a connection: items, their keys, and what is around them."""

    total_count: int
    nodes: Sequence[Any] = ()
    keys: Sequence[Key] = ()
    has_next_page: bool = False
    has_previous_page: bool = False
    stuck_at: str | None = None

    @classmethod
    def of(
        cls,
        items: Sequence[Any],
        keys: Sequence[Key],
        paging: Paging,
        *,
        descending: bool = False,
    ) -> "Page":
        """Return the page of items that stand in the ascending order of their keys.

        A cursor's own item need not exist any more: the page begins at the next one in order.
        """
        size = len(keys)
        start, end = _span(keys, paging, descending=descending)
        if paging.first is not None:
            end = min(end, start + paging.first)
        elif paging.last is not None:
            start = max(start, end - paging.last)
        else:
            end = start
        there = range(size - 1 - start, size - 1 - end, -1) if descending else range(start, end)
        return cls(
            total_count=size,
            nodes=[items[position] for position in there],
            keys=[keys[position] for position in there],
            has_next_page=end < size,
            has_previous_page=start > 0,
        )

    @property
    def page_info(self) -> "Page":
        """Return the page itself, which knows its surroundings."""
        return self

    @property
    def edges(self) -> list[Edge]:
        """Return the items with their cursors."""
        return [Edge(cursor_of(key), node) for key, node in zip(self.keys, self.nodes, strict=True)]

    @property
    def start_cursor(self) -> str | None:
        """Return the cursor of the first item."""
        return cursor_of(self.keys[0]) if self.keys else None

    @property
    def end_cursor(self) -> str | None:
        """Return the cursor of the last item; `stuck_at` is the fault that it does not move."""
        if self.stuck_at is not None:
            return self.stuck_at
        return cursor_of(self.keys[-1]) if self.keys else None


def paging_of(
    connection: str, arguments: dict[str, Any], *, limit: int, only_total: bool
) -> Paging:
    """Return the checked paging arguments of a field. Raises `GitHubError`.

    With `only_total`, no item is asked for and no boundary is needed.
    """
    first, last = arguments.get("first"), arguments.get("last")
    for name, size in (("first", first), ("last", last)):
        if size is not None and size < 1:
            # GitHub's own sentence is not published.
            raise GitHubError(
                "INVALID_PAGINATION",
                f"`{name}` on the `{connection}` connection must be at least 1.",
            )
        if size is not None and size > limit:
            raise GitHubError(
                "EXCESSIVE_PAGINATION",
                f"Requesting {size:,} records on the `{connection}` connection exceeds the "
                f"`{name}` limit of {limit} records.",
            )
    if (first is None) == (last is None) and not only_total:
        raise GitHubError(
            "MISSING_PAGINATION_BOUNDARIES",
            "You must provide a `first` or `last` value to properly paginate the "
            f"`{connection}` connection.",
        )
    return Paging(first, last, _key(arguments.get("after")), _key(arguments.get("before")))


def _key(cursor: str | None) -> Key | None:
    if not cursor:
        return None
    try:
        return parse_cursor(cursor)
    except BadCursor as error:
        message = f"`{cursor}` does not appear to be a valid cursor."
        raise GitHubError("INVALID_CURSOR_ARGUMENTS", message) from error
