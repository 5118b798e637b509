"""A call about one repository, or the next one, reads as much however many there are."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.rows import dict_row

from tests.support.databases import Database, drop, new_database
from tests.support.large_fleet import fill_fleet

REPOSITORIES, PULL_REQUESTS = 60, 50
FEEDS = (
    "'{lists,pull_requests,review_comments,refresh,refresh_comments}',"
    " '{reviews,comments,review_comments}'"
)
OF_ONE = {
    "due sources": f"backfill_due_sources_v2({FEEDS}, %(one)s, 12, false, false, now())",
    "a due backfill": """backfill_due_sources_v2(
      '{backfill}', '{}', %(one)s, 12, false, false, now())""",
    "lists are due": "backfill_lists_due_at_v1(%(one)s, '{reviews,comments}')",
    "unequal lists": "backfill_unequal_lists_v2(%(one)s, '{reviews,comments,review_comments}')",
}
CLAIMS = {
    "a claim of a feed": "backfill_claim_v1('{pull_requests,review_comments}', 'me', 60)",
    "a claim of lists": """backfill_claim_v1(
      '{lists}', 'me', 60, '{reviews,comments,review_comments}')""",
    "a claim of a sync beside backfills": """backfill_claim_v1(
      '{pull_requests}', 'me', 60, p_while_backfilled => true)""",
    "a claim of a backfill": "backfill_claim_v1('{backfill}', 'me', 60)",
    "a claim of repositories to be asked about": "backfill_claim_probes_v1(20)",
}
READ = """
    select sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::int as rows
    from pg_stat_xact_user_tables
    where relname not in ('backfill_migrations')
"""


@pytest.fixture(scope="module")
def fleet(postgres: str) -> Iterator[Database]:
    """Yield a database of many repositories, that nobody changes for good."""
    made = new_database(postgres, migrated=True)
    fill_fleet(made, REPOSITORIES, PULL_REQUESTS)
    yield made
    drop(postgres, made)


def rows_read(database: Database, call: str) -> int:
    """Return how many rows a call reads, whose changes are taken back."""
    with psycopg.connect(database.conninfo, row_factory=dict_row) as connection:
        one = connection.execute("select id from repositories where github_id = 21").fetchone()
        before = connection.execute(READ).fetchone()
        connection.execute(f"select count(*) from {call} x".encode(), {"one": (one or {})["id"]})
        after = connection.execute(READ).fetchone()
        connection.rollback()
    return int((after or {})["rows"]) - int((before or {})["rows"])


@pytest.mark.parametrize("call", OF_ONE.values(), ids=OF_ONE.keys())
def test_what_is_asked_of_one_repository_reads_the_rows_of_no_other(
    call: str, fleet: Database
) -> None:
    # All that there is of one: its pull requests twice, and a few rows in each small table.
    assert rows_read(fleet, call) <= 2 * PULL_REQUESTS + 20


@pytest.mark.parametrize("call", CLAIMS.values(), ids=CLAIMS.keys())
def test_a_claim_does_not_read_every_repository(call: str, fleet: Database) -> None:
    # Twenty that stand as due are weighed, with a few rows each; the one that is claimed is told
    # of with its pull requests.
    assert rows_read(fleet, call) <= 20 * 12 + 2 * PULL_REQUESTS + 100


def test_what_stands_as_due_is_what_is_due(fleet: Database) -> None:
    due = fleet.rows("""
        select d.repository_id, d.source, d.due_at
        from (select array_agg(id) as ids from repositories) all_ids, backfill_due_of_v2(ids,
          '{backfill,backfilled,lists,probe,pull_requests,refresh,refresh_comments,review_comments}'
        ) d
        order by 1, 2
    """)

    assert due == fleet.rows("select repository_id, source, due_at from backfill_due order by 1, 2")
    assert any(row["due_at"] for row in due)


def test_a_change_that_was_missed_is_found_again(fleet: Database) -> None:
    standing = "select * from backfill_due order by repository_id, source"
    before = fleet.rows(standing)
    fleet.rows("update backfill_due set due_at = null")
    fleet.rows("delete from backfill_due where source = 'lists' and rank = 3")

    for _ in range(20):
        fleet.rows("""select backfill_recover_v1(
          jsonb_build_object('call_id', gen_random_uuid(), 'actor', 'me'))""")

    assert fleet.rows(standing) == before


def test_looking_again_waits_for_nobody_who_writes_what_is_due(fleet: Database) -> None:
    with psycopg.connect(fleet.conninfo) as writer, psycopg.connect(fleet.conninfo) as looking:
        writer.execute("update backfill_due set due_at = now()")
        looking.execute("set lock_timeout = '1s'")
        looking.execute("""
            select backfill_note_due_v2(repository_id, null, true) from backfill_due
            where source = 'lists'""")
        looking.rollback()
        writer.rollback()


def test_no_function_starts_workers_or_compiles_its_plan(fleet: Database) -> None:
    lacking = fleet.rows("""
        select p.proname from pg_proc p
        where p.pronamespace = 'public'::regnamespace and p.proname ~ '^backfill_\\w+_v\\d+$'
          and not coalesce(
            p.proconfig @> array['jit=off', 'max_parallel_workers_per_gather=0'], false)
    """)

    assert lacking == []
