"""A run beats between its calls and while it waits."""

from typing import Any

import pytest

from contributor_backfill.db.transport import BeatingClock, BeatingTransport, Heartbeat
from contributor_backfill.domain.errors import StoreFault, StoreUnreachable
from tests.support.clocks import ManualClock


class Slow:
    """A transport whose calls take as long as they say."""

    def __init__(self, clock: ManualClock) -> None:
        self.calls = 0
        self._clock = clock

    def call(self, function: str, arguments: dict[str, Any]) -> dict[str, Any]:
        assert function
        self.calls += 1
        self._clock.advance(arguments["seconds"])
        return {"ok": True}

    def close(self) -> None:
        self.calls = -1


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def test_a_beat_follows_the_first_call_after_half_a_minute(clock: ManualClock) -> None:
    beats: list[float] = []
    transport = BeatingTransport(Slow(clock), Heartbeat(clock, lambda: beats.append(1)))

    counts = []
    for seconds in (10, 10, 9.9, 0.1, 29.9, 60):
        transport.call("any", {"seconds": seconds})
        counts.append(len(beats))

    assert counts == [0, 0, 0, 1, 1, 2]
    assert transport.calls == 6


def test_a_long_wait_is_cut_into_pieces_with_a_beat_after_each(clock: ManualClock) -> None:
    beats: list[float] = []
    began = clock.now()

    BeatingClock(clock, Heartbeat(clock, lambda: beats.append(1))).sleep(100)

    assert len(beats) == 3
    assert clock.slept == [30, 30, 30, 10]
    assert (clock.now() - began).total_seconds() == 100


def test_a_database_that_is_away_does_not_end_a_wait(clock: ManualClock) -> None:
    def beat() -> None:
        raise StoreUnreachable("away")

    BeatingClock(clock, Heartbeat(clock, beat)).sleep(61)

    assert sum(clock.slept) == 61


def test_a_refusal_of_the_database_is_not_hidden(clock: ManualClock) -> None:
    def beat() -> None:
        raise StoreFault("no such function")

    with pytest.raises(StoreFault):
        BeatingClock(clock, Heartbeat(clock, beat)).sleep(31)
