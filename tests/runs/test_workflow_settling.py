"""Runs of commands that GitHub settles, over both transports: whose word counts, what it costs."""

from typing import Any

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.runs import Counts, Outcome, RunEnd
from tests.support.databases import Database
from tests.support.workflow_events import (
    CONCLUSIONS,
    begin,
    ending,
    fall_silent,
    job_event,
    note,
    record,
    run_event,
)


@pytest.mark.parametrize(("conclusion", "expected"), CONCLUSIONS.items())
@pytest.mark.parametrize("make", [run_event, job_event])
def test_every_conclusion_settles_a_run_whose_own_word_did_not_arrive(
    gateway: Gateway, database: Database, make: Any, conclusion: str, expected: str
) -> None:
    running, silent = begin(gateway), begin(gateway, "capture-chunk")
    fall_silent(database, silent)
    begin(gateway, run_id=1, command="track")
    assert record(database, silent)["settled_by"] == "silence"

    assert note(gateway, make("completed", conclusion)).settled == 2

    reason = f"GitHub says {conclusion}"
    if conclusion == "success":
        reason += "; its own word did not arrive"
    for run_id in (running, silent):
        assert ending(database, run_id) == (expected, reason, "github")
    assert database.value("select count(*) from backfill_runs where outcome = 'running'") == 1


def test_a_run_that_ends_without_a_conclusion_is_lost_until_one_comes(
    gateway: Gateway, database: Database
) -> None:
    run_id = begin(gateway)

    note(gateway, run_event("completed"))
    assert ending(database, run_id)[:2] == ("lost", "GitHub says that it is over, and not how")

    note(gateway, run_event("completed", "failure"))
    assert ending(database, run_id)[:2] == ("failed", "GitHub says failure")


def test_a_runs_own_word_stands_but_its_minutes_are_those_that_github_bills(
    either_gateway: Gateway, database: Database
) -> None:
    runs = [begin(either_gateway, name) for name in ("recover", "progressive-backfill", "alert")]
    for run_id in runs:
        either_gateway.end_run(run_id, RunEnd(Outcome.DONE, "finished"), Counts())
    elsewhere = begin(either_gateway, runner="GitHub Actions 13")

    assert note(either_gateway, job_event("completed", "failure")).settled == 0

    assert [ending(database, r) for r in runs] == [("done", "finished", "run")] * 3
    assert [record(database, r)["billed_minutes"] for r in runs] == [6, 0, 0]
    assert ending(database, elsewhere)[0] == "running"


def test_a_word_that_comes_after_githubs_counts_more_and_leaves_the_minutes(
    gateway: Gateway, database: Database
) -> None:
    run_id = begin(gateway)
    note(gateway, job_event("completed", "cancelled"))

    gateway.end_run(run_id, RunEnd(Outcome.DEFERRED, "interrupted"), Counts(chunks=2))
    note(gateway, run_event("completed", "cancelled"))

    assert ending(database, run_id) == ("deferred", "interrupted", "run")
    assert record(database, run_id)["billed_minutes"] == 6


def test_a_job_says_more_of_its_run_than_the_whole(gateway: Gateway, database: Database) -> None:
    good, bad = begin(gateway), begin(gateway, runner="GitHub Actions 13")

    note(gateway, run_event("completed", "failure"))
    note(gateway, job_event("completed", "success"))

    assert ending(database, good)[0] == "done"
    assert ending(database, bad)[0] == "failed"


def test_of_two_jobs_on_one_runner_each_has_its_own_runs(
    gateway: Gateway, database: Database
) -> None:
    first, second = begin(gateway), begin(gateway)
    moments = {first: "2026-01-05T07:38:00Z", second: "2026-01-05T07:48:00Z"}
    for run_id, at in moments.items():
        database.rows("update backfill_runs set started_at = %s where id = %s", at, run_id)

    note(gateway, job_event("completed", "success"))
    note(
        gateway,
        job_event(
            "completed",
            "failure",
            id=52_002,
            started_at="2026-01-05T07:47:00Z",
            completed_at="2026-01-05T07:49:30Z",
        ),
    )

    assert [ending(database, run_id)[0] for run_id in (first, second)] == ["done", "failed"]
    assert [record(database, run_id)["billed_minutes"] for run_id in (first, second)] == [6, 3]


@pytest.mark.parametrize("later", [run_event, job_event])
@pytest.mark.parametrize("is_seen_first", [False, True])
def test_a_later_attempt_closes_the_one_before(
    gateway: Gateway, database: Database, later: Any, *, is_seen_first: bool
) -> None:
    first, second = begin(gateway), begin(gateway, run_attempt=2)
    events = [
        run_event("in_progress"),
        job_event("in_progress"),
        later("in_progress", run_attempt=2, **({"id": 9} if later is job_event else {})),
    ]

    for event in reversed(events) if is_seen_first else events:
        note(gateway, event)

    assert ending(database, first) == (
        "lost",
        "a later attempt of its workflow run began",
        "github",
    )
    assert record(database, second)["outcome"] == "running"
    assert (
        database.rows(
            "select status from backfill_workflow_runs where run_attempt = 1"
            " union all select status from backfill_workflow_jobs where run_attempt = 1"
        )
        == [{"status": "completed"}] * 2
    )
    note(gateway, run_event("completed", "timed_out"))
    assert ending(database, first)[:2] == ("failed", "GitHub says timed_out")


def test_the_same_number_in_another_repository_is_another_run(
    gateway: Gateway, database: Database
) -> None:
    run_id = begin(gateway, repository="you/site")

    note(gateway, run_event("completed", "failure"))

    assert record(database, run_id)["outcome"] == "running"


def test_a_capture_job_gets_its_terminal_status_from_githubs_word(
    gateway: Gateway, database: Database
) -> None:
    job = database.value(
        "insert into progressive_capture_jobs (job_type) values ('x') returning id"
    )
    run_id = begin(gateway)
    database.rows("update backfill_runs set capture_job_id = %s where id = %s", job, run_id)

    note(gateway, run_event("completed", "timed_out"))

    (ended,) = database.rows("select status, error from progressive_capture_jobs")
    assert ended == {"status": "failed", "error": "GitHub says timed_out"}
