"""When GitHub starts the runs of a cron line."""

from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from statistics import median

from hypothesis import given, settings
from hypothesis import strategies as st

from contributor_backfill.sandbox.rehearsal.schedule import (
    PUNCTUAL,
    REAL,
    SCHEDULES,
    Schedule,
    Tick,
    beginnings,
    ticks,
)

MONDAY = datetime(2026, 11, 23, 0, 7, tzinfo=UTC)
A_DAY = 48
seeds = st.integers(0, 2**32)
schedules = st.sampled_from(list(SCHEDULES.values()))


def some(schedule: Schedule, seed: int, days: int = 3) -> list[Tick]:
    return list(islice(ticks(schedule, MONDAY, seed), days * A_DAY))


@settings(max_examples=20)
@given(schedules, seeds)
def test_the_same_seed_gives_the_same_schedule_and_nothing_comes_early(
    schedule: Schedule, seed: int
) -> None:
    moments = some(schedule, seed)

    assert moments == some(schedule, seed)
    assert all(tick.lateness >= timedelta() for tick in moments)
    due = [tick.due_at for tick in moments]
    assert due == [MONDAY + n * timedelta(minutes=30) for n in range(len(moments))]


@settings(max_examples=10)
@given(seeds)
def test_a_punctual_schedule_drops_nothing_and_is_never_late(seed: int) -> None:
    assert all(tick.begins_at == tick.due_at for tick in some(PUNCTUAL, seed))


def test_the_real_schedule_drops_and_delays_as_stated() -> None:
    moments = some(REAL, seed=7, days=300)
    days = [moments[n : n + A_DAY] for n in range(0, len(moments), A_DAY)]
    bad = [day for day in days if sum(tick.begins_at is None for tick in day) > A_DAY / 2]
    good = [day for day in days if day not in bad]

    for group, stated in ((good, REAL.good), (bad, REAL.bad)):
        begun = [tick for day in group for tick in day if tick.begins_at]
        dropped = 1 - len(begun) / (A_DAY * len(group))
        late = median(tick.lateness.total_seconds() / 60 for tick in begun)
        assert abs(dropped - stated.dropped) < 0.02
        assert abs(late - stated.median) < stated.median * 0.05
        assert min(tick.lateness for tick in begun) >= timedelta(minutes=stated.least)
    assert abs(len(bad) / len(days) - REAL.bad_days) < 0.05


@settings(max_examples=15)
@given(seeds)
def test_runs_begin_in_the_order_of_time_and_none_gets_lost_or_doubled(seed: int) -> None:
    groups = list(islice(beginnings(ticks(REAL, MONDAY, seed)), 25))
    begun = [group[-1] for group in groups]
    dropped = [tick for group in groups for tick in group[:-1]]

    assert begun == sorted(begun, key=lambda tick: tick.begins_at or tick.due_at)
    assert all(tick.begins_at for tick in begun)
    assert not any(tick.begins_at for tick in dropped)
    told = [tick.due_at for tick in (*begun, *dropped)]
    assert len(set(told)) == len(told)
    last = begun[-1].begins_at or MONDAY
    everything = takewhile(lambda tick: tick.due_at < last, ticks(REAL, MONDAY, seed))
    assert {tick.due_at for tick in everything if (tick.begins_at or tick.due_at) < last} <= set(
        told
    )
