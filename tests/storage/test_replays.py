"""A call that comes twice, late, or while its twin is still under way."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar

import psycopg
import pytest
from psycopg.types.json import Jsonb

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.db.postgres import PostgresTransport
from contributor_backfill.domain.errors import LeaseLost
from contributor_backfill.domain.page_planner import PagePlanner
from contributor_backfill.domain.sources import Claim
from tests.support.databases import Database
from tests.support.pages import begin, claim, commit, item, page, pull_request
from tests.support.sources import claim_source, commit_source, harvest, review_comment

DEADLINE_SECONDS = 300
T = TypeVar("T")
PAGE = page(item(pull_request(1)), item(pull_request(2)))


def fail(gateway: Gateway, held: Claim) -> datetime | None:
    return gateway.fail(held, "It broke.", terminal=False, page_size=PagePlanner(25), requests=1)


@pytest.mark.parametrize("lease_seconds", [60, None])
def test_a_commit_repeated_while_the_first_is_under_way_gets_the_same_response(
    lease_seconds: int | None, gateway: Gateway, database: Database
) -> None:
    """A proxy that hangs up does not end the call behind it."""
    begin(gateway)
    held = claim(gateway)

    first, second = twice(database, lambda g: commit(g, held, PAGE, lease_seconds=lease_seconds))

    assert first == second
    assert first.inserted == 2
    chunks = database.rows("select status, retry_count from backfill_chunks order by chunk_number")
    opened = [{"status": "processing", "retry_count": 0}] if lease_seconds else []
    assert chunks == [{"status": "completed", "retry_count": 0}, *opened]


def test_a_failure_repeated_while_the_first_is_under_way_counts_once(
    gateway: Gateway, database: Database
) -> None:
    begin(gateway)
    held = claim(gateway)

    first, second = twice(database, lambda g: fail(g, held))

    assert first == second
    assert database.value("select error_count from progressive_backfill_state") == 1


def test_a_release_repeated_while_the_first_is_under_way_is_no_error(
    gateway: Gateway, database: Database
) -> None:
    begin(gateway)
    held = claim(gateway)

    twice(database, lambda g: g.release(held, next_attempt_at=None, reason="interrupted"))

    assert database.value("select lease_token from progressive_backfill_state") is None


def test_a_commit_that_arrives_when_the_backfill_has_moved_on_changes_nothing(
    gateway: Gateway, database: Database
) -> None:
    begin(gateway)
    held = claim(gateway)
    first = commit(gateway, held, PAGE, lease_seconds=None)
    later = claim(gateway)
    commit(gateway, later, page(item(pull_request(3))), lease_seconds=None)
    before = database.rows("select * from progressive_backfill_state")

    assert commit(gateway, held, PAGE, lease_seconds=None) == first

    assert database.rows("select * from progressive_backfill_state") == before


@pytest.mark.parametrize("losses", [2, 7], ids=["chunk taken over", "chunk closed as lost"])
def test_who_was_lost_and_comes_back_is_told_that_the_lease_has_passed_on(
    losses: int, gateway: Gateway, database: Database
) -> None:
    begin(gateway)
    all_of_them = [claim(gateway, lease_seconds=0) for _ in range(losses)]

    for held in all_of_them[:-1]:
        with pytest.raises(LeaseLost):
            fail(gateway, held)
        with pytest.raises(LeaseLost):
            commit(gateway, held, PAGE)
        with pytest.raises(LeaseLost):
            gateway.release(held, next_attempt_at=None, reason="late")

    assert commit(gateway, all_of_them[-1], PAGE).inserted == 2
    assert database.value("select error_count from progressive_backfill_state") == 0


def test_a_step_of_a_source_repeated_while_the_first_is_under_way_happens_once(
    gateway: Gateway, database: Database
) -> None:
    begin(gateway)
    commit(gateway, claim(gateway), PAGE, lease_seconds=None)
    held = claim_source(gateway)
    made = harvest(review_comment(1, 2), review_comment(2, 99))

    first, second = twice(database, lambda g: commit_source(g, held, made), table="backfill_feeds")

    assert first == second
    assert first.rejected == 1
    assert database.rows("select step, requests from backfill_feeds") == [
        {"step": 1, "requests": 2}
    ]


def test_a_backfill_that_nobody_holds_takes_no_commit_without_a_token(gateway: Gateway) -> None:
    repository_id = begin(gateway)

    with pytest.raises(LeaseLost, match="has passed to nobody"):
        gateway.transport.call(
            "backfill_commit_v1",
            {
                "p_repository_id": repository_id,
                "p_lease_token": None,
                "p_chunk_id": None,
                "p_page": {},
                "p_source": "backfill",
                "p_progress": {"finished": False},
                "p_measurements": {},
                "p_page_size": {},
            },
        )


def test_two_commits_at_once_count_the_rows_of_both(gateway: Gateway, database: Database) -> None:
    """Two sources store rows of one pull request, and neither sees those of the other."""
    repository_id = begin(gateway)
    commit(gateway, claim(gateway), page(item(pull_request(1))))

    def store(connection: psycopg.Connection, github_id: int) -> None:
        rows = Jsonb(harvest(review_comment(github_id, 1)).rows)
        connection.execute("select backfill_store_page_v1(%s, %s, now())", [repository_id, rows])

    with (
        psycopg.connect(database.conninfo) as first,
        psycopg.connect(database.conninfo) as second,
        ThreadPoolExecutor(1) as pool,
    ):
        store(first, 1)
        waiting = pool.submit(store, second, 2)
        _until_waiting(database, 1)
        first.commit()
        waiting.result()

    assert database.value("select review_comments_stored from backfill_pull_requests") == 2


def twice(
    database: Database, act: Callable[[Gateway], T], table: str = "progressive_backfill_state"
) -> tuple[T, T]:
    """Do it on two connections at once: both have begun before either may go on."""

    def on_a_connection_of_its_own() -> T:
        transport = PostgresTransport(database.conninfo)
        try:
            return act(Gateway(transport))
        finally:
            transport.close()

    with ThreadPoolExecutor(2) as pool:
        with _held_up(database, table):
            both: list[Future[T]] = [pool.submit(on_a_connection_of_its_own) for _ in range(2)]
            _until_waiting(database, 2)
        return both[0].result(), both[1].result()


@contextmanager
def _held_up(database: Database, table: str) -> Iterator[None]:
    with psycopg.connect(database.conninfo) as holder:
        holder.execute(f"select from {table} for update".encode())
        yield


def _until_waiting(database: Database, sessions: int) -> None:
    waiting = """
        select count(*) from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'
    """
    deadline = time.monotonic() + DEADLINE_SECONDS
    while database.value(waiting) < sessions:
        assert time.monotonic() < deadline, "the calls did not come as far as the lock"
