"""GitHub's news of workflow runs, over both transports: in any order, and however often."""

import random
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.db.gateway.runs import observed_row
from contributor_backfill.domain.runs import Counts, Outcome, RunEnd
from contributor_backfill.domain.workflow_runs import Noted
from contributor_backfill.github.actions import read_event
from contributor_backfill.github.faults import GitHubFault
from tests.support.databases import Database
from tests.support.workflow_events import (
    RUN_ID,
    begin,
    encoded,
    ending,
    job_event,
    mutated,
    note,
    record,
    run_event,
    shared_payloads,
)

TABLES = ("backfill_workflow_runs", "backfill_workflow_jobs", "backfill_deliveries")
ROWS = """
    select (select count(*) from backfill_workflow_runs)
      + (select count(*) from backfill_workflow_jobs)
"""
EVENTS = (
    run_event("requested"),
    run_event("in_progress"),
    run_event("completed", "failure"),
    job_event("queued"),
    job_event("in_progress"),
    job_event("completed", "cancelled"),
)


def stored(database: Database) -> list[Any]:
    """Return what is on record of workflow runs, but for when it was noted."""
    return [
        [
            {k: v for k, v in row.items() if k != "noted_at"}
            for row in database.rows(f"select * from {t} order by 1, 2, 3")
        ]
        for t in TABLES
    ]


def workflow_run(database: Database) -> dict[str, Any]:
    (row,) = database.rows("select * from backfill_workflow_runs")
    return row


def some_orders(events: Iterable[Any], most: int) -> list[tuple[Any, ...]]:
    orders = list(permutations(events))
    return random.Random(7).sample(orders, min(most, len(orders)))


def test_an_event_says_how_a_run_stands(either_gateway: Gateway, database: Database) -> None:
    assert note(either_gateway, run_event("completed", "success")) == Noted(1, 0)

    row = workflow_run(database)
    assert (row["workflow_repository"], row["run_id"], row["run_attempt"]) == ("me/site", RUN_ID, 1)
    assert (row["workflow"], row["event"]) == ("progressive-backfill.yml", "schedule")
    assert (row["status"], row["conclusion"]) == ("completed", "success")
    assert (row["completed_at"] - row["started_at"]).total_seconds() == 301
    assert row["url"].endswith(str(RUN_ID))


@pytest.mark.parametrize("order", some_orders(EVENTS, 30))
def test_the_order_of_events_does_not_matter_nor_how_often_they_come(
    gateway: Gateway, database: Database, order: tuple[Any, ...]
) -> None:
    run_id = begin(gateway)

    for event in order:
        note(gateway, event)
        note(gateway, event)

    row = workflow_run(database)
    (job,) = database.rows("select * from backfill_workflow_jobs")
    assert (row["status"], row["conclusion"]) == ("completed", "failure")
    assert (job["status"], job["conclusion"], job["billed_minutes"]) == (
        "completed",
        "cancelled",
        6,
    )
    assert (job["runner"], job["name"]) == ("GitHub Actions 12", "Capture")
    assert ending(database, run_id) == ("lost", "GitHub says cancelled", "github")
    assert record(database, run_id)["billed_minutes"] == 6


@pytest.mark.parametrize("earlier", ["requested", "queued", "waiting", "pending", "in_progress"])
def test_a_status_never_moves_back(gateway: Gateway, database: Database, earlier: str) -> None:
    note(gateway, run_event("completed", "success"))
    before = stored(database)

    note(gateway, run_event(earlier))
    note(gateway, run_event("completed", "failure"))

    assert stored(database) == before


@pytest.mark.parametrize("ended", ["success", None])
def test_what_works_or_is_over_does_not_wait_again(
    gateway: Gateway, database: Database, ended: str | None
) -> None:
    for make in (run_event, job_event):
        note(gateway, make("in_progress"))
        note(gateway, make("queued"))
    working = [row["status"] for t in TABLES[:2] for row in database.rows(f"select * from {t}")]
    for make in (run_event, job_event):
        note(gateway, make("completed", ended))
        note(gateway, make("in_progress"))
    over = [row["status"] for t in TABLES[:2] for row in database.rows(f"select * from {t}")]

    assert (working, over) == (["in_progress"] * 2, ["completed"] * 2)


