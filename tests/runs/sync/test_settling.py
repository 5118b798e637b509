"""`sync-runs` against the sandbox: the net under words and events that did not arrive."""

from datetime import timedelta
from uuid import uuid4

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.runs import Counts, Outcome, RunBegin, RunEnd
from contributor_backfill.domain.workflow_runs import Remainder
from tests.support.captures import Rig
from tests.support.databases import Database
from tests.support.run_syncs import Sync, add_run, begin_in, end_on_github
from tests.support.workflow_events import (
    CONCLUSIONS,
    REPOSITORY,
    begin,
    fall_silent,
    note,
    record,
    run_event,
)

NOTHING_LEFT = Remainder(0, 0, 0)


def test_without_anything_open_nothing_is_settled(sync: Sync) -> None:
    report = sync()

    assert (report.settled, report.remainder, report.unasked) == (0, NOTHING_LEFT, 0)
    assert (report.deferral, report.fault, report.hidden) == (None, None, ())


@pytest.mark.parametrize(
    ("conclusion", "expected"), [row for row in CONCLUSIONS.items() if row[0] != "exploded"]
)
def test_a_run_that_was_killed_gets_githubs_word(
    work: Rig, sync: Sync, database: Database, conclusion: str, expected: str
) -> None:
    run = add_run(work)
    killed = begin_in(work, run)
    end_on_github(work, run, conclusion)

    report = sync()

    assert (report.settled, report.remainder) == (1, NOTHING_LEFT)
    row = record(database, killed)
    assert (row["outcome"], row["settled_by"]) == (expected, "github")
    assert conclusion in row["stop_reason"]


def test_a_run_that_was_lost_by_silence_gets_githubs_word_later(
    work: Rig, sync: Sync, database: Database
) -> None:
    run = add_run(work)
    killed = begin_in(work, run)
    fall_silent(database, killed)
    assert sync().settled == 1
    assert record(database, killed)["settled_by"] == "silence"
    end_on_github(work, run, "timed_out")

    assert sync().settled == 1

    assert record(database, killed)["outcome"] == "failed"


def test_a_run_with_a_heartbeat_is_in_progress(work: Rig, sync: Sync, database: Database) -> None:
    alive, elsewhere = begin_in(work, add_run(work)), str(uuid4())
    work.gateway.begin_run(RunBegin(elsewhere, "track", "laptop/1"))

    report = sync()

    assert (report.settled, report.remainder) == (0, Remainder(0, 2, 0))
    assert {record(database, run_id)["outcome"] for run_id in (alive, elsewhere)} == {"running"}


def test_a_run_in_progress_on_github_without_a_heartbeat_is_lost(
    work: Rig, sync: Sync, database: Database
) -> None:
    silent = begin_in(work, add_run(work))
    fall_silent(database, silent)

    report = sync()

    assert (report.settled, report.remainder.unknown) == (1, 0)
    assert record(database, silent)["outcome"] == "lost"


def test_a_run_outside_of_actions_that_fell_silent_is_lost(
    work: Rig, sync: Sync, database: Database
) -> None:
    silent = str(uuid4())
    work.gateway.begin_run(RunBegin(silent, "track", "laptop/1"))
    fall_silent(database, silent)

    assert sync().settled == 1

    assert record(database, silent)["stop_reason"] == "its heartbeat stopped"


def test_a_run_that_github_does_not_know_any_more_is_lost(
    sync: Sync, gateway: Gateway, database: Database
) -> None:
    gone, young = begin(gateway, run_id=17), begin(gateway, run_id=18)
    fall_silent(database, gone)

    report = sync()

    assert (report.settled, report.remainder) == (1, Remainder(0, 1, 0))
    row = record(database, gone)
    assert (row["outcome"], row["settled_by"]) == ("lost", "github")
    assert row["stop_reason"] == "GitHub does not know its workflow run any more"
    assert record(database, young)["outcome"] == "running"
    assert sync().settled == 0


def test_the_event_that_was_missed_is_made_up_for(
    work: Rig, sync: Sync, database: Database
) -> None:
    run = add_run(work, "completed", conclusion="failure")
    note(work.gateway, run_event("in_progress", id=run["run_id"]))

    assert sync().remainder == NOTHING_LEFT

    (row,) = database.rows("select status, conclusion from backfill_workflow_runs")
    assert row == {"status": "completed", "conclusion": "failure"}


def test_a_run_that_waits_on_github_is_in_progress(work: Rig, sync: Sync) -> None:
    add_run(work, "queued")

    assert sync().remainder == Remainder(0, 1, 0)


def test_recent_runs_of_our_workflows_are_stored_over_all_pages_and_no_others(
    work: Rig, sync: Sync, database: Database
) -> None:
    for _ in range(130):
        add_run(work, "completed", conclusion="success")
    add_run(work, "completed", conclusion="success", workflow="ci.yml")
    old = (work.clock.now() - timedelta(days=4)).strftime("%Y-%m-%dT%H:%M:%SZ")
    add_run(work, "completed", conclusion="success", created_at=old)
    add_run(work, "completed", conclusion="success", fork="stranger/site", event="pull_request")
    add_run(work, "completed", conclusion="success", fork=None)
    add_run(work, "completed", conclusion="success", event="pull_request")

    sync()

    assert database.value("select count(*) from backfill_workflow_runs") == 130


def test_a_later_attempt_closes_the_one_before(work: Rig, sync: Sync, database: Database) -> None:
    run = add_run(work)
    first = begin_in(work, run)
    end_on_github(work, run, "cancelled")
    again = work.sandbox.change("rerun_workflow_run", repository=REPOSITORY, run_id=run["run_id"])
    second = begin_in(work, again)

    report = sync()

    assert (report.settled, report.remainder.in_progress) == (1, 1)
    assert record(database, first)["outcome"] == "lost"
    assert record(database, second)["outcome"] == "running"


def test_the_minutes_are_those_that_github_bills(work: Rig, sync: Sync, database: Database) -> None:
    began, ended = (work.clock.now() - timedelta(minutes=minutes) for minutes in (20, 7.5))
    times = {
        name: f"{at:%Y-%m-%dT%H:%M:%SZ}"
        for name, at in (("created_at", began), ("started_at", began), ("completed_at", ended))
    }
    run = add_run(work, "completed", conclusion="success", **times)
    runs = [begin_in(work, run, name) for name in ("recover", "alert")]
    for run_id in runs:
        work.gateway.end_run(run_id, RunEnd(Outcome.DONE, "finished"), Counts())

    assert sync().settled == 0

    assert [record(database, run)["billed_minutes"] for run in runs] == [13, 0]
    before = work.sandbox.counters()["requests"]
    sync()
    assert work.sandbox.counters()["requests"] == before + 1
