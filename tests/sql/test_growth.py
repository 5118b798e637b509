"""What is asked of one repository, or of the next one, reads as much however many there are."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.rows import dict_row

from tests.support.databases import Database, new_database
from tests.support.large_fleet import fill_fleet

REPOSITORIES, PULL_REQUESTS = 60, 50
FEEDS = "'{lists,pull_requests,review_comments}', '{reviews,comments,review_comments}'"
OF_ONE = {
    "due feeds": f"""backfill_due_feeds_v1({FEEDS}, %(one)s, '{{}}', '{{}}', 12, false, false,
      now())""",
    "due walks": "backfill_due_walks_v1(%(one)s, '{}', '{}', now())",
    "lists are due": "backfill_lists_are_due_v1(%(one)s, '{reviews,comments}', now())",
    "unequal lists": "backfill_unequal_lists_v1(%(one)s, '{reviews,comments,review_comments}')",
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
    with psycopg.connect(postgres, autocommit=True) as connection:
        name = psycopg.conninfo.conninfo_to_dict(made.conninfo)["dbname"]
        connection.execute(f"drop database {name} (force)".encode())


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


def test_no_function_starts_workers_or_compiles_its_plan(fleet: Database) -> None:
    lacking = fleet.rows("""
        select p.proname from pg_proc p
        where p.pronamespace = 'public'::regnamespace and p.proname ~ '^backfill_\\w+_v\\d+$'
          and not coalesce(
            p.proconfig @> array['jit=off', 'max_parallel_workers_per_gather=0'], false)
    """)

    assert lacking == []
