"""Costs of a month: prices by date, rounding by job, forecasts, and the plan's claim."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contributor_backfill.domain.costs import (
    ClaimResult,
    Minutes,
    Period,
    Workload,
    actions_bill,
    compare,
    dollars,
    inngest_bill,
    job_minutes,
    month_forecast,
)
from contributor_backfill.domain.prices import (
    DEFAULT_PRICES,
    InngestPlan,
    Prices,
    Runner,
    Visibility,
    read_prices,
)

TODAY = date(2026, 11, 25)
amounts = st.floats(0, 1e7, allow_nan=False)
counts = st.integers(0, 10**7)
MONTH = Period(
    datetime(2026, 11, 1, tzinfo=UTC),
    datetime(2026, 12, 1, tzinfo=UTC),
    datetime(2026, 11, 11, 6, tzinfo=UTC),
)


def test_the_facts_own_example_comes_out_as_they_have_it() -> None:
    one_job_per_repository, one_batching_job = Minutes(private=36_000), Minutes(private=1_800)

    assert actions_bill(one_job_per_repository, DEFAULT_PRICES, TODAY).most == pytest.approx(204)
    assert actions_bill(one_batching_job, DEFAULT_PRICES, TODAY).most == 0
    # 36,000 runs of five steps are 216,000 executions.
    inngest = inngest_bill(36_000 * 6, DEFAULT_PRICES)
    assert (inngest.plan, inngest.dollars) == (InngestPlan.PRO, 75)


def test_a_minute_costs_what_it_cost_on_its_day() -> None:
    assert DEFAULT_PRICES.minute(date(2025, 12, 31)) == 0.008
    assert DEFAULT_PRICES.minute(date(2026, 1, 1)) == 0.006
    assert Prices(runner=Runner.SELF_HOSTED).minute(TODAY) == 0


@given(amounts, amounts)
def test_more_minutes_never_cost_less_and_none_costs_less_than_nothing(
    fewer: float, further: float
) -> None:
    less = dollars(fewer, DEFAULT_PRICES, TODAY)

    assert 0 <= less <= dollars(fewer + further, DEFAULT_PRICES, TODAY)


@given(amounts)
def test_a_public_repository_costs_nothing_and_an_unknown_one_shows_both(minutes: float) -> None:
    unknown = Minutes(unknown=minutes)

    assert actions_bill(Minutes(public=minutes), DEFAULT_PRICES, TODAY).most == 0
    bill = actions_bill(unknown, DEFAULT_PRICES, TODAY)
    assert (bill.least, bill.most) == (0, dollars(minutes, DEFAULT_PRICES, TODAY))
    as_public = actions_bill(unknown.seen_as(Visibility.PUBLIC), DEFAULT_PRICES, TODAY)
    assert (as_public.least, as_public.most) == (0, 0)
    as_private = actions_bill(unknown.seen_as(Visibility.PRIVATE), DEFAULT_PRICES, TODAY)
    assert as_private.least == as_private.most == bill.most


@given(st.lists(st.floats(0, 20_000), max_size=20))
def test_every_job_is_rounded_up_by_itself(seconds: list[float]) -> None:
    billed = sum(map(job_minutes, seconds))

    assert sum(seconds) / 60 <= billed + 1e-6
    assert billed < sum(seconds) / 60 + len(seconds) + 1e-6
    assert billed >= job_minutes(sum(seconds)) - 1e-6


def test_the_forecast_of_even_days_is_that_of_the_whole_month() -> None:
    days = {date(2026, 11, day): 100.0 for day in range(1, 11)}

    expected = month_forecast(1_025, days | {date(2026, 11, 11): 25.0}, MONTH)

    assert expected is not None
    # Ten full days, and twenty to go: the one that is under way is one of them.
    assert expected.value == 3_000
    assert expected.low < 3_000 < expected.high


@given(st.lists(st.floats(0, 1e5), min_size=1, max_size=10), st.floats(0, 1e5))
def test_a_forecast_is_never_below_what_is_there(full: list[float], today: float) -> None:
    days = {date(2026, 11, 11) - timedelta(days=n + 1): day for n, day in enumerate(full)}
    so_far = sum(full) + today

    expected = month_forecast(so_far, days | {date(2026, 11, 11): today}, MONTH)

    assert expected is not None
    assert so_far <= expected.low <= expected.value <= expected.high


def test_without_a_full_day_nothing_is_forecast_and_a_month_that_is_over_is_known() -> None:
    assert month_forecast(5, {date(2026, 11, 11): 5.0}, MONTH) is None
    over = Period(MONTH.begins_at, MONTH.ends_at, MONTH.ends_at)
    expected = month_forecast(5, {date(2026, 11, 11): 5.0}, over)
    assert expected is not None
    assert (expected.low, expected.high) == (5, 5)


def test_executions_that_are_free_leave_nothing_to_save() -> None:
    work = Workload(runs=1_440, requests=20_000, minutes=2_880)

    found = compare(
        work, actions_bill(Minutes(private=2_880), DEFAULT_PRICES, TODAY), DEFAULT_PRICES
    )

    assert found.alone.executions == 21_440
    assert (found.alone.dollars, found.verdict) == (0, ClaimResult.NOTHING_TO_SAVE)
    assert found.together_dollars == pytest.approx(5.28)


def test_the_claim_holds_or_not_by_what_both_cost() -> None:
    work = Workload(runs=1_440, requests=300_000, minutes=4_500)

    cheap = compare(
        work, actions_bill(Minutes(private=4_500), DEFAULT_PRICES, TODAY), DEFAULT_PRICES
    )
    dear = compare(
        work, actions_bill(Minutes(private=14_000), DEFAULT_PRICES, TODAY), DEFAULT_PRICES
    )

    assert cheap.saving == pytest.approx(1 - 15 / 75)
    assert cheap.verdict is ClaimResult.HOLDS
    assert dear.saving == pytest.approx(1 - 72 / 75)
    assert dear.verdict is ClaimResult.FALLS_SHORT


def test_a_price_that_is_not_known_is_asked_for_by_name() -> None:
    work = Workload(requests=3_000_000)
    free = actions_bill(Minutes(), DEFAULT_PRICES, TODAY)

    unknown = compare(work, free, DEFAULT_PRICES)
    known = compare(work, free, read_prices({"inngest": {"pro": {"dollars_per_million": 50}}}))

    assert (unknown.saving, unknown.verdict) == (None, ClaimResult.UNKNOWN)
    assert unknown.alone.missing == (
        "inngest.pro.dollars_per_million",
        "inngest.business.dollars_per_month",
    )
    assert (known.alone.dollars, known.saving) == (175, 1)


@given(counts, counts, amounts)
def test_a_saving_is_never_above_all_of_it(runs: int, requests: int, minutes: float) -> None:
    work = Workload(runs=runs, requests=requests, minutes=minutes)
    bill = actions_bill(Minutes(private=minutes), DEFAULT_PRICES, TODAY)

    found = compare(work, bill, read_prices({"inngest": {"pro": {"dollars_per_million": 50}}}))

    assert found.alone.executions >= found.measured.executions
    assert found.saving is None or found.saving <= 1


def test_an_inngest_job_without_steps_has_the_assumed_ones() -> None:
    work = Workload(inngest_runs=10, inngest_steps=12, inngest_runs_without_steps=4)

    found = compare(work, actions_bill(Minutes(), DEFAULT_PRICES, TODAY), DEFAULT_PRICES)

    assert found.measured.executions == 10 + 12 + 4 * 5
    assert found.alone.executions == found.measured.executions
