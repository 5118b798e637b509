"""Due work is shared out among jobs."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from contributor_backfill.domain.planning import (
    FEWEST_POINTS,
    MOST_JOBS,
    DueRepository,
    DueWork,
    due_work,
    shards,
)

works = st.lists(
    st.builds(
        DueWork,
        st.text(min_size=1),
        st.floats(0.01, 5_000),
        st.integers(min_value=1, max_value=9_000),
    ),
    unique_by=lambda work: work.full_name,
    max_size=60,
)
NEW = DueRepository("octo/new", 1_000, 0, 0, None, None)


@given(works, st.integers(1, 400), st.integers(-50, 12_500), st.floats(1, 350))
def test_every_repository_is_in_one_job_and_the_jobs_never_spend_more_than_is_left(
    due: list[DueWork], max_jobs: int, points_left: int, max_minutes: float
) -> None:
    planned = shards(due, max_jobs=max_jobs, points_left=points_left, max_minutes=max_minutes)

    assert sorted(n for s in planned for n in s.full_names) == sorted(w.full_name for w in due)
    assert len(planned) <= min(max_jobs, MOST_JOBS)
    assert all(shard.full_names and shard.minutes <= max_minutes for shard in planned)
    assert sum(shard.points for shard in planned) <= max(0, points_left)
    assert len(planned) <= max(1, points_left // FEWEST_POINTS)


@given(works, st.integers(2, 20))
def test_jobs_are_balanced_up_to_one_repository(due: list[DueWork], max_jobs: int) -> None:
    small = [replace(work, minutes=min(work.minutes, 20)) for work in due]
    planned = shards(small, max_jobs=max_jobs, points_left=1_000_000, max_minutes=1_000)
    minutes = {work.full_name: work.minutes for work in small}
    loads = [sum(minutes[name] for name in shard.full_names) for shard in planned]

    if loads:
        assert max(loads) - min(loads) <= max(minutes.values()) + 1e-6


def test_more_jobs_than_the_minutes_fill_are_not_planned() -> None:
    due = [DueWork(f"octo/{n}", 1, 10) for n in range(10)]

    assert len(shards(due, max_jobs=10, points_left=1_000, max_minutes=25)) == 1
    assert len(shards(due, max_jobs=10, points_left=1_000, max_minutes=2)) == 5


def test_a_shared_quota_limits_the_jobs() -> None:
    due = [DueWork(f"octo/{n}", 25, 300) for n in range(10)]

    planned = shards(due, max_jobs=10, points_left=79, max_minutes=25)

    assert [shard.points for shard in planned] == [31, 23, 23]


def test_without_points_one_job_remains_for_what_costs_none() -> None:
    due = [DueWork("octo/a", 25, 300), DueWork("octo/b", 25, 300)]

    assert [s.points for s in shards(due, max_jobs=9, points_left=-3, max_minutes=5)] == [0]


def test_nothing_due_is_no_job() -> None:
    assert shards([], max_jobs=9, points_left=800, max_minutes=25) == ()


def test_a_job_serves_its_repositories_in_the_order_of_the_queue() -> None:
    due = [DueWork(name, minutes, 1) for name, minutes in (("z", 1), ("m", 9), ("a", 2))]

    assert shards(due, max_jobs=1, points_left=99, max_minutes=25)[0].full_names == ("z", "m", "a")


def test_work_is_estimated_from_what_was_measured() -> None:
    measured = replace(NEW, page_size=29, page_seconds=6.0, feeds=2, lists=150)

    assert due_work(NEW, 3) == DueWork("octo/new", 40 * 3.5 / 60, 40)
    assert due_work(measured, 3) == DueWork("octo/new", (35 + 4) * 6 / 60, 35 + 4)
