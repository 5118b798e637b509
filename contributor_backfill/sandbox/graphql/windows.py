"""Which items of an ordered list one page holds: a pure function of keys and arguments."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from contributor_backfill.sandbox.world.cursors import Key


@dataclass(frozen=True, slots=True)
class Paging:
    """The paging arguments of a connection, checked and decoded.

    Exactly one of `first` and `last` is a number, unless only the total is asked for.
    """

    first: int | None = None
    last: int | None = None
    after: Key | None = None
    before: Key | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """The positions of one page in an ascending list, in the order of the page."""

    positions: Sequence[int]
    has_next_page: bool
    has_previous_page: bool


def window(keys: Sequence[Key], paging: Paging, *, descending: bool = False) -> Window:
    """Return the page of the ascending `keys` that `paging` asks for.

    A cursor's own item need not exist any more: the page begins at the next one in order.
    """
    start, end = _span(keys, paging, descending=descending)
    if paging.first is not None:
        end = min(end, start + paging.first)
    elif paging.last is not None:
        start = max(start, end - paging.last)
    else:
        end = start
    size = len(keys)
    positions = range(size - 1 - start, size - 1 - end, -1) if descending else range(start, end)
    return Window(positions, has_next_page=end < size, has_previous_page=start > 0)


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
