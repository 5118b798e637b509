"""A signal in the middle of a call to the database is heard after it, a second one at once."""

import signal
from collections.abc import Iterator
from types import FrameType

import pytest

from contributor_backfill.db.postgres import uninterrupted


@pytest.fixture(params=[signal.SIGINT, signal.SIGTERM])
def sent(request: pytest.FixtureRequest) -> Iterator[signal.Signals]:
    """Both signals interrupt, as the command line has it."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(request.param, interrupt)
    yield request.param
    signal.signal(request.param, before)


def send_and_go_on(sent: signal.Signals, times: int) -> list[str]:
    """Send a signal in the middle of a block; return what was done of the rest of it."""
    done: list[str] = []
    try:
        with uninterrupted():
            for _ in range(times):
                signal.raise_signal(sent)
            done.append("the rest")
    except KeyboardInterrupt:
        done.append("interrupted")
    return done


def test_a_signal_is_heard_when_the_block_has_ended(sent: signal.Signals) -> None:
    assert send_and_go_on(sent, 1) == ["the rest", "interrupted"]


def test_a_second_signal_is_heard_at_once(sent: signal.Signals) -> None:
    assert send_and_go_on(sent, 2) == ["interrupted"]


def test_without_a_signal_the_handlers_are_as_before(sent: signal.Signals) -> None:
    before = signal.getsignal(sent)

    with uninterrupted():
        assert signal.getsignal(sent) is not before

    assert signal.getsignal(sent) is before
