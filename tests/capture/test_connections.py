"""Lists inside pull requests are read to their end, whatever happens to them meanwhile."""

from collections.abc import Iterator

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.bounds import Stop
from contributor_backfill.domain.sources import SourceName, Wanted
from contributor_backfill.sandbox import ListSizes, RepositoryOptions, Sandbox, World
from tests.support.captures import REPOSITORY, Rig, rig, tracked
from tests.support.databases import Database
from tests.support.truth import differences

LISTS = Wanted((SourceName.CONNECTIONS,))
LONG = ListSizes(2.0, tails=(101, 250, 1_200))
RETRY_NOW = "update backfill_continuations set next_attempt_at = now()"


def test_lists_of_any_length_are_read_to_their_end(
    either_gateway: Gateway, database: Database
) -> None:
    world = World.of([RepositoryOptions(reviews=LONG, comments=LONG, review_comments=LONG)])
    with Sandbox(world) as sandbox:
        work = rig(sandbox, either_gateway)
        work.track()
        work.run()

        report = work.serve()

        assert report.stop is Stop.IDLE
        assert not report.failed
        assert differences(database, sandbox.export(REPOSITORY), whole=True) == []


MANY = RepositoryOptions(
    pull_requests=120,
    reviews=ListSizes.exactly(101),
    comments=ListSizes.exactly(0),
    oddity_every=0,
)


def test_many_lists_are_read_with_few_queries(gateway: Gateway, database: Database) -> None:
    with tracked(gateway, MANY) as work:
        work.run()

        (turn,) = work.serve(LISTS).turns

        assert turn.lists == 120
        assert turn.points <= 5
        assert database.value("select count(*) from reviews") == 120 * 101


def test_what_is_interrupted_goes_on_from_its_cursor(backfilled: Rig, database: Database) -> None:
    first = backfilled.serve(LISTS, steps=3)

    assert first.stop is Stop.CHUNKS
    (left,) = database.rows("select * from backfill_continuations")
    assert len(left["seen_ids"]) == 400
    (turn,) = backfilled.serve(LISTS).turns
    assert turn.rows == 1_200 - 400
    assert backfilled.serve(LISTS).stop is Stop.IDLE


def test_a_list_that_grows_while_it_is_read_is_read_to_its_new_end(
    backfilled: Rig, database: Database
) -> None:
    number = backfilled.longest("comments")["number"]
    backfilled.serve(LISTS, steps=3)
    for _ in range(120):
        backfilled.change("add_comment", number=number)

    backfilled.serve(LISTS)

    assert stored(database, number) == {"comments_stored": 1_320, "comments_total": 1_320}


def test_a_list_that_shrinks_while_it_is_read_is_read_again_a_minute_later(
    backfilled: Rig, database: Database
) -> None:
    line = backfilled.longest("comments")
    backfilled.serve(LISTS, steps=3)
    deleted = line["comments"][7]["full_database_id"]
    backfilled.change("delete_comment", number=line["number"], full_database_id=deleted)

    backfilled.serve(LISTS)

    (left,) = database.rows(
        "select *, next_attempt_at > now() as later from backfill_continuations"
    )
    assert (left["cursor"], left["seen_ids"], left["attempts"]) == (None, [], 1)
    assert left["later"]
    assert left["reason"] == "GitHub counts 1199 and gave 1200"
    database.rows(RETRY_NOW)
    backfilled.serve(LISTS)
    assert stored(database, line["number"]) == {"comments_stored": 1_199, "comments_total": 1_199}
    assert database.rows("select kind, github_id from backfill_deletions") == [
        {"kind": "comments", "github_id": deleted}
    ]


def test_lists_that_are_too_much_at_once_are_asked_for_by_fewer(
    gateway: Gateway, database: Database
) -> None:
    with tracked(gateway, MANY) as work:
        work.run()
        work.sandbox.add_fault(
            {"kind": "gateway_timeout", "when": {"operation": "Lists"}, "times": 3}
        )

        report = work.serve(LISTS, steps=1)

        assert report.turns[0].requests == 4
        (size,) = database.rows("select * from backfill_page_sizes where query = 'lists'")
        assert (size["page_size"], size["failed_size"]) == (20, 10)
        work.serve(LISTS)
        assert database.value("select count(*) from reviews") == 120 * 101


def test_a_list_that_github_cannot_give_is_put_off_and_the_others_are_read(
    backfilled: Rig, sandbox: Sandbox, database: Database
) -> None:
    number = backfilled.longest("reviews")["number"]
    sandbox.add_fault({"kind": "poison", "when": {"operation": "Lists", "number": number}})

    report = backfilled.serve(LISTS)

    assert not report.failed
    left = database.rows(
        "select c.*, b.number from backfill_continuations c join"
        " backfill_pull_requests b using (pull_request_id)"
    )
    assert {row["number"] for row in left} == {number}
    assert all("cut the query off" in row["reason"] and row["attempts"] == 1 for row in left)
    sandbox.clear_faults()
    database.rows(RETRY_NOW)
    backfilled.serve()
    assert differences(database, sandbox.export(REPOSITORY), whole=True) == []


def test_the_lists_of_a_pull_request_that_is_gone_are_no_longer_asked_for(
    backfilled: Rig, sandbox: Sandbox, database: Database
) -> None:
    line = backfilled.longest("comments")
    backfilled.change("delete_pull_request", number=line["number"])

    report = backfilled.serve()

    assert not report.failed
    assert database.rows("select kind, github_id from backfill_deletions") == [
        {"kind": "pull_requests", "github_id": line["full_database_id"]}
    ]
    assert differences(database, sandbox.export(REPOSITORY), whole=True) == []


@pytest.fixture
def with_labels(database: Database) -> Iterator[Database]:
    """A database that keeps the labels of pull requests, as contributor.info's may."""
    database.rows("alter table pull_requests add column labels jsonb")
    yield database
    database.rows("alter table pull_requests drop column labels")


@pytest.mark.parametrize("cursor", ["after the hundredth", None])
def test_labels_that_did_not_fit_keep_nothing_else_from_being_read(
    cursor: str | None, with_labels: Database, work: Rig, sandbox: Sandbox
) -> None:
    work.run()
    number = work.longest("review_comments")["number"]
    with_labels.rows(
        """
        insert into backfill_continuations (pull_request_id, repository_id, connection, cursor)
        select pull_request_id, repository_id, 'labels', %s from backfill_pull_requests
        where number = %s
        """,
        cursor,
        number,
    )

    assert not work.serve().failed

    with_labels.rows("delete from backfill_continuations where connection = 'labels'")
    assert differences(with_labels, sandbox.export(REPOSITORY), whole=True) == []


def stored(database: Database, number: int) -> dict[str, int]:
    (row,) = database.rows(
        "select comments_stored, comments_total from backfill_pull_requests where number = %s",
        number,
    )
    return row
