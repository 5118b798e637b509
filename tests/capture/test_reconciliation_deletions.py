"""Rows deleted on GitHub stay stored, are marked, and are no drift for ever."""

from collections.abc import Iterator
from typing import Any

import pytest

from contributor_backfill.domain.bounds import Stop
from contributor_backfill.domain.sources import Connection, SourceName, Wanted
from contributor_backfill.sandbox import Sandbox, World
from tests.support.captures import REPOSITORY, SYNC, Rig
from tests.support.databases import Database
from tests.support.reconciling import (
    SMALL,
    findings,
    is_complete,
    points,
    queue,
    reconcile,
    repository_id,
)
from tests.support.truth import differences


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(World.of([SMALL])) as sandbox:
        yield sandbox


def marked(database: Database) -> set[tuple[str, int]]:
    rows = database.rows("select kind, github_id from backfill_deletions")
    return {(row["kind"], row["github_id"]) for row in rows}


def assert_settled(work: Rig, database: Database) -> None:
    """Nothing is missing, now and the next time, and the rest equals the source."""
    assert findings(work) == set()
    assert is_complete(work)
    assert differences(database, work.sandbox.export(REPOSITORY), whole=True) == []
    reconcile(work)
    assert findings(work) == set()
    assert is_complete(work)


def test_deleted_pull_requests_are_marked_by_a_full_reconciliation(
    kept: Rig, sandbox: Sandbox, database: Database
) -> None:
    lines = list(sandbox.export(REPOSITORY))
    gone = [lines[0], lines[70], kept.longest("comments"), lines[-1]]
    for line in gone:
        kept.change("delete_pull_request", number=line["number"])

    report = reconcile(kept)

    assert report.turns[0].stop is Stop.COMPLETED
    assert points(report) <= 3
    assert marked(database) == {("pull_requests", line["full_database_id"]) for line in gone}
    assert database.value("select count(*) from pull_requests") == len(lines)
    assert_settled(kept, database)


def test_of_a_pull_request_that_is_gone_nothing_is_in_doubt_and_nothing_is_to_be_read(
    kept: Rig, database: Database
) -> None:
    """Each commit of a reconciliation leaves it so, also the last one before a run is killed."""
    line = kept.longest("comments")
    doubted = _last(line["comments"])
    database.rows(
        """
        insert into backfill_doubts (repository_id, pull_request_id, kind, github_id)
        select repository_id, pull_request_id, 'comments', github_id
        from comments where github_id = %s
        """,
        doubted,
    )
    database.rows(
        """
        insert into backfill_continuations (pull_request_id, repository_id, connection)
        select pull_request_id, repository_id, 'comments' from comments where github_id = %s
        """,
        doubted,
    )
    kept.change("delete_pull_request", number=line["number"])

    kept.gateway.note_gone(repository_id(kept.gateway), numbers=[line["number"]])
    left = database.value(
        """
        select (select count(*) from backfill_doubts)
          + (select count(*) from backfill_continuations)
        """
    )
    reconcile(kept)

    assert left == 0
    assert marked(database) == {("pull_requests", line["full_database_id"])}
    assert_settled(kept, database)


def test_a_sample_marks_those_that_it_drew(kept: Rig, database: Database) -> None:
    line = kept.longest("reviews", 3)
    kept.change("delete_pull_request", number=line["number"])

    reconcile(kept, sample=1_000)
    kept.serve(Wanted((SourceName.CONNECTIONS,)))

    assert marked(database) == {("pull_requests", line["full_database_id"])}
    assert_settled(kept, database)


def test_a_pull_request_that_was_deleted_after_a_sample_is_noticed_as_well(
    kept: Rig, database: Database
) -> None:
    line = kept.longest("reviews", 3)
    reconcile(kept, sample=1_000)
    kept.change("delete_pull_request", number=line["number"])

    reconcile(kept)

    assert marked(database) == {("pull_requests", line["full_database_id"])}


def test_a_shortened_pull_request_that_is_deleted_is_not_asked_about_for_ever(
    work: Rig, sandbox: Sandbox, database: Database
) -> None:
    line = work.longest("comments", 4)
    when = {"operation": "PullRequestsPage", "number": line["number"]}
    sandbox.add_fault({"kind": "omit_nested", "when": when})
    work.run()
    work.serve()
    sandbox.clear_faults()
    reconcile(work, steps=2)  # the list is read, nothing is asked yet
    work.change("delete_pull_request", number=line["number"])

    report = reconcile(work, minutes=0.05)

    assert report.turns[0].stop is Stop.COMPLETED
    assert points(report) <= 5
    reconcile(work)
    assert marked(database) == {("pull_requests", line["full_database_id"])}
    assert_settled(work, database)


