"""Somebody else deletes a repository's rows and inserts them anew between two of our calls."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from psycopg.types.json import Jsonb

from contributor_backfill.capture.report import Report
from contributor_backfill.db.gateway import Gateway
from contributor_backfill.db.postgres import PostgresTransport
from contributor_backfill.db.transport import Transport
from contributor_backfill.domain.bounds import Stop
from contributor_backfill.domain.errors import NotFound
from contributor_backfill.sandbox import Sandbox, World
from tests.support.captures import REPOSITORY, SYNC, Rig, rig
from tests.support.databases import Database
from tests.support.reconciling import SMALL, findings, is_complete, queue, reconcile
from tests.support.truth import differences

Json = dict[str, Any]
CHILDREN = ("pull_requests", "reviews", "comments")


class SecondWriter:
    """Give every row a new id of ours; GitHub's stay, and the threads too if it knows of them."""

    def __init__(self, database: Database, *, knows_threads: bool = True) -> None:
        self._database = database
        self._knows_threads = knows_threads
        self._kept: dict[str, list[Json]] = {}

    def rewrite(self) -> None:
        """Delete and insert what hangs on the repository."""
        self.delete()
        self.insert()

    def rewrite_repository(self) -> None:
        """Delete and insert the repository itself too."""
        self.delete("repositories")
        self.insert("repositories")

    def delete(self, *above: str) -> None:
        """Delete the pull requests, or what is above them, and all that hangs on it."""
        for table in (*above, *CHILDREN):
            self._kept[table] = self._database.value(
                f"select coalesce(jsonb_agg(to_jsonb(t)), '[]') from {table} t"
            )
        self._database.rows(f"delete from {above[0] if above else 'pull_requests'}")

    def insert(self, *above: str) -> None:
        """Insert what was deleted; what somebody else inserted meanwhile is left alone."""
        ids: dict[str, str] = {}
        for table in (*above, *CHILDREN):
            rows = [self._anew(row, ids) for row in self._kept[table]]
            self._database.rows(
                f"insert into {table} select * from jsonb_populate_recordset(null::{table}, %s)"
                " on conflict do nothing",
                Jsonb(rows),
            )
            now = self._database.rows(f"select github_id, id::text as id from {table}")
            by_github_id = {row["github_id"]: row["id"] for row in now}
            ids |= {row["id"]: by_github_id[row["github_id"]] for row in self._kept[table]}
        if self._knows_threads:
            self._link(ids)

    def _link(self, ids: dict[str, str]) -> None:
        """Let every reply name its parent under its new id."""
        replies = {
            ids[row["id"]]: ids[row["in_reply_to_id"]]
            for row in self._kept["comments"]
            if row["in_reply_to_id"]
        }
        self._database.rows(
            """
            update comments c set in_reply_to_id = n.value::uuid from jsonb_each_text(%s) n
            where c.id = n.key::uuid
            """,
            Jsonb(replies),
        )

    @staticmethod
    def _anew(row: Json, ids: dict[str, str]) -> Json:
        above = {
            column: ids.get(row[column], row[column])
            for column in ("repository_id", "pull_request_id")
            if row.get(column)
        }
        threads = {"in_reply_to_id": None} if "in_reply_to_id" in row else {}
        return {**row, **above, **threads, "id": str(uuid4())}


class Between:
    """A transport on which something happens before a certain call of a function."""

    def __init__(
        self, inner: Transport, function: str, place: int, happens: Callable[[], None]
    ) -> None:
        self.happened = False
        self._inner = inner
        self._function = function
        self._left = place
        self._happens = happens

    @property
    def calls(self) -> int:
        return self._inner.calls

    def call(self, function: str, arguments: dict[str, Any]) -> dict[str, Any]:
        if function == self._function:
            self._left -= 1
            if self._left == 0:
                self._happens()
                self.happened = True
        return self._inner.call(function, arguments)

    def close(self) -> None:
        self._inner.close()


def backfill(work: Rig) -> Report:
    return work.run(chunk_size=20)