def test_a_delivery_that_is_sent_again_changes_nothing(
    either_gateway: Gateway, database: Database
) -> None:
    assert note(either_gateway, run_event("in_progress"), "guid-1") == Noted(1, 0)
    before = stored(database)

    again = note(either_gateway, run_event("completed", "success"), "guid-1")

    assert again == Noted(0, 0, is_repeated=True)
    assert stored(database) == before
    assert note(either_gateway, run_event("completed", "success"), "guid-2").stored == 1


def test_old_deliveries_are_forgotten(gateway: Gateway, database: Database) -> None:
    note(gateway, run_event("in_progress"), "guid-1")
    database.rows("update backfill_deliveries set received_at = now() - interval '31 days'")

    note(gateway, run_event("completed", "success"), "guid-2")

    assert database.value("select string_agg(delivery_id, ',') from backfill_deliveries") == (
        "guid-2"
    )


def test_a_run_that_asked_for_approval_may_end_otherwise(
    gateway: Gateway, database: Database
) -> None:
    note(gateway, run_event("completed", "action_required"))
    note(gateway, run_event("in_progress"))
    assert workflow_run(database)["status"] == "completed"

    note(gateway, run_event("completed", "success"))
    note(gateway, run_event("completed", "action_required"))

    assert workflow_run(database)["conclusion"] == "success"


@pytest.mark.parametrize(
    ("changes", "minutes"),
    [
        ({"completed_at": "2026-01-05T07:37:00Z"}, 1),
        ({"completed_at": "2026-01-05T07:36:59Z"}, 1),
        ({"completed_at": "2026-01-05T07:38:00Z"}, 1),
        ({"completed_at": "2026-01-05T07:38:01Z"}, 2),
        ({"completed_at": "2026-01-05T13:37:00Z"}, 360),
        ({"runner_name": None, "conclusion": "cancelled"}, 0),
        ({"runner_name": "", "conclusion": "cancelled"}, 0),
        ({"conclusion": "skipped"}, 0),
        ({"started_at": None}, 0),
    ],
)
def test_a_job_is_billed_by_the_begun_minute_if_it_ran_at_all(
    gateway: Gateway, database: Database, changes: dict[str, Any], minutes: int
) -> None:
    note(gateway, run_event("requested"))
    note(gateway, job_event("completed", **{"conclusion": "success", **changes}))

    assert database.value("select billed_minutes from backfill_workflow_jobs") == minutes


def test_a_workflow_of_somebody_else_is_not_stored_unless_a_run_of_ours_is_in_it(
    either_gateway: Gateway, database: Database
) -> None:
    foreign = run_event("completed", "success", name="CI", path=".github/workflows/ci.yml")

    assert note(either_gateway, foreign, "guid-1") == Noted(0, 0)
    assert stored(database) == [[], [], []]

    run_id = begin(either_gateway)
    assert note(either_gateway, foreign, "guid-1") == Noted(1, 1)
    assert record(database, run_id)["outcome"] == "done"
    # A job's event does not name the file, but the run is known now.
    assert note(either_gateway, job_event("queued", workflow_name="CI")).stored == 1


def test_of_two_events_that_come_at_once_the_second_waits_and_sees_the_first(
    gateway: Gateway, database: Database
) -> None:
    run_id = begin(gateway)
    job = read_event(encoded(job_event("completed", "cancelled"))).observation
    with (
        ThreadPoolExecutor() as pool,
        psycopg.connect(database.conninfo) as connection,
    ):
        # The job's word counts more than the run's, which does not see it before it is committed.
        connection.execute(
            "select backfill_note_workflow_runs_v1(%s)",
            [Jsonb({"runs": [observed_row(job, True)]})],
        )
        second = pool.submit(note, gateway, run_event("completed", "failure"))
        with pytest.raises(TimeoutError):
            second.result(timeout=0.3)
        connection.commit()
        second.result(timeout=120)

    assert ending(database, run_id) == ("lost", "GitHub says cancelled", "github")