def test_a_deleted_comment_on_the_diff_is_marked_though_its_pull_request_was_not_touched(
    kept: Rig, database: Database
) -> None:
    line = kept.longest("review_comments", 2)
    gone = _last(line["review_comments"])
    kept.change("delete_review_comment", number=line["number"], full_database_id=gone)

    reconcile(kept)
    found = findings(kept)
    queued = queue(kept)
    kept.serve()

    assert found == {("review_comments", line["number"])}
    assert queued == (0, 1)
    assert marked(database) == {("review_comments", gone)}
    assert_settled(kept, database)


@pytest.mark.parametrize(
    ("kind", "change"), [("reviews", "delete_review"), ("comments", "delete_comment")]
)
def test_a_deleted_item_of_a_list_is_marked_once_a_sync_noticed(
    kind: str, change: str, kept: Rig, database: Database
) -> None:
    line = kept.longest(kind, 3)
    gone = _last(line[kind])
    kept.change(change, number=line["number"], full_database_id=gone)

    reconcile(kept)
    before_sync = findings(kept)
    kept.serve(SYNC)

    assert before_sync == set(), "the next sync brings it"
    assert (kind, gone) in marked(database)
    reconcile(kept)
    queue(kept)
    kept.serve()
    assert_settled(kept, database)


def test_a_review_takes_its_comments_on_the_diff_with_it(kept: Rig, database: Database) -> None:
    line = kept.longest("review_comments")
    review = line["review_comments"][0]["review_full_database_id"]
    hung = [
        review_comment["full_database_id"]
        for review_comment in line["review_comments"]
        if review_comment["review_full_database_id"] == review
    ]
    kept.change("delete_review", number=line["number"], full_database_id=review)
    kept.serve(SYNC)

    reconcile(kept)
    queue(kept)
    kept.serve()

    assert len(hung) > 1
    assert marked(database) == {
        ("reviews", review),
        *(("review_comments", github_id) for github_id in hung),
    }
    assert_settled(kept, database)


def test_a_reply_to_what_was_deleted_before_the_capture_lacks_nothing(
    work: Rig, sandbox: Sandbox, database: Database
) -> None:
    answers = [
        (line["number"], comment["reply_to_full_database_id"])
        for line in sandbox.export(REPOSITORY)
        for comment in line["review_comments"]
        if comment["reply_to_full_database_id"]
    ][::40]
    for number, parent in answers:
        work.change("delete_review_comment", number=number, full_database_id=parent)
    work.run()
    work.serve()

    reconcile(work)

    waiting = database.rows("select parent_github_id, parent_is_gone from backfill_replies")
    assert {row["parent_github_id"] for row in waiting} == {parent for _, parent in answers}
    assert all(row["parent_is_gone"] for row in waiting)
    asked = sandbox.counters()["rest_requests"]
    assert_settled(work, database)
    assert sandbox.counters()["rest_requests"] == asked, "it is asked about once"


def test_a_comment_that_is_deleted_while_its_list_is_read_pushes_no_other_out(
    kept: Rig, database: Database
) -> None:
    line = kept.longest("review_comments")
    assert len(line["review_comments"]) > 100
    lists = Wanted((SourceName.CONNECTIONS,), numbers=(line["number"],), forced=True)
    kept.gateway.want_connections(
        lists.numbers, (Connection.REVIEW_COMMENTS,), "", full_name=REPOSITORY
    )
    kept.serve(lists, steps=1)
    gone = line["review_comments"][5]["full_database_id"]
    kept.change("delete_review_comment", number=line["number"], full_database_id=gone)
    kept.serve(lists)

    reconcile(kept)
    queue(kept)
    kept.serve()

    assert marked(database) == {("review_comments", gone)}
    assert_settled(kept, database)


def test_what_comes_back_is_no_longer_marked(kept: Rig, database: Database) -> None:
    """GitHub hid it, for a while: an account that was suspended, for one."""
    line = kept.longest("reviews", 3)
    database.rows(
        """
        insert into backfill_deletions (pull_request_id, kind, github_id)
        select id, 'pull_requests', github_id from pull_requests where number = %s
        """,
        line["number"],
    )

    reconcile(kept)

    assert marked(database) == set()
    assert_settled(kept, database)


def _last(items: list[dict[str, Any]]) -> int:
    return int(items[-1]["full_database_id"])
