"""Records of runs, over both transports: begun, beating, ended, lost."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.errors import NotFound
from contributor_backfill.domain.runs import Begun, Counts, Outcome, RunBegin, RunEnd, WorkflowRun
from tests.support.databases import Database

WHERE = WorkflowRun(
    repository="me/site",
    workflow="progressive-backfill.yml",
    run_id=77,
    run_attempt=2,
    job="capture",
    runner="GitHub Actions 12",
    event="schedule",
    url="https://github.com/me/site/actions/runs/77/attempts/2",
)
DONE = RunEnd(Outcome.DONE, "nothing due")
COUNTS = Counts(chunks=3, rows=120, points=4, requests=5, database_calls=6)


def begin(**changes: Any) -> RunBegin:
    of = RunBegin(str(uuid4()), "progressive-backfill", "host/boot/1", "octo/one", None, WHERE)
    return replace(of, **changes)


def record(database: Database, run: RunBegin) -> dict[str, Any]:
    (row,) = database.rows("select * from backfill_runs where id = %s", run.run_id)
    return row


def age(database: Database, run: RunBegin, minutes: float) -> None:
    """Move a run's start and heartbeat back."""
    database.rows(
        "update backfill_runs set started_at = started_at - make_interval(secs => %s),"
        " heartbeat_at = heartbeat_at - make_interval(secs => %s) where id = %s",
        minutes * 60,
        minutes * 60,
        run.run_id,
    )


def job(database: Database) -> str:
    return str(
        database.value("insert into progressive_capture_jobs (job_type) values ('x') returning id")
    )


def test_a_record_says_where_a_run_takes_place_before_it_does_anything(
    either_gateway: Gateway, database: Database
) -> None:
    run = begin()

    assert either_gateway.begin_run(run) == Begun()

    row = record(database, run)
    assert (row["outcome"], row["ended_at"], row["settled_by"]) == ("running", None, None)
    assert row["started_at"] == row["heartbeat_at"]
    assert (row["command"], row["repository"], row["holder"]) == (
        "progressive-backfill",
        "octo/one",
        "host/boot/1",
    )
    assert (row["workflow_run_id"], row["run_attempt"], row["job"], row["url"]) == (
        77,
        2,
        "capture",
        WHERE.url,
    )


def test_a_run_begun_twice_after_a_lost_response_is_one(
    either_gateway: Gateway, database: Database
) -> None:
    run = begin()

    either_gateway.begin_run(run)
    either_gateway.begin_run(run)

    assert database.value("select count(*) from backfill_runs") == 1


def test_the_end_says_why_and_what_was_done(either_gateway: Gateway, database: Database) -> None:
    run = begin()
    either_gateway.begin_run(run)
    age(database, run, 2.5)

    for _ in range(2):
        either_gateway.end_run(run.run_id, DONE, COUNTS)

    row = record(database, run)
    assert (row["outcome"], row["stop_reason"], row["exit_code"]) == ("done", "nothing due", 0)
    assert [row[name] for name in ("chunks", "row_count", "points", "requests")] == [3, 120, 4, 5]
    assert row["database_calls"] == 6
    assert 150 <= row["seconds"] < 180
    assert (row["billed_minutes"], row["settled_by"]) == (3, "run")


def test_outside_actions_nothing_is_billed(either_gateway: Gateway, database: Database) -> None:
    run = begin(workflow_run=None)

    either_gateway.begin_run(run)
    either_gateway.end_run(run.run_id, DONE, COUNTS)

    assert record(database, run)["billed_minutes"] is None


def test_several_commands_of_one_job_are_billed_once(
    either_gateway: Gateway, database: Database
) -> None:
    runs = [begin(command=name) for name in ("recover", "sync-runs", "alert")]
    for run, minutes in zip(runs, (1.5, 0.2, 0.1), strict=True):
        either_gateway.begin_run(run)
        age(database, run, minutes)
        either_gateway.end_run(run.run_id, DONE, COUNTS)

    assert [record(database, run)["billed_minutes"] for run in runs] == [2, 0, 0]


