"""The schedule at work, with commands that only take their time."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from contributor_backfill.domain.errors import StoreFault
from contributor_backfill.domain.prices import DEFAULT_PRICES
from contributor_backfill.sandbox import Sandbox, SandboxClock
from contributor_backfill.sandbox.rehearsal.drive import Drive, Stuck
from contributor_backfill.sandbox.rehearsal.journal import Figures, Journal, figures
from contributor_backfill.sandbox.rehearsal.plan import Plan, Until, fleet_world, limits, names
from contributor_backfill.sandbox.rehearsal.schedule import PUNCTUAL

BEGIN = datetime(2026, 11, 23, 0, 7, tzinfo=UTC)
PLAN = Plan(repositories=1, largest=100, schedule=PUNCTUAL, setup_seconds=15, chain=False)
"""One repository, served every half hour."""


class TimedCommands:
    """Every run takes `seconds` and stores `gain` more; those in `fails`, counted from 1, fail."""

    def __init__(self, journal: Journal, clock: SandboxClock) -> None:
        self.seconds, self.gain = 50.0, 10
        self.fails = frozenset[int]()
        self.began: list[timedelta] = []
        self._journal, self._clock = journal, clock
        self._stored = 0

    def track(self, full_name: str) -> None:
        assert full_name in self._journal.totals

    def backfill(self) -> bool:
        self.began.append(self._clock.now() - BEGIN)
        self._clock.advance(self.seconds)
        if len(self.began) in self.fails:
            raise StoreFault("The database was away.")
        self._stored += self.gain
        (name,) = self._journal.totals
        self._journal.note(name, 100, self._stored)
        return True

    def start_successor(self, run_id: int) -> bool:
        raise AssertionError(run_id)


class Rehearsed:
    """A rehearsal whose commands can be told how they go."""

    def __init__(self, plan: Plan, sandbox: Sandbox, clock: SandboxClock) -> None:
        self.journal = Journal(clock, names(plan), lambda _: None)
        self.commands = TimedCommands(self.journal, clock)
        self._plan, self._sandbox = plan, sandbox

    def run(self) -> Figures:
        Drive(self._plan, self._sandbox, self.commands, self.journal).run()
        return figures(self._plan, self._sandbox, self.journal, DEFAULT_PRICES)


@contextmanager
def rehearsed(plan: Plan = PLAN) -> Iterator[Rehearsed]:
    clock = SandboxClock(BEGIN)
    with Sandbox(fleet_world(plan), clock=clock, limits=limits(plan)) as sandbox:
        yield Rehearsed(plan, sandbox, clock)


def test_it_ends_with_the_run_that_reaches_95_percent_or_goes_on_until_complete() -> None:
    with rehearsed() as fleet:
        fleet.commands.gain = 19
        mostly = fleet.run()
    with rehearsed(replace(PLAN, until=Until.COMPLETE)) as fleet:
        fleet.commands.gain = 19
        whole = fleet.run()

    assert (mostly.scheduled_runs, whole.scheduled_runs) == (5, 6)
    assert (mostly.share, mostly.complete_repositories) == (0.95, 0)
    assert mostly.days_to_95_percent == whole.days_to_95_percent == 0.08, "two hours and a minute"
    assert whole.complete_repositories == 1
    assert whole.last_hours_to_complete == 2.52


def test_runs_queue_up_behind_a_long_one_and_each_job_is_billed_by_the_full_minute() -> None:
    with rehearsed() as fleet:
        fleet.commands.seconds = 65 * 60
        fleet.commands.gain = 50
        done = fleet.run()

    # The second one was due after half an hour, and begins when the first one is over.
    assert fleet.commands.began == [timedelta(seconds=15), timedelta(minutes=65, seconds=30)]
    assert done.jobs == 2
    assert done.billed_minutes == 2 * 66
    assert done.dollars_without_plan == 0.79
    assert done.dollars_beyond_plan == 0
    assert done.median_minutes_late == 0


def test_a_failed_run_is_counted_and_the_next_one_goes_on() -> None:
    with rehearsed() as fleet:
        fleet.commands.gain = 50
        fleet.commands.fails = frozenset({1})
        done = fleet.run()

    assert (done.failed_jobs, done.last_error) == (1, "The database was away.")
    assert done.stored == 100


def test_a_rehearsal_that_stores_nothing_for_two_days_is_given_up_with_the_reason() -> None:
    with rehearsed() as fleet:
        fleet.commands.fails = frozenset(range(3, 1_000))
        with pytest.raises(Stuck, match=r"48 simulated hours: The database was away\."):
            fleet.run()
        assert fleet.journal.stored == 20
        assert timedelta(hours=48) < fleet.journal.elapsed < timedelta(hours=50)
