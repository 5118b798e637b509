"""`status` at 80 columns: a line for each repository, the troubled first, and nothing untrue."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from contributor_backfill.db.gateway.reports import Counted
from contributor_backfill.db.rows import as_json
from contributor_backfill.reports.model import State
from contributor_backfill.reports.repository_words import (
    rank,
    reasons,
    share,
    share_of_stored,
    shortened,
    state_of,
    why_incomplete,
)
from tests.support.made_snapshots import full_snapshot
from tests.support.status_lines import FEED, NOW, counted, shown, shown_at, stands

LONG = "kubernetes-sigs-and-friends/a-very-long-name-of-a-repository-that-goes-on-for-ever"
INCOMPLETE: dict[str, Any] = {
    "status": "completed",
    "feeds": {"review_comments": FEED},
    "completeness": {
        "pull_requests": counted(600, 600),
        "reviews": {"stored": 9, "total": 12, "short": 2},
        "comments": {"stored": 4, "total": 5, "short": 1},
        "review_comments": counted(0, 0),
    },
}


def every_state() -> list[Any]:
    """Return a repository in each state, the troubled first."""
    return [
        stands(full_name=LONG, status="failed", last_error="It is gone."),
        stands(full_name="octo/paused", status="paused"),
        stands(full_name="octo/incomplete", **INCOMPLETE),
        stands(),
        stands(full_name="octo/new", status=None, pace=None),
        stands(full_name="octo/whole", status="completed", completeness={"is_complete": True}),
    ]


def test_at_80_columns_each_repository_has_one_line() -> None:
    lines = shown_at(80, *every_state()).splitlines()

    assert len(lines) == 7
    assert max(map(len, lines)) <= 80
    assert "25 %" in lines[3]
    assert "done about 19:30 UTC" in lines[3]
    assert lines[-1].startswith("! needs you (1).")


def test_a_long_name_keeps_both_ends() -> None:
    line = shown_at(80, *every_state()).splitlines()[0]

    assert line.startswith("! kubernetes")
    assert "…" in line
    assert "for-ever " in line
    assert shortened("octo/one", 8) == "octo/one"
    assert len(shortened(LONG, 20)) == 20


def test_at_80_columns_one_repository_is_told_in_full_without_breaking_a_word() -> None:
    told = shown_at(80, stands(full_name=LONG[:60]), in_full=True).splitlines()

    assert all(len(line) <= 80 for line in told)
    assert f"repository    {LONG[:60]}" in told
    assert {"stored", "GitHub", "reviews", "comments", "state"} <= {
        line.split()[0] for line in told
    }


def test_from_120_columns_on_a_repository_is_told_in_full() -> None:
    wide, narrow = shown_at(120, *every_state()), shown_at(119, *every_state())

    assert "It is gone." in wide
    assert "It is gone." not in narrow


def test_what_needs_a_person_is_coloured_and_marked_for_who_sees_no_colour() -> None:
    line, *rest = shown_at(80, *every_state(), colour=True).splitlines()

    assert line.startswith("\x1b[1;31m! ")
    assert all("\x1b[1;31m" not in line for line in rest)


def test_what_needs_a_person_comes_first() -> None:
    states = [state.state for state in sorted(every_state(), key=rank)]

    assert states == ["failed", "paused", "incomplete", "active", "tracked", "complete"]


def test_rows_that_could_not_be_stored_need_a_person_unless_all_is_there() -> None:
    assert state_of(stands(rejects=3)) is State.ACT
    whole = stands(status="completed", completeness={"is_complete": True}, rejects=3)
    assert state_of(whole) is State.GOOD


def test_of_no_pull_requests_no_review_is_a_hundred_percent() -> None:
    nothing = stands(
        completeness={
            "pull_requests": counted(0, 600),
            **{kind: counted(0, 0) for kind in ("reviews", "comments", "review_comments")},
        }
    )

    assert share(nothing) == "0 %"
    assert share_of_stored(nothing, "reviews") == "-"
    assert nothing.kinds["reviews"].percentage is None
    assert "100" not in shown_at(80, nothing)


def test_shares_of_lists_are_said_to_be_of_the_stored_pull_requests() -> None:
    assert "counted for the stored pull requests" in shown()


def test_what_github_has_none_of_is_whole_in_status_and_monitor() -> None:
    in_status = stands(completeness={"reviews": counted(0, 0)})
    any_line = full_snapshot().backfills.repositories[1]
    in_monitor = replace(any_line, state="active", kinds={"reviews": Counted(0, 0)})

    assert share_of_stored(in_status, "reviews") == share_of_stored(in_monitor, "reviews")
    assert share_of_stored(in_monitor, "reviews") == "100 %"


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({}, "2 lists of reviews differ, 1 conversation differs"),
        ({"feeds": None}, "its review comments were not read to the end yet"),
        ({"rejects": 2}, "2 rows could not be stored"),
    ],
)
def test_incomplete_says_why(changed: dict[str, Any], why: str) -> None:
    assert why in why_incomplete(stands(**{**INCOMPLETE, **changed}))


def test_incomplete_says_why_for_scripts_too() -> None:
    made = stands(**INCOMPLETE)

    assert as_json(made)["incomplete_because"] == [*reasons(made)]


def test_a_deferred_backfill_goes_on_and_is_not_done_before() -> None:
    later = NOW + timedelta(hours=9)
    made = stands(next_attempt_at=later.isoformat())

    assert "goes on 21:00 UTC" in shown_at(80, made)
    assert made.finished_at == later
