"""Numbers and times in words, the same everywhere."""

from datetime import timedelta
from typing import Any

import pytest

from contributor_backfill.db.rows import as_json
from contributor_backfill.domain.forecast import Forecast
from contributor_backfill.domain.freshness import Behind
from contributor_backfill.reports.repository_words import OF_STORED, behind_words, outlook
from contributor_backfill.reports.wording import duration, plural
from tests.support.status_lines import FEED, NOW, counted, shown, stands


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 chunks"), (1, "1 chunk"), (1_200, "1,200 chunks")]
)
def test_a_count_agrees_with_its_noun(count: int, text: str) -> None:
    assert plural(count, "chunk") == text


def test_a_noun_keeps_its_spelling_in_the_plural() -> None:
    assert [plural(2, noun) for noun in ("day", "repository")] == ["2 days", "2 repositories"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-3, "0 s"), (45, "45 s"), (720, "12 min"), (15_000, "4 h 10 min"), (273_600, "3 d 4 h")],
)
def test_a_span_is_given_in_units_that_fit_it(seconds: int, text: str) -> None:
    assert duration(timedelta(seconds=seconds)) == text


def test_the_outlook_counts_runs_like_this_one_and_names_the_day_that_status_names() -> None:
    later = NOW + timedelta(hours=20)
    done = Forecast(later, later - timedelta(hours=2), later + timedelta(hours=30))

    assert outlook(0, 10, None, NOW) == "All pull requests of these backfills are stored."
    assert outlook(10, 0, None, NOW) == (
        "10 pull requests left. When it is done is not known yet: two runs of the schedule tell."
    )
    assert outlook(250, 100, done, NOW) == (
        "250 pull requests left: 3 more runs like this one."
        " Done about 2 Jan 08:00 (2 Jan 06:00 to 3 Jan)."
    )


def test_an_active_backfill_shows_pace_and_end() -> None:
    text = shown()

    assert "25" in text
    assert "100" in text
    assert "done about 19:30 UTC" in text


def test_every_kind_of_row_has_its_percentage_and_a_hundred_is_all_of_them() -> None:
    head, row, *rest = shown().splitlines()

    assert rest == [OF_STORED]
    kinds = head.split()[4:7]
    assert dict(zip(kinds, row.split()[4:10:2], strict=True)) == {
        "reviews": "75",
        "comments": "99",
        "inline": "0",
    }


@pytest.mark.parametrize(
    ("status", "is_complete", "state"),
    [
        ("completed", True, "complete"),
        ("completed", False, "incomplete"),
        (None, True, "complete"),
        (None, False, "tracked"),
        ("active", False, "active"),
        ("paused", True, "paused"),
        ("failed", False, "failed"),
    ],
)
def test_complete_is_said_of_nothing_that_lacks_a_row(
    status: str | None, is_complete: bool, state: str
) -> None:
    made = stands(status=status, completeness={"is_complete": is_complete})

    assert made.state == state


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"status": "paused", "resume_at": "2026-01-01T13:00:00+00:00"}, "until 13:00 UTC"),
        ({"status": "paused"}, "when resumed by hand"),
        ({"last_error": "It broke.", "last_error_at": "2026-01-01T11:00:00+00:00"}, "It broke."),
        ({"rejects": 2}, "backfill_rejects"),
        ({"continuations": 4}, "4 long lists to be read to the end"),
        ({"missing": 1}, "1 pull request must be captured anew"),
        ({"deletions": 3}, "3 rows are deleted on GitHub"),
        ({"lease_holder": "host/boot/7"}, "host/boot/7"),
        ({"pace": None}, "done not known yet"),
        ({"status": None, "completeness": {"pull_requests": counted(0, None)}}, "tracked"),
    ],
)
def test_whatever_a_user_should_know_is_shown(changed: dict[str, Any], words: str) -> None:
    assert words in shown(**changed)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (
            {"last_error": "It broke.", "last_error_at": "2026-01-01T11:00:00+00:00"},
            "review comments: last error at 2026-01-01 11:00 UTC: It broke.",
        ),
        (
            {
                "next_attempt_at": "2026-01-01T13:00:00+00:00",
                "next_attempt_reason": "after an error",
            },
            "review comments: goes on at 2026-01-01 13:00 UTC (after an error)",
        ),
        ({"lease_holder": "host/boot/7"}, "review comments: being captured by host/boot/7"),
    ],
)
def test_the_problem_of_a_source_is_told_by_its_name(changed: dict[str, Any], words: str) -> None:
    assert words in shown(feeds={"review_comments": {**FEED, **changed}})


def test_an_error_that_was_overcome_is_not_shown_of_what_is_complete() -> None:
    overcome = {"last_error": "It broke.", "last_error_at": "2026-01-01T11:00:00+00:00"}

    assert "It broke." not in shown(
        status="completed", completeness={"is_complete": True}, **overcome
    )


def test_json_has_every_field_with_times_in_iso_8601() -> None:
    document = as_json(stands(feeds={"review_comments": FEED}))

    assert document["finished_at"] == "2026-01-01T19:30:00+00:00"
    assert document["percentage"] == 25
    assert document["kinds"]["reviews"] == {
        "stored": 30,
        "total": 40,
        "percentage": 75,
        "short": 0,
    }
    assert document["feeds"][0]["feed"] == "review_comments"
    assert document["feeds"][0]["synced_at"] == "2026-01-01T11:05:00+00:00"
    assert (document["points"], document["requests"], document["milliseconds"]) == (12, 14, 4_000)


@pytest.mark.parametrize(
    ("behind", "text"),
    [
        (Behind(0, None, None, None), ""),
        (Behind(1, 60, 60, "octo/one"), "Behind GitHub: 60 s."),
        (
            Behind(2_000, 720, 15_000, "octo/x"),
            "Behind GitHub: median 12 min, worst 4 h 10 min (octo/x).",
        ),
    ],
)
def test_how_far_behind_the_fleet_is_fits_a_line(behind: Behind, text: str) -> None:
    assert behind_words(behind) == text


def test_a_complete_repository_that_did_not_move_is_as_current_as_the_last_question() -> None:
    known = stands(current_at="2026-11-24T10:00:00+00:00")

    assert known.synced_at == known.current_at
    assert as_json(known)["current_at"] == "2026-11-24T10:00:00+00:00"
