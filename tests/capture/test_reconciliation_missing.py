"""Pull requests that are not there, numbers that are none, and rows at odds with themselves."""

from collections.abc import Iterator

import pytest

from contributor_backfill.sandbox import Sandbox, World
from tests.support.captures import REPOSITORY, Rig
from tests.support.databases import Database
from tests.support.reconciling import (
    SMALL,
    drift,
    findings,
    is_complete,
    points,
    queue,
    reconcile,
)
from tests.support.truth import differences


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(World.of([SMALL])) as sandbox:
        yield sandbox


@pytest.fixture
def stored(work: Rig) -> Rig:
    """A repository that is stored whole, just now: no sync is due."""
    assert not work.run().failed
    assert not work.serve().failed
    return work


def issues(sandbox: Sandbox) -> set[int]:
    """Return the numbers below the highest that no pull request has."""
    numbers = {line["number"] for line in sandbox.export(REPOSITORY)}
    return set(range(1, max(numbers))) - numbers


@pytest.mark.parametrize("connection", ["reviews", "comments", "review_comments"])
@pytest.mark.parametrize("sample", [None, 100])
def test_a_missing_pull_request_is_found_and_captured_with_all_that_hangs_on_it(
    sample: int | None, connection: str, stored: Rig, database: Database
) -> None:
    number = stored.longest(connection)["number"]
    database.rows("delete from pull_requests where number = %s", number)
    assert not is_complete(stored)

    reconcile(stored, sample=sample)

    assert findings(stored) == {("pull_requests", number)}
    assert drift(stored).findings[0].reason == "it is not stored"
    assert queue(stored) == (1, 0)
    assert not stored.serve().failed
    assert differences(database, stored.sandbox.export(REPOSITORY), whole=True) == []
    assert is_complete(stored)


def test_many_missing_pull_requests_are_captured_many_at_a_time(
    stored: Rig, database: Database
) -> None:
    database.rows("delete from pull_requests where number % 3 = 0")
    missing = 150 - database.value("select count(*) from pull_requests")

    reconcile(stored)
    queued = queue(stored)
    report = stored.serve()

    assert queued == (missing, 0)
    assert points(report) <= missing // 20 + 8
    assert differences(database, stored.sandbox.export(REPOSITORY), whole=True) == []
    assert is_complete(stored)


def test_a_whole_comparison_knows_every_number_and_asks_about_none(
    stored: Rig, database: Database
) -> None:
    reconcile(stored)

    assert database.value("select count(*) from backfill_numbers") == 0


def test_numbers_that_are_issues_are_asked_about_once_and_remembered(
    stored: Rig, sandbox: Sandbox, database: Database
) -> None:
    noted = "select number, meaning, noted_at from backfill_numbers order by number"

    reconcile(stored, sample=100)
    remembered = database.rows(noted)
    second = reconcile(stored, sample=100)

    assert {row["number"] for row in remembered} == issues(sandbox)
    assert {row["meaning"] for row in remembered} == {"issue"}
    assert database.rows(noted) == remembered
    assert points(second) <= 3
    assert findings(stored) == set()
    assert is_complete(stored)


def test_a_number_between_that_is_nothing_any_more_is_remembered_as_gone(
    work: Rig, database: Database
) -> None:
    number = work.longest("reviews", 5)["number"]
    work.change("delete_pull_request", number=number)
    work.run()
    work.serve()

    reconcile(work, sample=100)

    gone = database.rows("select number from backfill_numbers where meaning = 'gone'")
    assert gone == [{"number": number}]
    assert findings(work) == set()
    assert is_complete(work)


def test_what_is_queued_and_no_pull_request_is_not_asked_for_again(
    stored: Rig, sandbox: Sandbox, database: Database
) -> None:
    number = stored.longest("reviews", 5)["number"]
    database.rows("delete from pull_requests where number = %s", number)
    reconcile(stored)
    queue(stored)
    stored.change("delete_pull_request", number=number)
    stored.serve()
    asked = sandbox.counters()["requests"]

    report = stored.serve()

    assert report.turns == ()
    assert sandbox.counters()["requests"] == asked
    reconcile(stored)
    assert findings(stored) == set()
    assert is_complete(stored)


def test_a_merged_pull_request_without_its_moment_is_found_and_mended(
    stored: Rig, database: Database
) -> None:
    number = database.value("select max(number) from pull_requests where merged")
    database.rows("update pull_requests set merged_at = null where number = %s", number)

    reconcile(stored)

    assert findings(stored) == {("pull_requests", number)}
    assert drift(stored).findings[0].reason == "it is merged, and nobody knows when"
    queue(stored)
    stored.serve()
    assert findings(stored) == set()
    assert differences(database, stored.sandbox.export(REPOSITORY), whole=True) == []


def test_a_review_without_its_reviewer_is_found_and_mended(stored: Rig, database: Database) -> None:
    number = stored.longest("reviews", 4)["number"]
    database.rows(
        """
        update reviews set reviewer_id = null where pull_request_id = (
          select id from pull_requests where number = %s)
        """,
        number,
    )

    reconcile(stored)

    assert findings(stored) == {("reviews", number)}
    assert queue(stored) == (0, 1), "one list, however many of its reviews"
    stored.serve()
    assert findings(stored) == set()
    assert differences(database, stored.sandbox.export(REPOSITORY), whole=True) == []


def test_a_reply_without_its_parent_is_found_and_mended(stored: Rig, database: Database) -> None:
    number = database.value("""
        with parent as (
          select o.* from comments o
          where o.id = (select min(c.in_reply_to_id::text)::uuid from comments c)),
        waiting as (
          insert into backfill_replies (comment_id, repository_id, parent_github_id)
          select c.id, c.repository_id, parent.github_id from comments c, parent
          where c.in_reply_to_id = parent.id),
        parted as (
          update comments c set in_reply_to_id = null from parent
          where c.in_reply_to_id = parent.id)
        select p.number from parent join pull_requests p on p.id = parent.pull_request_id
    """)
    database.rows("""
        delete from comments c using backfill_replies r where c.github_id = r.parent_github_id
    """)

    reconcile(stored)

    assert findings(stored) == {("review_comments", number)}
    assert "a reply has no parent" in {finding.reason for finding in drift(stored).findings}
    queue(stored)
    stored.serve()
    assert findings(stored) == set()
    assert differences(database, stored.sandbox.export(REPOSITORY), whole=True) == []
