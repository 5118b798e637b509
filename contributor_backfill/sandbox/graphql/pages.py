"""Connections: paging arguments checked as GitHub does, and the page they lead to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from contributor_backfill.sandbox.graphql.graphql_errors import (
    bad_cursor,
    excessive_pagination,
    missing_boundaries,
    unusable_pagination,
)
from contributor_backfill.sandbox.graphql.windows import Paging, window
from contributor_backfill.sandbox.world import cursors
from contributor_backfill.sandbox.world.cursors import Key


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

    @property
    def page_info(self) -> "Page":
        """Return the page itself, which knows its surroundings."""
        return self

    @property
    def edges(self) -> list[Edge]:
        """Return the items with their cursors."""
        return [
            Edge(cursors.encode(key), node) for key, node in zip(self.keys, self.nodes, strict=True)
        ]

    @property
    def start_cursor(self) -> str | None:
        """Return the cursor of the first item."""
        return cursors.encode(self.keys[0]) if self.keys else None

    @property
    def end_cursor(self) -> str | None:
        """Return the cursor of the last item; `stuck_at` is the fault that it does not move."""
        if self.stuck_at is not None:
            return self.stuck_at
        return cursors.encode(self.keys[-1]) if self.keys else None


def paging_of(
    connection: str, arguments: dict[str, Any], *, limit: int, only_total: bool
) -> Paging:
    """Return the checked paging arguments of a field. Raises `GitHubError`.

    With `only_total`, no item is asked for and no boundary is needed.
    """
    first, last = arguments.get("first"), arguments.get("last")
    for name, size in (("first", first), ("last", last)):
        if size is not None and size < 1:
            raise unusable_pagination(connection, name)
        if size is not None and size > limit:
            raise excessive_pagination(connection, name, size, limit)
    if (first is None) == (last is None) and not only_total:
        raise missing_boundaries(connection)
    return Paging(first, last, _key(arguments.get("after")), _key(arguments.get("before")))


def page_of(items: Sequence[Listed], paging: Paging) -> Page:
    """Return the page of items that are already in their order."""
    keys = [item.key for item in items]
    view = window(keys, paging)
    return Page(
        total_count=len(items),
        nodes=[items[position] for position in view.positions],
        keys=[keys[position] for position in view.positions],
        has_next_page=view.has_next_page,
        has_previous_page=view.has_previous_page,
    )


def _key(cursor: str | None) -> Key | None:
    if not cursor:
        return None
    try:
        return cursors.decode(cursor)
    except cursors.BadCursor as error:
        raise bad_cursor(cursor) from error
