"""Remains of lost runs are put in order; what somebody holds is not. Over both transports."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.db.postgres import PostgresTransport
from contributor_backfill.domain.control import Action
from contributor_backfill.domain.errors import LeaseLost
from contributor_backfill.domain.runs import Counts, Outcome, RunBegin, RunEnd
from contributor_backfill.domain.sources import SourceName
from tests.support.control import ONE, age_leases, control, interventions, order, recover
from tests.support.databases import Database
from tests.support.pages import (
    begin,
    claim,
    commit,
    cursor_of,
    item,
    page,
    pull_request,
    repository,
)
from tests.support.sources import REVIEW_COMMENTS, claim_source

DONE = RunEnd(Outcome.DONE, "finished")


def state(database: Database) -> dict[str, Any]:
    (row,) = database.rows("select * from progressive_backfill_state")
    return row


def actions(changes: tuple[Any, ...]) -> list[str]:
    return [change.action for change in changes]


def test_the_backfill_of_a_lost_run_is_freed_and_its_chunk_keeps_its_cursor(
    either_gateway: Gateway, database: Database
) -> None:
    begin(either_gateway)
    lost = claim(either_gateway)
    commit(either_gateway, lost, page(item(pull_request(9))))
    age_leases(database, 32)

    changes = recover(either_gateway)

    assert actions(changes) == ["put_back_chunk", "free_lease"]
    assert {change.repository for change in changes} == {ONE}
    (chunk,) = database.rows("select * from backfill_chunks where status = 'pending'")
    assert (chunk["start_cursor"], chunk["retry_count"]) == ("cursor-9", 0)
    assert state(database)["lease_token"] is None
    taken = claim(either_gateway)
    assert (taken.chunk_id, cursor_of(taken)) == (str(chunk["id"]), "cursor-9")
    assert (
        database.value("select retry_count from backfill_chunks where status = 'processing'") == 1
    )


def test_a_run_that_wakes_up_after_its_backfill_was_freed_is_refused(
    either_gateway: Gateway, database: Database
) -> None:
    begin(either_gateway)
    late = claim(either_gateway)
    age_leases(database, 32)
    recover(either_gateway)

    with pytest.raises(LeaseLost, match="has passed to nobody"):
        commit(either_gateway, late, page(item(pull_request(9))))

    assert database.value("select count(*) from pull_requests") == 0


def test_a_chunk_whose_runs_were_lost_too_often_is_dead_with_the_reason(
    either_gateway: Gateway, database: Database
) -> None:
    begin(either_gateway)
    seen = []
    for _ in range(6):
        last = claim(either_gateway)
        age_leases(database, 32)
        seen += actions(recover(either_gateway))

    assert seen == ["put_back_chunk", "free_lease"] * 5 + ["close_chunk", "free_lease"]
    (dead,) = database.rows("select * from backfill_chunks")
    assert (dead["status"], dead["error"]) == (
        "failed",
        "The run that held this chunk was lost 6 times.",
    )
    assert interventions(database)[-2]["reason"] == dead["error"]
    fresh = claim(either_gateway)
    assert fresh.chunk_number == last.chunk_number + 1
    assert cursor_of(fresh) == dead["start_cursor"]
    assert (
        database.value("select retry_count from backfill_chunks where status = 'processing'") == 0
    )


def test_a_dead_chunk_that_was_stuck_for_months_can_be_closed(
    either_gateway: Gateway, database: Database
) -> None:
    begin(either_gateway)
    claim(either_gateway)
    database.rows("update backfill_chunks set retry_count = 5")
    age_leases(database, 90 * 24 * 60)

    assert actions(recover(either_gateway)) == ["close_chunk", "free_lease"]


def test_the_source_of_a_lost_run_is_freed(either_gateway: Gateway, database: Database) -> None:
    begin(either_gateway)
    lost = claim_source(either_gateway)
    age_leases(database, 32)

    (change,) = recover(either_gateway)

    assert (change.action, change.after["feed"]) == ("free_feed", SourceName.REVIEW_COMMENTS)
    assert database.value("select lease_expires_at from backfill_feeds") is None
    with pytest.raises(LeaseLost):
        either_gateway.release(lost, next_attempt_at=None, reason="late")
    assert claim_source(either_gateway).position == lost.position


def test_whatever_is_leased_or_expired_not_long_ago_is_left_alone(
    either_gateway: Gateway, database: Database
) -> None:
    begin(either_gateway)
    claim(either_gateway)
    claim_source(either_gateway, replace(REVIEW_COMMENTS, while_backfilled=True))
    age_leases(database, 30)

    assert recover(either_gateway) == ()

    assert actions(recover(either_gateway, minutes=10)) == [
        "put_back_chunk",
        "free_lease",
        "free_feed",
    ]


def test_what_somebody_is_at_work_on_is_left_alone_and_not_waited_for(
    either_gateway: Gateway, database: Database
) -> None:
    begin(either_gateway)
    claim(either_gateway)
    claim_source(either_gateway)
    age_leases(database, 60)

    with psycopg.connect(database.conninfo) as connection:
        connection.execute("select from progressive_backfill_state for update")
        beside = recover(either_gateway)
        connection.rollback()
    later = recover(either_gateway)

    assert actions(beside) == ["free_feed"]
    assert actions(later) == ["put_back_chunk", "free_lease"]


def test_a_lost_run_is_closed_with_the_job_that_it_held(
    either_gateway: Gateway, database: Database
) -> None:
    lost, alive = _run(database), _run(database)
    either_gateway.begin_run(lost)
    age_leases(database, 6)
    either_gateway.begin_run(alive_of := replace(alive, command="recover"))

    (change,) = recover(either_gateway)

    assert (change.action, change.repository) == ("lose_run", "octo/named")
    assert change.after["run_id"] == lost.run_id
    outcomes = {
        str(row["id"]): row["outcome"] for row in database.rows("select * from backfill_runs")
    }
    assert outcomes == {lost.run_id: "lost", alive_of.run_id: "running"}
    assert _jobs(database) == {lost.capture_job_id: "failed", alive.capture_job_id: "processing"}


@pytest.mark.parametrize(
    ("outcome", "status"), [(Outcome.DONE, "completed"), (Outcome.FAILED, "failed")]
)
def test_a_job_that_is_processing_although_its_run_is_over_gets_its_terminal_status(
    either_gateway: Gateway, database: Database, outcome: Outcome, status: str
) -> None:
    over, under_way = _run(database), _run(database)
    either_gateway.begin_run(over)
    either_gateway.end_run(over.run_id, RunEnd(outcome, "why"), Counts())
    either_gateway.begin_run(under_way)
    database.rows("update progressive_capture_jobs set status = 'processing'")

    (change,) = recover(either_gateway)

    assert (change.action, change.after["job_id"]) == ("close_job", over.capture_job_id)
    assert _jobs(database) == {over.capture_job_id: status, under_way.capture_job_id: "processing"}


def test_a_job_that_another_run_has_taken_up_is_left_alone(
    either_gateway: Gateway, database: Database
) -> None:
    over = _run(database)
    either_gateway.begin_run(over)
    either_gateway.end_run(over.run_id, DONE, Counts())
    either_gateway.begin_run(replace(over, run_id=str(uuid4())))

    assert recover(either_gateway) == ()


def test_a_pause_whose_time_is_over_is_ended(either_gateway: Gateway, database: Database) -> None:
    begin(either_gateway)
    database.rows("""
        update progressive_backfill_state set status = 'paused', pause_count = 2,
          resume_at = now() - interval '1 minute'
    """)
    waiting = begin(either_gateway, github_id=2, full_name="octo/two")
    database.rows(
        "update progressive_backfill_state set status = 'paused', resume_at = now() + '1 hour'"
        " where repository_id = %s",
        waiting,
    )

    (change,) = recover(either_gateway)

    assert (change.action, change.repository) == ("end_pause", ONE)
    rows = database.rows("select status, pause_count from progressive_backfill_state order by 1")
    assert [tuple(row.values()) for row in rows] == [("active", 2), ("paused", 0)]


def test_a_pause_by_hand_whose_time_is_over_is_ended_also_where_there_is_no_backfill(
    either_gateway: Gateway, database: Database
) -> None:
    either_gateway.track_repository(repository(), None)
    control(either_gateway, Action.PAUSE, minutes=5)
    assert recover(either_gateway) == ()
    database.rows("update backfill_repositories set pause_ends_at = now() - interval '1 minute'")

    assert actions(recover(either_gateway)) == ["end_pause"]

    assert database.value("select paused_at from backfill_repositories") is None
    assert recover(either_gateway) == ()


def test_a_pause_without_an_end_is_never_ended(either_gateway: Gateway) -> None:
    begin(either_gateway)
    control(either_gateway, Action.PAUSE)

    assert recover(either_gateway) == ()


def test_a_dry_run_says_what_is_then_done_and_a_repeated_call_does_it_once(
    either_gateway: Gateway, database: Database
) -> None:
    _leave_everything_behind(either_gateway, database)
    once = order(None, "recover")

    would = either_gateway.recover(once, 30, rehearsed=True)
    assert interventions(database) == []
    did = either_gateway.recover(once, 30)
    again = either_gateway.recover(once, 30)

    assert actions(did) == [
        "lose_run",
        "put_back_chunk",
        "free_lease",
        "free_feed",
        "end_pause",
    ]
    assert [replace(change, made_at=None) for change in did] == list(would)
    assert again == did
    assert len(interventions(database)) == len(did)
    assert {row["actor"] for row in interventions(database)} == {"recover"}


def test_recoveries_at_once_do_everything_once(gateway: Gateway, database: Database) -> None:
    for number in range(1, 21):
        begin(gateway, github_id=number, full_name=f"octo/r{number}")
        claim(gateway)
    age_leases(database, 60)

    def one(_: int) -> int:
        transport = PostgresTransport(database.conninfo)
        made = len(recover(Gateway(transport)))
        transport.close()
        return made

    with ThreadPoolExecutor(4) as pool:
        made = sum(pool.map(one, range(4)))

    assert made == len(interventions(database)) == 40


def _run(database: Database) -> RunBegin:
    job = database.value(
        "insert into progressive_capture_jobs (job_type) values ('x') returning id"
    )
    return RunBegin(str(uuid4()), "progressive-backfill", "host/boot/1", "octo/named", str(job))


def _jobs(database: Database) -> dict[str | None, str]:
    rows = database.rows("select id, status from progressive_capture_jobs")
    return {str(row["id"]): row["status"] for row in rows}


def _leave_everything_behind(gateway: Gateway, database: Database) -> None:
    begin(gateway)
    gateway.begin_run(_run(database))
    claim(gateway)
    claim_source(gateway)
    age_leases(database, 60)
    gateway.track_repository(repository(2, "octo/two"), None)
    gateway.control_repositories(Action.PAUSE, {"minutes": 5}, order(), full_name="octo/two")
    database.rows(
        "update backfill_repositories set pause_ends_at = now() - interval '1 minute'"
        " where paused_at is not null"
    )
    database.rows("delete from backfill_interventions")
