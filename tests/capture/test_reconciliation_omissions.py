"""Items that GitHub left out of a wide query without a word are found, and mended."""

from collections.abc import Iterator

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.bounds import Stop
from contributor_backfill.sandbox import Sandbox, World
from tests.support.captures import REPOSITORY, Rig, rig
from tests.support.databases import Database
from tests.support.reconciling import (
    SMALL,
    drift,
    findings,
    is_complete,
    points,
    queue,
    reconcile,
    short_lists,
)
from tests.support.truth import differences

WIDE = ("PullRequestsPage", "PullRequestsByNumber", "Lists")
"""The queries that capture. Those that compare ask for nothing else."""


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(World.of([SMALL])) as sandbox:
        yield sandbox


def captured_with_omissions(
    work: Rig, *, items: int = 1, by: tuple[str, ...] = WIDE, **when: int
) -> None:
    """Capture while GitHub leaves out the last items of lists, and does not count them either."""
    for operation in by:
        condition = {"operation": operation, **when}
        work.sandbox.add_fault({"kind": "omit_nested", "when": condition, "nodes": items})
    assert not work.run().failed
    assert not work.serve().failed
    assert work.sandbox.counters()["faults"]["omit_nested"] > 0
    work.sandbox.clear_faults()


@pytest.mark.parametrize("items", [1, 3, 100])
def test_every_list_that_was_shortened_is_found_and_no_other(
    items: int, work: Rig, database: Database
) -> None:
    captured_with_omissions(work, items=items)
    missing = short_lists(work, database)
    assert {kind for kind, _ in missing} == {"reviews", "comments"}

    report = reconcile(work)

    assert report.turns[0].stop is Stop.COMPLETED
    assert findings(work) == missing
    assert drift(work).counts == {
        kind: sum(missed == kind for missed, _ in missing) for kind in ("reviews", "comments")
    }
    assert not is_complete(work)


def test_a_repair_queues_what_is_missing_and_one_run_mends_it(
    either_gateway: Gateway, sandbox: Sandbox, database: Database
) -> None:
    work = rig(sandbox, either_gateway)
    work.track()
    captured_with_omissions(work, items=2)
    missing = short_lists(work, database)
    reconcile(work)

    queued = queue(work)
    report = work.serve()

    assert queued == (0, len(missing))
    assert not report.failed
    assert points(report) <= 2 + len(missing) // 10, "lists are asked for many at a time"
    assert differences(database, sandbox.export(REPOSITORY), whole=True) == []
    assert is_complete(work)
    reconcile(work)
    assert findings(work) == set()


def test_one_pull_request_among_many_is_found(work: Rig, database: Database) -> None:
    number = work.longest("comments", 4)["number"]
    captured_with_omissions(work, number=number)

    reconcile(work)

    assert findings(work) == short_lists(work, database)
    assert {found for _, found in findings(work)} == {number}
    queue(work)
    work.serve()
    assert differences(database, work.sandbox.export(REPOSITORY), whole=True) == []


def test_comments_that_the_backfill_left_out_are_noticed_by_the_sources_themselves(
    work: Rig, database: Database
) -> None:
    """GitHub's total of all comments is none of the lists' own."""
    captured_with_omissions(work, by=("PullRequestsPage",))

    assert {kind for kind, _ in short_lists(work, database)} == {"reviews"}
    reconcile(work)
    assert findings(work) == short_lists(work, database)


def test_a_sample_of_all_finds_as_much_as_the_whole(work: Rig, database: Database) -> None:
    captured_with_omissions(work)
    missing = short_lists(work, database)

    reconcile(work, sample=1_000)

    assert findings(work) == missing


def test_a_sample_finds_its_share(work: Rig, database: Database) -> None:
    captured_with_omissions(work)

    reconcile(work, sample=40)

    found = findings(work)
    assert found
    assert found < short_lists(work, database)


def test_what_is_left_out_of_the_repair_is_not_taken_for_whole(
    work: Rig, sandbox: Sandbox, database: Database
) -> None:
    number = work.longest("comments", 4)["number"]
    captured_with_omissions(work, number=number)
    reconcile(work)
    queue(work)
    sandbox.add_fault({"kind": "omit_nested", "when": {"operation": "Lists"}})
    work.serve()
    sandbox.clear_faults()

    reconcile(work)

    assert findings(work) == short_lists(work, database) != set()
    queue(work)
    work.serve()
    assert differences(database, sandbox.export(REPOSITORY), whole=True) == []


def test_rows_that_vanished_from_the_database_are_found_as_well(
    work: Rig, database: Database
) -> None:
    work.run()
    work.serve()
    for table in ("reviews", "comments"):
        database.rows(f"""
            delete from {table} where id in (
              select id from {table} order by github_id desc limit 40)
        """)
    missing = short_lists(work, database)

    reconcile(work)

    assert findings(work) == missing
    queue(work)
    work.serve()
    assert differences(database, work.sandbox.export(REPOSITORY), whole=True) == []


def test_a_shortened_pull_request_that_changed_since_is_asked_about_once(
    work: Rig, sandbox: Sandbox
) -> None:
    number = work.longest("comments", 4)["number"]
    captured_with_omissions(work, number=number)
    sandbox.clock.advance(60)
    work.change("add_comment", number=number)

    report = reconcile(work, minutes=0.05)

    assert report.turns[0].stop is Stop.COMPLETED
    assert points(report) <= 5
    assert findings(work) == set(), "the next sync brings it"