def test_a_run_whose_heartbeat_stopped_is_lost_when_the_next_one_begins(
    either_gateway: Gateway, database: Database
) -> None:
    silent, alive, following = begin(), begin(), begin()
    either_gateway.begin_run(silent)
    age(database, silent, 5.1)
    either_gateway.begin_run(alive)
    age(database, alive, 4.9)

    previous = either_gateway.begin_run(following).previous_started_at

    lost = record(database, silent)
    assert (lost["outcome"], lost["settled_by"]) == ("lost", "silence")
    assert lost["ended_at"] == lost["heartbeat_at"]
    assert record(database, alive)["outcome"] == "running"
    assert previous == record(database, alive)["started_at"]


def test_a_run_that_beats_again_is_not_lost(either_gateway: Gateway, database: Database) -> None:
    run = begin()
    either_gateway.begin_run(run)
    age(database, run, 6)
    either_gateway.begin_run(begin())
    assert record(database, run)["outcome"] == "lost"

    either_gateway.beat_run(run.run_id, COUNTS)

    row = record(database, run)
    assert (row["outcome"], row["ended_at"], row["settled_by"]) == ("running", None, None)
    assert row["chunks"] == 3


@pytest.mark.parametrize("settled_by", ["silence", "github"])
def test_a_runs_own_word_counts_more_than_anybody_elses(
    either_gateway: Gateway, database: Database, settled_by: str
) -> None:
    run = begin()
    either_gateway.begin_run(run)
    database.rows(
        "select backfill_settle_run_v1(%s, 'lost', 'why', %s, now())", run.run_id, settled_by
    )

    either_gateway.end_run(run.run_id, replace(DONE, error="x"), COUNTS)
    database.rows(
        "select backfill_settle_run_v1(%s, 'failed', 'later', 'github', now())", run.run_id
    )
    either_gateway.beat_run(run.run_id, Counts())

    row = record(database, run)
    assert (row["outcome"], row["error"], row["settled_by"]) == ("done", "x", "run")


def test_a_job_is_processing_with_a_heartbeat_while_its_run_is(
    either_gateway: Gateway, database: Database
) -> None:
    run = begin(capture_job_id=job(database))
    either_gateway.begin_run(run)
    # Production fails what is processing for ten minutes, by its started_at.
    database.rows("update progressive_capture_jobs set started_at = now() - interval '9 minutes'")

    before = database.value("select now()")

    either_gateway.beat_run(run.run_id, COUNTS)

    (taken,) = database.rows("select * from progressive_capture_jobs")
    assert (taken["status"], taken["workflow_run_id"]) == ("processing", 77)
    assert taken["started_at"] >= before
    assert taken["metadata"]["run_id"] == run.run_id


@pytest.mark.parametrize(
    ("outcome", "status"),
    [(Outcome.DONE, "completed"), (Outcome.DEFERRED, "completed"), (Outcome.FAILED, "failed")],
)
def test_a_job_always_gets_its_terminal_status(
    either_gateway: Gateway, database: Database, outcome: Outcome, status: str
) -> None:
    run = begin(capture_job_id=job(database))
    either_gateway.begin_run(run)

    either_gateway.end_run(run.run_id, RunEnd(outcome, "why", error="what"), COUNTS)

    (ended,) = database.rows("select * from progressive_capture_jobs")
    assert (ended["status"], ended["completed_at"] is not None) == (status, True)
    assert ended["error"] == ("what" if status == "failed" else None)
    assert ended["metadata"]["outcome"] == outcome


def test_the_job_of_a_lost_run_has_failed(either_gateway: Gateway, database: Database) -> None:
    run = begin(capture_job_id=job(database))
    either_gateway.begin_run(run)
    age(database, run, 6)

    either_gateway.begin_run(begin())

    (ended,) = database.rows("select status, error from progressive_capture_jobs")
    assert ended == {"status": "failed", "error": "its heartbeat stopped"}


def test_a_job_that_is_not_there_is_named(either_gateway: Gateway, database: Database) -> None:
    nothing = str(uuid4())

    with pytest.raises(NotFound, match=nothing):
        either_gateway.begin_run(begin(capture_job_id=nothing))

    assert database.value("select count(*) from backfill_runs") == 0