@pytest.mark.skipif(not shared_payloads(), reason="GitHub's own examples are not at hand")
def test_githubs_own_examples_end_the_same_in_every_order_and_twice(
    gateway: Gateway, database: Database
) -> None:
    ends = []
    for order in some_orders(shared_payloads(), 20):
        database.empty()
        # Stored for the one reason that a command of ours ran in it.
        known = begin(gateway, repository="octo-org/octo-repo", run_id=289_782_451)
        for file in order + order:
            note(gateway, Path(file).read_bytes())
        ends.append((stored(database), ending(database, known)))

    assert all(end == ends[0] for end in ends)
    assert ends[0][1][0] == "done"
    ((row,), *_) = ends[0][0]
    assert (row["workflow"], row["status"], row["conclusion"]) == (
        "test.yml",
        "completed",
        "success",
    )


def test_a_thousand_damaged_events_store_nothing_or_what_they_say(
    gateway: Gateway, database: Database
) -> None:
    chance = random.Random(20_260_105)
    bodies = [encoded(event) for event in EVENTS]
    foreign = run_event("completed", "success", id=RUN_ID + 1, name="CI", path="ci.yml")
    bodies += [encoded(foreign)] * 3
    bodies += [file.read_bytes() for file in shared_payloads()]
    refused, ignored, taken = 0, 0, 0
    for _ in range(1_000):
        body = mutated(chance.choice(bodies), chance)
        calls, before = gateway.transport.calls, database.value(ROWS) if taken < 50 else None
        try:
            noted = note(gateway, body)
        except GitHubFault as error:
            refused += 1
            message = str(error)
            assert message.endswith(".")
            assert len(message) < 300
            assert message.isprintable()
            assert gateway.transport.calls == calls
        else:
            taken += noted.stored
            ignored += not noted.stored
            if not noted.stored and before is not None:
                assert database.value(ROWS) == before
    assert refused + ignored + taken == 1_000
    assert min(refused, ignored, taken) > 40


STRANGERS = "stranger/site"


@pytest.mark.parametrize(
    "changes",
    [
        {"head_repository": {"id": 8, "full_name": STRANGERS}, "event": "pull_request"},
        {"head_repository": {"id": 8, "full_name": STRANGERS}},
        {"head_repository": None},
        {"event": "pull_request"},
        {"event": "pull_request_target"},
        {"event": "issue_comment"},
        {"event": "push"},
    ],
)
def test_a_run_of_a_fork_or_of_a_pull_request_is_not_stored_nor_its_jobs(
    gateway: Gateway, database: Database, changes: dict[str, Any]
) -> None:
    note(gateway, run_event("requested", **changes))
    note(gateway, job_event("in_progress"))
    note(gateway, run_event("completed", "success", **changes))

    assert database.value(ROWS) == 0


def test_another_repositorys_run_of_the_same_id_touches_nothing_of_ours(
    gateway: Gateway, database: Database
) -> None:
    run_id = begin(gateway)
    note(gateway, run_event("in_progress"))
    note(gateway, job_event("in_progress"))
    before = (stored(database), record(database, run_id))
    theirs = {"id": 9, "full_name": STRANGERS}
    run = run_event(
        "completed", "success", run_attempt=2, repository=theirs, head_repository=theirs
    )

    note(gateway, {**run, "repository": theirs})
    note(gateway, {**job_event("completed", "success", run_attempt=2), "repository": theirs})
    # What is settled anew is settled by what is said of this repository alone.
    note(gateway, run_event("in_progress"))

    ours = [
        [row for row in rows if row.get("workflow_repository") != STRANGERS]
        for rows in stored(database)
    ]
    assert (ours, record(database, run_id)) == before
    assert database.value("select count(*) from backfill_workflow_jobs") == 2


def test_a_run_of_another_repository_with_the_same_id_shares_no_minutes(
    gateway: Gateway, database: Database
) -> None:
    other = begin(gateway, repository=STRANGERS)
    database.rows(
        "update backfill_runs set started_at = now() - interval '3 hours', billed_minutes = 7"
        " where id = %s",
        other,
    )
    ours = begin(gateway)

    gateway.end_run(ours, RunEnd(Outcome.DONE, "finished"), Counts())

    assert record(database, ours)["billed_minutes"] == 1
