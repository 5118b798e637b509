"""Numbers and times in words, the same everywhere."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contributor_backfill.monitor.standing import standing
from contributor_backfill.monitor.terminal import console, print_standings
from contributor_backfill.monitor.wording import duration, outlook, plural

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def line(**changed: Any) -> dict[str, Any]:
    made = {
        "full_name": "octo/one",
        "priority": "high",
        "stored": 250,
        "total": 1_000,
        "status": "active",
        "recent_pull_requests": 250,
        "recent_since": "2026-01-01T09:30:00+00:00",
        "recent_until": "2026-01-01T12:00:00+00:00",
        "next_attempt_at": None,
        "next_attempt_reason": None,
        "resume_at": None,
        "last_error": None,
        "last_error_at": None,
        "consecutive_errors": 0,
        "rejects": 0,
        "continuations": 0,
        "lease_holder": None,
    }
    return {**made, **changed}


def shown(**changed: Any) -> str:
    stream = io.StringIO()
    print_standings(console(stream), [standing(line(**changed), NOW)])
    return stream.getvalue()


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 chunks"), (1, "1 chunk"), (1_200, "1,200 chunks")]
)
def test_a_count_agrees_with_its_noun(count: int, text: str) -> None:
    assert plural(count, "chunk") == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-3, "0 s"), (45, "45 s"), (720, "12 min"), (15_000, "4 h 10 min"), (273_600, "3 d 4 h")],
)
def test_a_span_is_given_in_units_that_fit_it(seconds: int, text: str) -> None:
    assert duration(timedelta(seconds=seconds)) == text


def test_the_outlook_counts_runs_like_this_one() -> None:
    half_an_hour = timedelta(minutes=30)

    assert outlook(0, 10, half_an_hour, NOW) == "Nothing is left to capture."
    assert "none to go by" in outlook(10, 0, half_an_hour, NOW)
    assert outlook(250, 100, half_an_hour, NOW) == (
        "250 pull requests left: 3 more runs like this one,"
        " done about 2026-01-01 13:30 UTC at one every 30 min."
    )


def test_an_active_backfill_shows_pace_and_end() -> None:
    text = shown()

    assert "25" in text
    assert "100" in text
    assert "2026-01-01 19:30 UTC" in text
    assert "next run" in text


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"status": "paused", "resume_at": "2026-01-01T13:00:00+00:00"}, "2026-01-01 13:00 UTC"),
        ({"status": "paused"}, "when resumed by hand"),
        ({"last_error": "It broke.", "last_error_at": "2026-01-01T11:00:00+00:00"}, "It broke."),
        ({"rejects": 2}, "backfill_rejects"),
        ({"continuations": 4}, "4 lists are longer"),
        ({"lease_holder": "host/boot/7"}, "host/boot/7"),
        ({"stored": 0, "recent_pull_requests": None, "recent_since": None}, "unknown"),
        ({"status": None, "total": None}, "tracked"),
    ],
)
def test_whatever_a_user_should_know_is_shown(changed: dict[str, Any], words: str) -> None:
    assert words in shown(**changed)


def test_json_has_every_field_with_times_in_iso_8601() -> None:
    as_json = standing(line(), NOW).as_json

    assert as_json["finished_at"] == "2026-01-01T19:30:00+00:00"
    assert as_json["percentage"] == 25
