"""The end of a run, and what of it is shown."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contributor_backfill.domain.bounds import Stop
from contributor_backfill.domain.runs import Note, Outcome, Severity, late, run_end, shown

NOW = datetime(2026, 1, 1, tzinfo=UTC)
HALF_HOUR = timedelta(minutes=30)
notes = st.lists(st.builds(Note, st.sampled_from(Severity), st.text(min_size=1)), max_size=30)


@pytest.mark.parametrize(
    ("stops", "outcome", "more_work"),
    [
        ([Stop.IDLE], Outcome.DONE, False),
        ([Stop.COMPLETED], Outcome.DONE, False),
        ([Stop.TIME], Outcome.DONE, True),
        ([Stop.CHUNKS], Outcome.DONE, True),
        ([Stop.ITEMS], Outcome.DONE, True),
        ([Stop.POINTS], Outcome.DONE, True),
        ([Stop.QUOTA], Outcome.DEFERRED, False),
        ([Stop.RATE_LIMITED, Stop.IDLE], Outcome.DEFERRED, False),
        ([Stop.LEASE], Outcome.DEFERRED, False),
        ([Stop.IDLE, Stop.TIME], Outcome.DONE, True),
    ],
)
def test_a_bounded_run_is_done_or_deferred_and_says_whether_it_can_go_on(
    stops: list[Stop], outcome: Outcome, *, more_work: bool
) -> None:
    end = run_end(stops, [])

    assert (end.outcome, end.more_work, end.exit_code) == (outcome, more_work, 0)
    assert end.stop_reason == ", ".join(stops)


@given(st.lists(st.sampled_from(Stop), min_size=1), st.lists(st.text(min_size=1), min_size=1))
def test_a_failure_is_never_hidden_by_why_the_run_stopped(
    stops: list[Stop], failures: list[str]
) -> None:
    end = run_end(stops, failures)

    assert (end.outcome, end.exit_code, end.error) == (Outcome.FAILED, 1, failures[0])
    assert [note.text for note in end.notes] == failures


@given(notes)
def test_ten_notes_are_shown_at_most_the_gravest_first(given_notes: list[Note]) -> None:
    found = shown(given_notes)
    order = [list(Severity).index(note.severity) for note in found]

    assert len(found) == min(10, len(given_notes))
    assert order == sorted(order)
    if len(given_notes) <= 10:
        assert sorted(found, key=repr) == sorted(given_notes, key=repr)
    else:
        assert found[-1].text.startswith(f"And {len(given_notes) - 9} more")


@pytest.mark.parametrize(("minutes", "is_late"), [(0, False), (60, False), (61, True), (271, True)])
def test_a_schedule_is_late_after_twice_its_interval(minutes: int, *, is_late: bool) -> None:
    gap = timedelta(minutes=minutes)

    assert late(NOW - gap, NOW, HALF_HOUR) == (gap if is_late else None)


def test_a_first_run_is_never_late() -> None:
    assert late(None, NOW, HALF_HOUR) is None