COMMIT = "backfill_commit_v1"
CLAIM_OF_THE_NEXT_SOURCE = ("backfill_claim_v1", 2)
CALLS: dict[Callable[[Rig], Report], list[tuple[str, int]]] = {
    backfill: [(COMMIT, 1), (COMMIT, 2), (COMMIT, 4)],
    Rig.serve: [
        CLAIM_OF_THE_NEXT_SOURCE,
        ("backfill_numbers_not_stored_v1", 2),
        *((COMMIT, count) for count in (1, 3, 5)),
    ],
    reconcile: [(COMMIT, 1), ("backfill_next_questions_v1", 1)],
}
"""What is at work when it happens, and before which of its calls: a function and its count."""
MOMENTS = [(work, call) for work, calls in CALLS.items() for call in calls]
Interrupted = Callable[[tuple[str, int], Callable[[], None]], tuple[Rig, Between]]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(World.of([SMALL])) as sandbox:
        yield sandbox


@pytest.fixture
def writer(database: Database) -> SecondWriter:
    return SecondWriter(database)


STORED_BEFORE = {backfill: "work", Rig.serve: "backfilled", reconcile: "whole"}


@pytest.fixture
def interrupted(
    sandbox: Sandbox, database: Database, open_gateway: Callable[[Transport], Gateway]
) -> Interrupted:
    """Open a rig on whose database something happens before a certain call."""

    def opening(call: tuple[str, int], happens: Callable[[], None]) -> tuple[Rig, Between]:
        between = Between(PostgresTransport(database.conninfo), *call, happens)
        return rig(sandbox, open_gateway(between)), between

    return opening


def assert_mended(work: Rig, database: Database) -> None:
    """One run, one comparison and one more run later the rows are the source's again."""
    assert_nothing_is_doubled(database)
    work.track(backfill=None)
    work.run()
    work.serve(SYNC)
    reconcile(work)
    queue(work)
    work.run()
    work.serve()
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


@pytest.fixture
def capture(request: pytest.FixtureRequest) -> Callable[[Rig], Report]:
    """Return the capture that is at work, on the rows that it finds."""
    request.getfixturevalue(STORED_BEFORE[request.param])
    capture: Callable[[Rig], Report] = request.param
    return capture


@pytest.mark.parametrize(("capture", "call"), MOMENTS, indirect=["capture"])
def test_rows_rewritten_in_the_middle_of_a_capture(
    capture: Callable[[Rig], Report],
    call: tuple[str, int],
    interrupted: Interrupted,
    writer: SecondWriter,
    database: Database,
) -> None:
    work, between = interrupted(call, writer.rewrite)

    report = capture(work)

    assert between.happened
    assert (report.turns[0].stop, report.failed) == (Stop.COMPLETED, False)
    assert database.value("select count(*) from pull_requests") == 150
    assert_mended(work, database)


@pytest.mark.parametrize("call", CALLS[Rig.serve])
def test_rows_deleted_in_the_middle_of_a_capture_and_inserted_after_the_run(
    call: tuple[str, int],
    backfilled: Rig,
    interrupted: Interrupted,
    writer: SecondWriter,
    database: Database,
) -> None:
    work, between = interrupted(call, writer.delete)

    work.serve()
    writer.insert()

    assert between.happened
    assert_mended(backfilled, database)


@pytest.mark.parametrize(
    ("capture", "call"),
    # Between two sources nobody holds a lease that could be lost.
    [moment for moment in MOMENTS if moment[1] != CLAIM_OF_THE_NEXT_SOURCE],
    indirect=["capture"],
)
def test_a_repository_rewritten_in_the_middle_of_a_capture(
    capture: Callable[[Rig], Report],
    call: tuple[str, int],
    interrupted: Interrupted,
    writer: SecondWriter,
    database: Database,
) -> None:
    work, between = interrupted(call, writer.rewrite_repository)

    report = capture(work)

    assert between.happened
    assert report.turns[-1].stop is Stop.LEASE
    assert_mended(work, database)


def test_threads_that_a_second_writer_knows_nothing_of_are_linked_again(
    whole: Rig, database: Database
) -> None:
    SecondWriter(database, knows_threads=False).rewrite()
    assert database.value("select count(in_reply_to_id) from comments") == 0

    reconcile(whole)
    queued = queue(whole)
    whole.serve()

    assert queued == (150, 0)
    assert differences(database, whole.sandbox.export(REPOSITORY), whole=True) == []


def test_a_repository_that_is_gone_is_named_in_the_error(
    work: Rig, writer: SecondWriter, database: Database
) -> None:
    work.run(chunks=2)
    writer.delete("repositories")

    with pytest.raises(NotFound, match=REPOSITORY):
        work.run(repository=REPOSITORY)

    writer.insert("repositories")
    assert_mended(work, database)
