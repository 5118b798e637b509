"""A signal in the middle of a call to the database is heard after it, a second one at once."""

import signal
from collections.abc import Iterator
from types import FrameType

import pytest

from contributor_backfill.db.interrupts import uninterrupted


@pytest.fixture(params=[signal.SIGINT, signal.SIGTERM])
def sent(request: pytest.FixtureRequest) -> Iterator[signal.Signals]:
    """Both signals interrupt, as the command line has it."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(request.param, interrupt)
    yield request.param
    signal.signal(request.param, before)


def test_a_signal_is_heard_when_the_block_has_ended(sent: signal.Signals) -> None:
    done = []

    with pytest.raises(KeyboardInterrupt), uninterrupted():
        signal.raise_signal(sent)
        done.append("the rest of the block")

    assert done == ["the rest of the block"]


def test_a_second_signal_is_heard_at_once(sent: signal.Signals) -> None:
    done = []

    with pytest.raises(KeyboardInterrupt), uninterrupted():
        signal.raise_signal(sent)
        signal.raise_signal(sent)
        done.append("the rest of the block")

    assert done == []


def test_without_a_signal_the_handlers_are_as_before(sent: signal.Signals) -> None:
    before = signal.getsignal(sent)

    with uninterrupted():
        assert signal.getsignal(sent) is not before

    assert signal.getsignal(sent) is before
