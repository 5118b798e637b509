"""The snapshot works its figures out of the database's."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from contributor_backfill.db.gateway.snapshot import SizeSample
from contributor_backfill.reports.snapshot import daily_growth, full_at, runs_out_at
from contributor_backfill.reports.terminal.panels import BARS, bars

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
HALF_HOUR = timedelta(minutes=30)


def test_quota_that_goes_twice_as_fast_as_it_comes_ends_before_its_reset() -> None:
    assert runs_out_at(1_000, 250, NOW + HALF_HOUR, NOW) == NOW + timedelta(minutes=10)


def test_quota_that_lasts_until_its_reset_does_not_run_out() -> None:
    assert runs_out_at(1_000, 600, NOW + HALF_HOUR, NOW) is None
    assert runs_out_at(1_000, 1_000, NOW + HALF_HOUR, NOW) is None


def test_the_first_seconds_of_an_hour_say_nothing_of_its_end() -> None:
    begun = NOW + timedelta(minutes=59, seconds=50)

    assert runs_out_at(1_000, 970, begun, NOW) is None


@given(
    st.integers(1, 5_000),
    st.floats(0, 1),
    st.floats(-3_600, 3_600, allow_nan=False),
)
def test_quota_never_runs_out_in_the_past_or_after_its_reset(
    limit: int, part: float, seconds: float
) -> None:
    reset_at = NOW + timedelta(seconds=seconds)

    ends_at = runs_out_at(limit, round(limit * part), reset_at, NOW)

    assert ends_at is None or NOW <= ends_at < reset_at


def test_growth_is_from_the_first_sample_and_says_when_the_database_is_full() -> None:
    samples = (SizeSample(date(2026, 11, 15), 400), SizeSample(date(2026, 11, 24), 490))

    growth = daily_growth(samples, 500, NOW)

    assert growth == 10
    assert full_at(500, 600, growth, NOW) == NOW + timedelta(days=10)


def test_a_backfill_that_is_over_grows_no_database_any_more() -> None:
    grew = tuple(SizeSample(date(2026, 11, day), 100 * day) for day in range(1, 16))
    stood = tuple(SizeSample(date(2026, 11, day), 1_500) for day in range(16, 25))

    assert daily_growth(grew + stood, 1_500, NOW) == 0


def test_a_database_that_is_full_is_so_now_and_one_that_shrinks_or_has_no_limit_never() -> None:
    assert full_at(600, 600, 1.0, NOW) == NOW
    assert full_at(500, 600, -1.0, NOW) is None
    assert full_at(500, None, 1.0, NOW) is None


def test_growth_is_not_known_on_the_day_of_the_first_sample() -> None:
    assert daily_growth((), 500, NOW) is None
    assert daily_growth((SizeSample(NOW.date(), 400),), 500, NOW) is None


@given(st.lists(st.integers(0, 10**9), min_size=1))
def test_bars_rise_with_their_values_and_what_is_more_than_nothing_shows(values: list[int]) -> None:
    drawn = bars(values)

    assert (drawn == "") == (max(values) == 0)
    heights = [BARS.index(bar) for bar in drawn]
    for (value, height), (other, above) in zip(
        sorted(zip(values, heights, strict=bool(drawn))),
        sorted(zip(values, heights, strict=bool(drawn)))[1:],
        strict=False,
    ):
        assert height <= above or value == other
    assert all(height > 0 for value, height in zip(values, heights, strict=False) if value)
