"""The chunk calculator is the original plan's; the page planner keeps to what was measured."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contributor_backfill.domain.page_planner import (
    PagePlanner,
    chunk_size,
    page_points,
    thriftiest_size,
)

THE_PLAN = [
    # pull requests, points left, changed files on average -> chunk size
    (0, None, None, 25),
    (1_000, None, None, 25),
    (1_001, None, None, 20),
    (5_000, None, None, 20),
    (5_001, None, None, 15),
    (10_000, None, None, 15),
    (10_001, None, None, 10),
    (110_000, None, None, 10),
    (500, 1_000, None, 25),
    (500, 999, None, 12),
    (2_000, 999, None, 10),
    (6_000, 999, None, 7),
    (20_000, 999, None, 5),
    (20_000, 0, None, 5),
    (500, None, 100, 25),
    (500, None, 100.1, 17),
    (2_000, None, 500, 14),
    (6_000, None, 500, 10),
    (20_000, None, 500, 7),
    (500, 500, 500, 8),
    (20_000, 500, 500, 5),
]

plans = st.builds(
    PagePlanner,
    st.integers(1, 100),
    st.integers(0, 30),
    st.none() | st.integers(1, 100),
)
lists = st.integers(0, 8)


@pytest.mark.parametrize(("total", "points_left", "changed_files", "size"), THE_PLAN)
def test_the_chunk_calculator_is_the_original_plans(
    total: int, points_left: int | None, changed_files: float | None, size: int
) -> None:
    assert chunk_size(total, points_left, changed_files) == size


@pytest.mark.parametrize(
    ("size", "connections", "points"),
    [
        *((25, 7, 2), (25, 5, 1), (29, 5, 1), (30, 5, 2), (24, 6, 1), (25, 6, 2), (50, 6, 3)),
        # GitHub's own worked example, and ones that other clients measured.
        *((100, 51, 51), (10, 57, 6), (20, 57, 11), (25, 57, 14), (50, 57, 29), (100, 57, 57)),
        (1, 0, 1),
    ],
)
def test_a_page_costs_what_github_charges(size: int, connections: int, points: int) -> None:
    assert page_points(size, connections) == points


def test_the_thriftiest_page_makes_the_most_of_a_point() -> None:
    assert thriftiest_size(43, 5) == 29
    assert thriftiest_size(43, 6) == 24
    assert thriftiest_size(10, 5) == 10


STORED = {"clean_pages": 0, "failed_size": None, "is_fixed": False, "measurements": None}


@given(plans, st.integers(0, 20_000), lists)
def test_a_plan_stays_between_one_and_a_hundred(
    plan: PagePlanner, ms: int, connections: int
) -> None:
    for planned in (
        plan.came(ms, connections),
        plan.cut_off(),
        plan.passed(connections),
        PagePlanner.from_json({**STORED, "page_size": plan.size, "lost_runs": connections}),
    ):
        assert 1 <= planned.size <= 100


@given(plans, st.integers(0, 6_000), lists)
def test_a_plan_grows_slowly_and_never_to_a_size_that_failed(
    plan: PagePlanner, ms: int, connections: int
) -> None:
    planned = plan.came(ms, connections)

    assert planned.size <= max(plan.size + 1, plan.size * 3 // 2)
    if planned.failed_size is not None and planned.size > plan.size:
        assert planned.size < planned.failed_size


@given(plans, st.integers(6_001, 60_000), lists)
def test_a_slow_page_shrinks_the_next_before_github_cuts_it_off(
    plan: PagePlanner, ms: int, connections: int
) -> None:
    assert plan.came(ms, connections).size <= max(1, plan.size * 3 // 4)


@given(st.integers(1, 100))
def test_faults_lead_to_one_in_seven_steps(size: int) -> None:
    plan = PagePlanner(size)
    for _ in range(7):
        plan = plan.cut_off()
    assert plan.size == 1


@given(st.integers(1, 100), lists)
def test_from_any_size_the_plan_settles_on_a_thrifty_page(size: int, connections: int) -> None:
    plan = PagePlanner(size)
    for _ in range(200):
        plan = plan.came(1_000, connections)

    per_point = plan.size / page_points(plan.size, connections)
    assert per_point >= size / page_points(size, connections)
    assert plan.came(1_000, connections).size == plan.size


def test_a_fixed_size_is_kept_whatever_is_measured() -> None:
    plan = PagePlanner(50, fixed=True)

    assert plan.came(9_000, 5) == plan
    assert plan.passed(5) == plan


def test_a_failure_is_forgiven_after_twenty_clean_pages() -> None:
    plan = PagePlanner(10, failed_size=12)
    for _ in range(19):
        plan = plan.came(1_000, 5)
    assert (plan.size, plan.failed_size) == (10, 12)

    assert plan.came(1_000, 5).failed_size is None
