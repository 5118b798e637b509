"""A run knows what it may spend and stops in time."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contributor_backfill.domain.bounds import (
    Bounds,
    Stop,
    must_stop,
    points_to_spend,
    reserve_points,
    run_deadline,
    share,
)
from contributor_backfill.domain.types import RateLimit

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)


def limit(remaining: int, limit: int = 1_000) -> RateLimit:
    return RateLimit(limit, remaining, NOW + timedelta(minutes=30))


@pytest.mark.parametrize(
    ("asked", "token", "minutes"), [(300, None, 300), (300, 55, 55), (10, 55, 10)]
)
def test_a_run_ends_as_asked_and_before_its_token_does(
    asked: float, token: float | None, minutes: float
) -> None:
    assert run_deadline(NOW, asked, token) == NOW + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("hourly", "asked", "reserve"),
    [(1_000, None, 200), (5_000, None, 1_000), (100, None, 50), (1_000, 0, 0), (1_000, 7, 7)],
)
def test_the_reserve_is_a_fifth_but_fifty_at_least(
    hourly: int, asked: int | None, reserve: int
) -> None:
    assert reserve_points(hourly, asked) == reserve


@pytest.mark.parametrize(
    ("chunks_done", "page_seconds", "remaining", "stop"),
    [
        (0, 0, 1_000, None),
        (10, 0, 1_000, Stop.CHUNKS),
        (0, 300, 1_000, None),
        (0, 301, 1_000, Stop.TIME),
        (0, 0, 202, None),
        (0, 0, 201, Stop.QUOTA),
    ],
)
def test_a_run_stops_at_the_first_bound(
    chunks_done: int, page_seconds: float, remaining: int, stop: Stop | None
) -> None:
    bounds = Bounds(LATER, 10, None, LATER)

    assert (
        must_stop(
            bounds,
            NOW,
            chunks_done=chunks_done,
            page_seconds=page_seconds,
            page_points=2,
            rate_limit=limit(remaining),
        )
        is stop
    )


@given(st.integers(50, 15_000), st.data(), st.integers(1, 60))
def test_whatever_is_spent_the_reserve_is_not_touched(
    hourly: int, data: st.DataObject, cost: int
) -> None:
    remaining = data.draw(st.integers(0, hourly))
    reserve = data.draw(st.none() | st.integers(0, hourly))
    bounds = Bounds(LATER, None, reserve, LATER)

    while not must_stop(
        bounds,
        NOW,
        chunks_done=0,
        page_seconds=1,
        page_points=cost,
        rate_limit=limit(remaining, hourly),
    ):
        remaining -= cost
        assert remaining >= reserve_points(hourly, reserve)


def test_after_the_reset_the_whole_hour_counts_again() -> None:
    spent = RateLimit(1_000, 3, NOW)

    assert points_to_spend(spent, NOW, None) == 800
    assert points_to_spend(spent, NOW - timedelta(seconds=1), None) < 0


@given(st.integers(0, 2_000), st.integers(0, 100), st.none() | st.integers(1, 100))
def test_a_share_leaves_as_much_to_each_of_the_others(
    waiting: int, chunks_done: int, chunks: int | None
) -> None:
    bounds = Bounds(LATER, chunks, None, LATER)

    mine = share(bounds, NOW, waiting, chunks_done)

    assert (mine.deadline - NOW) * (waiting + 1) <= (LATER - NOW) + timedelta(milliseconds=10)
    assert mine.waits_until == LATER
    assert (mine.chunks is None) == (chunks is None)
    assert mine.chunks is None or mine.chunks >= 1


def test_a_share_of_nothing_is_nothing_but_one_chunk() -> None:
    late = Bounds(LATER, 3, None, LATER)

    mine = share(late, LATER + timedelta(hours=1), 4, 10)

    assert (mine.deadline, mine.chunks) == (LATER + timedelta(hours=1), 1)
