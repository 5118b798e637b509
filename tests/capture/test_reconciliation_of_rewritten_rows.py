"""Somebody else deletes a repository's rows and inserts them anew between two of our calls."""

from collections.abc import Callable, Iterator

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.db.postgres import PostgresTransport
from contributor_backfill.db.transport import Transport
from contributor_backfill.domain.bounds import Stop
from contributor_backfill.domain.errors import NotFound
from contributor_backfill.sandbox import Sandbox, World
from tests.support.captures import REPOSITORY, SYNC, Rig, rig
from tests.support.databases import Database
from tests.support.reconciling import SMALL, findings, is_complete, queue, reconcile
from tests.support.reconciling_writer import CHILDREN, Between, SecondWriter
from tests.support.truth import differences

Call = tuple[str, int]
Interrupted = Callable[[Call, Callable[[], None]], tuple[Rig, Between]]
COMMIT = "backfill_commit_v1"
WALKING = [("backfill_commit_v1", place) for place in (1, 2, 4)]
FEEDING = [("backfill_numbers_not_stored_v1", 2), *((COMMIT, place) for place in (1, 3, 5))]
BETWEEN_FEEDS = ("backfill_claim_v1", 2)
COMPARING = [(COMMIT, 1), ("backfill_next_questions_v1", 1)]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(World.of([SMALL])) as sandbox:
        yield sandbox


@pytest.fixture
def writer(database: Database) -> SecondWriter:
    return SecondWriter(database)


@pytest.fixture
def interrupted(
    sandbox: Sandbox, database: Database, open_gateway: Callable[[Transport], Gateway]
) -> Interrupted:
    """Open a rig on whose database something happens before a certain call."""

    def opening(call: Call, happens: Callable[[], None]) -> tuple[Rig, Between]:
        between = Between(PostgresTransport(database.conninfo), *call, happens)
        return rig(sandbox, open_gateway(between)), between

    return opening


def assert_mended(work: Rig, database: Database) -> None:
    """One run, one comparison and one more run later the rows are the source's again."""
    assert_nothing_is_doubled(database)
    work.track(backfill=None)
    work.run()
    work.feeds(SYNC)
    reconcile(work)
    queue(work)
    work.run()
    work.feeds()
    assert differences(database, work.sandbox.export(REPOSITORY), whole=True) == []
    assert is_complete(work)
    reconcile(work)
    assert findings(work) == set()
    assert_nothing_is_doubled(database)


def assert_nothing_is_doubled(database: Database) -> None:
    for table in CHILDREN:
        key = "repository_id, number" if table == "pull_requests" else "github_id"
        doubled = database.rows(f"select {key} from {table} group by {key} having count(*) > 1")
        assert doubled == []


@pytest.mark.parametrize("call", WALKING)
def test_rows_rewritten_in_the_middle_of_a_walk(
    call: Call, work: Rig, interrupted: Interrupted, writer: SecondWriter, database: Database
) -> None:
    mine, between = interrupted(call, writer.rewrite)

    report = mine.run(chunk_size=20)

    assert between.happened
    assert (report.stop, report.failed) == (Stop.COMPLETED, False)
    assert database.value("select count(*) from pull_requests") == 150
    assert_mended(work, database)


@pytest.mark.parametrize("call", [BETWEEN_FEEDS, *FEEDING])
def test_rows_rewritten_in_the_middle_of_the_feeds(
    call: Call, work: Rig, interrupted: Interrupted, writer: SecondWriter, database: Database
) -> None:
    work.run()
    mine, between = interrupted(call, writer.rewrite)

    report = mine.feeds()

    assert between.happened
    assert not report.failed
    assert_mended(work, database)


@pytest.mark.parametrize("call", [BETWEEN_FEEDS, *FEEDING])
def test_rows_deleted_in_the_middle_of_the_feeds_and_inserted_after_the_run(
    call: Call, work: Rig, interrupted: Interrupted, writer: SecondWriter, database: Database
) -> None:
    work.run()
    mine, between = interrupted(call, writer.delete)

    mine.feeds()
    writer.insert()

    assert between.happened
    assert_mended(work, database)


@pytest.mark.parametrize("call", COMPARING)
def test_rows_rewritten_in_the_middle_of_a_comparison(
    call: Call, work: Rig, interrupted: Interrupted, writer: SecondWriter, database: Database
) -> None:
    work.run()
    work.feeds()
    mine, between = interrupted(call, writer.rewrite)

    report = reconcile(mine)

    assert between.happened
    assert report.turns[0].stop is Stop.COMPLETED
    assert_mended(work, database)


@pytest.mark.parametrize("call", WALKING)
def test_a_repository_rewritten_in_the_middle_of_its_walk(
    call: Call, work: Rig, interrupted: Interrupted, writer: SecondWriter, database: Database
) -> None:
    mine, between = interrupted(call, writer.rewrite_repository)

    report = mine.run(chunk_size=20)

    assert between.happened
    assert report.turns[-1].stop is Stop.LEASE
    assert_mended(work, database)


@pytest.mark.parametrize("call", FEEDING)
def test_a_repository_rewritten_in_the_middle_of_its_feeds(
    call: Call, work: Rig, interrupted: Interrupted, writer: SecondWriter, database: Database
) -> None:
    work.run()
    mine, between = interrupted(call, writer.rewrite_repository)

    report = mine.feeds()

    assert between.happened
    assert report.turns[-1].stop is Stop.LEASE
    assert_mended(work, database)


@pytest.mark.parametrize("call", COMPARING)
def test_a_repository_rewritten_in_the_middle_of_a_comparison(
    call: Call, work: Rig, interrupted: Interrupted, writer: SecondWriter, database: Database
) -> None:
    work.run()
    work.feeds()
    mine, between = interrupted(call, writer.rewrite_repository)

    report = reconcile(mine)

    assert between.happened
    assert report.turns[-1].stop is Stop.LEASE
    assert_mended(work, database)


def test_threads_that_a_second_writer_knows_nothing_of_are_linked_again(
    work: Rig, database: Database
) -> None:
    work.run()
    work.feeds()
    SecondWriter(database, knows_threads=False).rewrite()
    assert database.value("select count(in_reply_to_id) from comments") == 0

    reconcile(work)
    queued = queue(work)
    work.feeds()

    assert queued == (150, 0)
    assert differences(database, work.sandbox.export(REPOSITORY), whole=True) == []


def test_a_repository_that_is_gone_is_named_in_the_error(
    work: Rig, writer: SecondWriter, database: Database
) -> None:
    work.run(chunks=2)
    writer.delete("repositories")

    with pytest.raises(NotFound, match=REPOSITORY):
        work.run(repository=REPOSITORY)

    writer.insert("repositories")
    assert_mended(work, database)
