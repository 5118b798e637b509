"""The page planner predicts from what it measured, within its limits, and forgets in time."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contributor_backfill.domain.page_planner import (
    NOTHING_KNOWN,
    SPREADS,
    PagePlanner,
    PageTimes,
)
from contributor_backfill.domain.policy import CUT_OFF_MILLISECONDS

CONNECTIONS = 5
pages = st.lists(st.tuples(st.integers(1, 100), st.floats(0, 60_000)), max_size=6)


def learnt(
    milliseconds: float, count: int = 20, size: int = 20, known: PageTimes = NOTHING_KNOWN
) -> PageTimes:
    """Return what is known after so many pages, of which a pull request takes so long."""
    for number in range(count):
        # No two pages are alike.
        held = max(1, size - number % 4)
        took = milliseconds * held * (1.1 if number % 2 else 0.9)
        known = known.after_page(held, took, points=1)
    return known


def lived(seen: list[tuple[int, float]], cut_off: list[int]) -> PageTimes:
    known = NOTHING_KNOWN
    for size, milliseconds in seen:
        known = known.after_page(size, milliseconds, points=1)
    for size in cut_off:
        known = known.after_cut_off(size)
    return known


@settings(max_examples=40)
@given(pages, st.lists(st.integers(1, 100), max_size=4), st.integers(1, 100))
def test_whatever_was_seen_a_size_is_between_one_and_the_limit_it_was_given(
    seen: list[tuple[int, float]], cut_off: list[int], at_most: int
) -> None:
    known = lived(seen, cut_off)

    if known.predicts:
        assert 1 <= known.largest_size(at_most) <= at_most
        assert known.largest_size(100) <= 2 * max(size for size, _ in seen)
    for size in (1, at_most):
        assert 1 <= known.shrunk_size(size) <= max(1, size // 2)


@settings(max_examples=40)
@given(pages, st.integers(1, 100))
def test_what_is_predicted_stays_below_githubs_limit_with_margin(
    seen: list[tuple[int, float]], at_most: int
) -> None:
    known = lived(seen, [])

    if known.predicts and (size := known.largest_size(at_most)) > 1:
        margin = math.exp(SPREADS * math.sqrt(known.variance))
        assert known.expected(size) * margin <= CUT_OFF_MILLISECONDS * 1.000001


@settings(max_examples=20)
@given(st.floats(5, 2_000), st.floats(1, 10))
def test_the_longer_pages_take_the_smaller_is_the_next(seconds: float, times: float) -> None:
    assert learnt(seconds * times).largest_size(100) <= learnt(seconds).largest_size(100)


@settings(max_examples=40)
@given(pages, st.integers(1, 100))
def test_a_page_that_was_cut_off_never_makes_the_next_one_larger(
    seen: list[tuple[int, float]], size: int
) -> None:
    known = lived(seen, [])

    if known.predicts:
        # Less than was expected of it, the limit was not: then the page tells nothing.
        cut_off = known.after_cut_off(size)
        if known.expected(size) <= CUT_OFF_MILLISECONDS:
            assert cut_off.largest_size(100) <= known.largest_size(100)
        assert cut_off.suspects == max(known.suspects, size)


def test_what_github_was_like_is_forgotten() -> None:
    slow = learnt(900)
    fast = learnt(30, count=200, size=slow.largest_size(100), known=slow)

    assert slow.largest_size(100) < 8
    assert fast.largest_size(100) >= slow.largest_size(100) * 1.5
    again = learnt(900, count=120, size=10, known=fast)
    assert again.largest_size(100) < 8


def test_one_page_with_a_giant_changes_little_and_many_change_much() -> None:
    known = learnt(60)
    giant = known.after_page(20, 8_000, points=1)
    many = known
    for _ in range(20):
        many = many.after_page(20, 8_000, points=1)

    before = known.largest_size(100)
    assert giant.largest_size(100) >= before * 0.7
    assert many.largest_size(100) <= before * 0.6


def test_after_a_cut_off_the_size_stays_until_all_suspects_have_passed() -> None:
    plan = PagePlanner(29, known=learnt(60, size=29))
    tried = plan.cut_off()

    sizes = []
    for _ in range(6):
        milliseconds = 60 * tried.size
        tried = tried.came(milliseconds, CONNECTIONS, tried.size)
        sizes.append(tried.size)

    assert plan.cut_off().size <= 14
    assert sizes[0] == plan.cut_off().size
    assert sizes[-1] == 29 * 3 // 4, "a quarter below what failed, for a while"


def test_poison_is_no_reason_for_smaller_pages_where_time_is_predicted() -> None:
    plan = PagePlanner(20, known=learnt(60))

    assert plan.passed(CONNECTIONS).size == 29
    assert PagePlanner(20).passed(CONNECTIONS).size == 10


@given(st.integers(1, 100), st.integers(1, 100), st.integers(0, 60_000))
def test_a_size_that_a_person_fixed_stays(size: int, items: int, milliseconds: int) -> None:
    plan = PagePlanner(size, fixed=True)

    assert plan.came(milliseconds, CONNECTIONS, items) == plan


@given(st.integers(1, 100), st.integers(1, 100), st.integers(0, 20_000))
def test_of_one_page_nothing_is_predicted(size: int, items: int, milliseconds: int) -> None:
    plan = PagePlanner(size)

    planned = plan.came(milliseconds, CONNECTIONS, items)

    assert planned == plan.came(milliseconds, CONNECTIONS)
    assert not planned.known.predicts


@settings(max_examples=40)
@given(pages, st.lists(st.integers(1, 100), max_size=3))
def test_what_is_stored_is_read_again_and_is_of_fixed_size(
    seen: list[tuple[int, float]], cut_off: list[int]
) -> None:
    known = lived(seen, cut_off)
    stored = json.dumps(known.to_json())

    again = PageTimes.from_json(json.loads(stored))

    assert len(stored) < 200
    assert again.predicts == known.predicts
    assert PageTimes.from_json(again.to_json()) == again
    if known.predicts:
        assert abs(again.largest_size(100) - known.largest_size(100)) <= 1


@pytest.mark.parametrize(
    "row",
    [
        *(None, [], "x", 7, {}, {"version": 2}),
        *(
            {**(learnt(50).to_json() or {}), name: value}
            for name, value in (
                ("version", 1),
                ("pages", float("nan")),
                ("pages", 0),
                ("pages", 10**400),
                ("milliseconds", 0),
                ("milliseconds", [1, 2]),
                ("variance", -1),
                ("variance", True),
                ("largest", "20"),
                ("suspects", None),
            )
        ),
    ],
)
def test_what_cannot_be_ours_starts_afresh(row: object) -> None:
    assert PageTimes.from_json(row) == NOTHING_KNOWN


@pytest.mark.parametrize("milliseconds", [0, 20, 90, 249])
@pytest.mark.parametrize(("connections", "largest"), [(CONNECTIONS, 29), (1, 100), (0, 100)])
def test_a_server_that_is_quicker_than_github_is_not_asked_for_less(
    milliseconds: int, connections: int, largest: int
) -> None:
    planner = PagePlanner(25)
    sizes = []
    for _ in range(100):
        planner = planner.came(milliseconds, connections, planner.size)
        sizes.append(planner.size)

    assert sizes == sorted(sizes)
    assert sizes[-1] == largest
