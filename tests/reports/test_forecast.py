"""The end of a backfill is forecast from what the schedule really brought, and never made up."""

from datetime import UTC, datetime, timedelta

import pytest

from contributor_backfill.domain.forecast import Forecast, Pace, forecast, last_of

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def half_hourly(turns: int, points: int = 100, deviation: float = 0.0) -> Pace:
    began = NOW - (turns - 1) * HOUR / 2
    return Pace(turns, began, NOW, turns * points, points, deviation)


def test_the_pace_counts_the_pauses_between_runs() -> None:
    assert half_hourly(5).hourly == 200
    assert half_hourly(5).gap == HOUR / 2


def test_of_one_run_no_pace_is_known_however_fast_it_was() -> None:
    first = Pace(1, NOW - 2 * MINUTE, NOW - 2 * MINUTE, 40_000, 40_000)

    assert first.hourly is None
    assert forecast(10, first, NOW) is None
    assert forecast(10, None, NOW) is None


def test_runs_by_hand_one_after_the_other_are_no_schedule() -> None:
    assert Pace(3, NOW - 6 * MINUTE, NOW, 300, 100).hourly is None


def test_a_forecast_has_bounds_that_come_together_as_runs_go_by() -> None:
    early, late = forecast(1_000, half_hourly(2), NOW), forecast(1_000, half_hourly(40), NOW)

    assert early is not None
    assert late is not None
    assert late.at == NOW + 5 * HOUR
    assert early.latest is not None
    assert late.latest is not None
    assert early.earliest < late.earliest < late.at < late.latest < early.latest


def test_runs_that_differ_widely_have_no_latest() -> None:
    found = forecast(1_000, half_hourly(3, deviation=200), NOW)

    assert found is not None
    assert found.latest is None


def test_nothing_is_done_before_the_next_run() -> None:
    pace = half_hourly(5)

    assert forecast(1, pace, NOW) == Forecast(*[NOW + HOUR / 2] * 3)
    later = NOW + 7 * HOUR
    assert forecast(1, pace, NOW, later) == Forecast(later, later, later)


def test_a_schedule_that_fell_silent_says_nothing_of_now() -> None:
    assert forecast(1, half_hourly(5), NOW + 2 * HOUR) is not None
    assert forecast(1, half_hourly(5), NOW + 4 * HOUR) is None


def test_turns_that_brought_nothing_are_no_pace() -> None:
    assert forecast(1, half_hourly(5, points=0), NOW) is None


def test_what_takes_centuries_is_not_named() -> None:
    assert forecast(10**9, Pace(3, NOW - HOUR, NOW, 3, 1), NOW) is None


def test_what_is_complete_is_done() -> None:
    assert forecast(0, None, NOW) == Forecast(NOW, NOW, NOW)


def test_several_are_done_with_the_last_of_them() -> None:
    soon, late = Forecast(NOW, NOW, NOW), Forecast(NOW + HOUR, NOW, None)

    assert last_of([soon, late]) == Forecast(NOW + HOUR, NOW, None)


@pytest.mark.parametrize("known", [[], [None], [Forecast(NOW, NOW, NOW), None]])
def test_of_several_none_may_be_unknown(known: list[Forecast | None]) -> None:
    assert last_of(known) is None
