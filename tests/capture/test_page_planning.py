"""The page planner predicts from what it measured, within its limits, and forgets in time."""

import json
import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contributor_backfill.domain.page_experience import (
    NOTHING_KNOWN,
    Experience,
    Load,
    after_cut_off,
    after_page,
    expected,
    from_json,
    largest_size,
    margin,
    shrunk_size,
    to_json,
)
from contributor_backfill.domain.page_planner import PagePlanner
from contributor_backfill.domain.policy import CUT_OFF_MILLISECONDS

CONNECTIONS = 5
loads = st.builds(
    Load, st.integers(1, 100), st.integers(1, 20_000), st.floats(0, 5_000), st.integers(0, 9_000)
)
pages = st.lists(st.tuples(loads, st.floats(0, 60_000)), max_size=6)


def usual(size: int, files: int = 4) -> Load:
    return Load(size, 4 * size, 2.0 * size, files * size)


def learnt(
    milliseconds_each: float, count: int = 20, size: int = 20, known: Experience = NOTHING_KNOWN
) -> Experience:
    for place in range(count):
        # No two pages are alike.
        held = max(1, size - place % 4)
        took = milliseconds_each * held * (1.1 if place % 2 else 0.9)
        known = after_page(known, usual(held), took, points=1)
    return known


def lived(seen: list[tuple[Load, float]], cut_off: list[int]) -> Experience:
    known = NOTHING_KNOWN
    for load, milliseconds in seen:
        known = after_page(known, load, milliseconds, points=1)
    for size in cut_off:
        known = after_cut_off(known, size)
    return known


@settings(max_examples=40)
@given(pages, st.lists(st.integers(1, 100), max_size=4), st.integers(1, 100))
def test_whatever_was_seen_a_size_is_between_one_and_the_limit_it_was_given(
    seen: list[tuple[Load, float]], cut_off: list[int], at_most: int
) -> None:
    known = lived(seen, cut_off)

    if known.predicts:
        assert 1 <= largest_size(known, at_most) <= at_most
        assert largest_size(known, 100) <= 2 * max(load.pull_requests for load, _ in seen)
    for size in (1, at_most):
        assert 1 <= shrunk_size(known, size) <= max(1, size // 2)


@settings(max_examples=40)
@given(pages, st.integers(1, 100))
def test_what_is_predicted_stays_below_githubs_limit_with_margin(
    seen: list[tuple[Load, float]], at_most: int
) -> None:
    known = lived(seen, [])

    if known.predicts and (size := largest_size(known, at_most)) > 1:
        line = expected(known)
        assert line is not None
        assert line.at(size) * margin(known) <= CUT_OFF_MILLISECONDS * 1.000001


@settings(max_examples=20)
@given(st.floats(5, 2_000), st.floats(1, 10))
def test_the_longer_pages_take_the_smaller_is_the_next(each: float, times: float) -> None:
    assert largest_size(learnt(each * times), 100) <= largest_size(learnt(each), 100)


@settings(max_examples=40)
@given(pages, st.integers(1, 100))
def test_a_page_that_was_cut_off_never_makes_the_next_one_larger(
    seen: list[tuple[Load, float]], size: int
) -> None:
    known = lived(seen, [])

    if known.predicts:
        # Less than was expected of it, the limit was not: then the page tells nothing.
        line = expected(known)
        assert line is not None
        cut_off = after_cut_off(known, size)
        if math.log(CUT_OFF_MILLISECONDS / line.at(size)) >= known.mean:
            assert largest_size(cut_off, 100) <= largest_size(known, 100)
        assert cut_off.suspects == max(known.suspects, size)


def test_what_github_was_like_is_forgotten() -> None:
    slow = learnt(900)
    fast = learnt(30, count=200, size=largest_size(slow, 100), known=slow)

    assert largest_size(slow, 100) < 8
    assert largest_size(fast, 100) >= largest_size(slow, 100) * 2
    again = learnt(900, count=120, size=10, known=fast)
    assert largest_size(again, 100) < 8


def test_one_giant_among_the_files_changes_little_and_many_change_much() -> None:
    known = NOTHING_KNOWN
    for place in range(30):
        load = usual(20 - place % 3, files=3 + place % 5)
        known = after_page(known, load, 300 + 15 * load.changed_files, points=1)
    giant = after_page(known, replace(usual(20), changed_files=500), 300 + 15 * 500, points=1)
    many = known
    for _ in range(20):
        many = after_page(many, replace(usual(20), changed_files=500), 300 + 15 * 500, points=1)

    before = largest_size(known, 100)
    assert largest_size(giant, 100) >= before * 0.7
    assert largest_size(many, 100) <= before * 0.6


def test_after_a_cut_off_the_size_stays_until_all_suspects_have_passed() -> None:
    plan = PagePlanner(29, known=learnt(60, size=29))
    tried = plan.cut_off()

    sizes = []
    for _ in range(6):
        milliseconds = 60 * tried.size
        tried = tried.came(milliseconds, CONNECTIONS, usual(tried.size))
        sizes.append(tried.size)

    assert plan.cut_off().size <= 14
    assert sizes[0] == plan.cut_off().size
    assert sizes[-1] == 29 * 3 // 4, "a quarter below what failed, for a while"


def test_poison_is_no_reason_for_smaller_pages_where_time_is_predicted() -> None:
    plan = PagePlanner(20, known=learnt(60))

    assert plan.passed(CONNECTIONS).size == 29
    assert PagePlanner(20).passed(CONNECTIONS).size == 10


@given(st.integers(1, 100), loads, st.integers(0, 60_000))
def test_a_size_that_a_person_fixed_stays(size: int, load: Load, milliseconds: int) -> None:
    plan = PagePlanner(size, fixed=True)

    assert plan.came(milliseconds, CONNECTIONS, load) == plan


@given(st.integers(1, 100), loads, st.integers(0, 20_000))
def test_of_one_page_nothing_is_predicted(size: int, load: Load, milliseconds: int) -> None:
    plan = PagePlanner(size)

    planned = plan.came(milliseconds, CONNECTIONS, load)

    assert planned == plan.came(milliseconds, CONNECTIONS)
    assert not planned.known.predicts


@settings(max_examples=40)
@given(pages, st.lists(st.integers(1, 100), max_size=3))
def test_what_is_stored_is_read_again_and_is_of_fixed_size(
    seen: list[tuple[Load, float]], cut_off: list[int]
) -> None:
    known = lived(seen, cut_off)
    stored = json.dumps(to_json(known))

    again = from_json(json.loads(stored))

    assert len(stored) < 800
    assert again.predicts == known.predicts
    assert from_json(to_json(again)) == again
    if known.predicts:
        assert abs(largest_size(again, 100) - largest_size(known, 100)) <= 1


@pytest.mark.parametrize(
    "row",
    [
        *(None, [], "x", 7, {}, {"version": 1}),
        *(
            {**(to_json(learnt(50)) or {}), name: value}
            for name, value in (
                ("version", 0),
                ("weight", float("nan")),
                ("weight", 0),
                ("weight", 10**400),
                ("sums", [1, 2]),
                ("sums", [0, 0, 0, 0, 0]),
                ("products", [-1.0] * 15),
                ("targets", None),
                ("mean", True),
                ("variance", -1),
                ("largest", "20"),
            )
        ),
    ],
)
def test_what_cannot_be_ours_starts_afresh(row: object) -> None:
    assert from_json(row) == NOTHING_KNOWN
