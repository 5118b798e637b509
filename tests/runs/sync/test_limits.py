"""`sync-runs` where GitHub is not to be asked: what it may not see, limits, time, faults."""

from typing import Any

import pytest

from contributor_backfill.domain.workflow_runs import Remainder
from contributor_backfill.github.faults import Forbidden, Gone
from tests.support.captures import Rig
from tests.support.databases import Database
from tests.support.run_syncs import OTHER, Sync, add_run, begin_in, end_on_github
from tests.support.workflow_events import (
    REPOSITORY,
    begin,
    fall_silent,
    note,
    record,
    run_event,
)


def test_a_repository_that_the_token_does_not_see_does_not_make_its_runs_gone(
    work: Rig, sync: Sync, database: Database
) -> None:
    run = add_run(work, repository=OTHER)
    run_id = begin_in(work, run, repository=OTHER)
    seen = note_elsewhere(work, run)
    work.sandbox.change("set_access", repository=OTHER, access="private")

    report = sync()

    assert (report.hidden, report.fault) == ((OTHER,), None)
    assert record(database, run_id)["outcome"] == "running"
    assert report.remainder == Remainder(0, 1, 0)
    fall_silent(database, run_id)
    report = sync()
    assert report.remainder == Remainder(1, 0, 1)
    work.sandbox.change("set_access", repository=OTHER, access="open")
    assert seen
    assert sync().remainder == Remainder(0, 1, 0)


def note_elsewhere(work: Rig, run: dict[str, Any]) -> bool:
    event = run_event("in_progress", id=run["run_id"])
    event["repository"]["full_name"] = OTHER
    return note(work.gateway, event).stored == 1


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"change": "take_permission", "permission": "actions", "level": "read"}, Forbidden),
        ({"change": "set_access", "repository": REPOSITORY, "access": "private"}, Gone),
    ],
)
def test_without_permission_only_silence_settles_and_the_permission_is_named(
    work: Rig, sync: Sync, database: Database, change: dict[str, Any], kind: type[Exception]
) -> None:
    silent, alive = begin(work.gateway), begin(work.gateway, run_id=18)
    fall_silent(database, silent)
    work.sandbox.change(**change)

    report = sync()

    assert isinstance(report.fault, kind)
    assert "actions: read" in str(report.fault)
    assert (report.settled, report.remainder) == (1, Remainder(1, 1, 0))
    assert record(database, alive)["outcome"] == "running"


def test_a_spent_hour_leaves_the_rest_to_the_next_sync(
    work: Rig, sync: Sync, database: Database
) -> None:
    runs = [add_run(work) for _ in range(5)]
    ids = [begin_in(work, run) for run in runs]
    for run in runs:
        end_on_github(work, run, "failure")
    # The list says that they are over; what is asked of each is which of its jobs failed.
    spend(work, leaving=52)

    report = sync()

    assert report.deferral is not None
    assert "kept for others" in report.deferral.reason
    assert report.unasked == 5
    assert {record(database, run_id)["outcome"] for run_id in ids} == {"failed"}
    work.clock.sleep(3_700)
    assert sync().unasked == 0


def spend(work: Rig, leaving: int) -> None:
    client = work.client()
    while True:
        answer = client.get(f"/repos/{REPOSITORY}/actions/runs", {"per_page": 1})
        if answer.rate_limit is None or answer.rate_limit.remaining <= leaving:
            return


def test_a_sync_ends_in_time(work: Rig, sync: Sync) -> None:
    begin_in(work, add_run(work))

    report = sync(minutes=0)

    assert report.deferral is not None
    assert report.deferral.reason == "the time limit is reached"
    assert (report.unasked, report.remainder) == (1, Remainder(0, 1, 0))


def test_one_that_was_not_asked_about_is_unknown_and_says_so(work: Rig, sync: Sync) -> None:
    add_run(work)
    sync()

    assert sync(minutes=0).remainder == Remainder(0, 0, 1)


def test_a_limit_that_lasts_defers_the_sync_and_silence_is_settled(
    work: Rig, sync: Sync, database: Database
) -> None:
    silent = begin_in(work, add_run(work))
    fall_silent(database, silent)
    work.sandbox.add_fault({"kind": "rest_rate_limited", "when": {"rest_path": "/actions/runs"}})

    report = sync()

    assert report.deferral is not None
    assert "limit" in report.deferral.reason
    assert (report.settled, report.remainder) == (1, Remainder(1, 0, 0))


def test_faults_that_pass_do_not_end_a_sync(work: Rig, sync: Sync, database: Database) -> None:
    run = add_run(work)
    killed = begin_in(work, run)
    end_on_github(work, run, "success")
    for kind in ("service_unavailable", "secondary_403_retry_after", "truncated_json"):
        work.sandbox.add_fault({"kind": kind, "when": {"rest_path": "/actions/runs"}, "times": 1})

    report = sync()

    assert (report.settled, report.fault) == (1, None)
    assert record(database, killed)["outcome"] == "done"
