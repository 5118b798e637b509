"""Paging by keyset: every item exactly once, whatever happens between two pages."""

from hypothesis import given
from hypothesis import strategies as st

from contributor_backfill.sandbox.graphql.pages import Page, Paging, cursor_of, parse_cursor
from contributor_backfill.sandbox.ids import Key

KEYS = st.lists(
    st.tuples(st.sampled_from(["2024-01-01T00:00:00Z", "2024-01-01T00:00:01Z"]), st.integers(1)),
    unique=True,
).map(sorted)
SIZES = st.integers(1, 100)


def paged(keys: list[Key], size: int, *, descending: bool) -> list[Key]:
    """Page through a list as a client does, through the text of the cursors."""
    seen: list[Key] = []
    cursor: str | None = None
    while True:
        after = parse_cursor(cursor) if cursor else None
        page = Page.of(keys, keys, Paging(first=size, after=after), descending=descending)
        seen += page.nodes
        if not page.has_next_page:
            return seen
        cursor = cursor_of(seen[-1])


@given(KEYS, SIZES, st.booleans())
def test_paging_yields_every_item_exactly_once_and_in_order(
    keys: list[Key], size: int, descending: bool
) -> None:
    assert paged(keys, size, descending=descending) == (keys[::-1] if descending else keys)


@given(KEYS, SIZES, st.booleans())
def test_paging_backwards_yields_every_item_exactly_once(
    keys: list[Key], size: int, descending: bool
) -> None:
    seen: list[Key] = []
    before: Key | None = None
    while True:
        page = Page.of(keys, keys, Paging(last=size, before=before), descending=descending)
        seen = [*page.nodes, *seen]
        if not page.has_previous_page:
            break
        before = seen[0]

    assert seen == (keys[::-1] if descending else keys)


@given(KEYS.filter(bool), st.data())
def test_an_insert_or_a_delete_before_the_cursor_moves_nothing(
    keys: list[Key], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(keys) - 1))
    newer = ("2025-01-01T00:00:00Z", 1)
    changed = [*keys[:at], *keys[at + 1 :], newer]

    page = Page.of(changed, changed, Paging(first=100, after=keys[at]), descending=True)

    assert page.nodes == keys[:at][::-1][:100]


@given(KEYS)
def test_a_list_without_a_boundary_has_no_items_but_says_that_there_are_some(
    keys: list[Key],
) -> None:
    page = Page.of(keys, keys, Paging())

    assert page.nodes == []
    assert page.has_next_page == bool(keys)
