"""Rows that are not of one repository are found in whatever table they are, and no others."""

from collections.abc import Callable

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.db.holdings import _FOREIGN, begin_anew, beside
from contributor_backfill.db.postgres import PostgresTransport
from contributor_backfill.db.transport import Transport
from contributor_backfill.domain.errors import InUse
from contributor_backfill.sandbox import RepositoryOptions, Sandbox, World
from tests.support.captures import REPOSITORY, rig
from tests.support.databases import Database, new_database
from tests.support.schema import here

OTHERS = {
    "repositories": """
        insert into repositories (github_id, full_name, owner, name)
        values (9000009, 'o/r', 'o', 'r')
    """,
    "contributors": "insert into contributors (github_id, username) values (9000009, 'somebody')",
    "pull_requests": """
        insert into pull_requests (github_id, number, title, state, head_branch, created_at,
          updated_at, repository_full_name)
        values (9000009, 1, 'x', 'open', 'b', now(), now(), 'o/r')
    """,
    "tracked_repositories": """
        insert into tracked_repositories (organization_name, repository_name) values ('o', 'r')
    """,
    "progressive_capture_jobs": """
        insert into progressive_capture_jobs (job_type, processor_type)
        values ('historical-pr-sync', 'github_actions')
    """,
    "backfill_runs": """
        insert into backfill_runs (id, command, repository, holder)
        values (gen_random_uuid(), 'progressive-backfill', 'octo-sandbox/rehearsal,o/r', 'h')
    """,
    "backfill_interventions": """
        insert into backfill_interventions (actor, action, repository, call_id)
        values ('a', 'pause', 'o/r', gen_random_uuid())
    """,
    "backfill_workflow_runs": """
        insert into backfill_workflow_runs (workflow_repository, run_id, run_attempt, status)
        values ('o/site', 1, 1, 'completed')
    """,
    "backfill_routing": "insert into backfill_routing (included) values (array['o/r'])",
    "public.notes": "create table public.notes ()",
    "private.notes": "create schema private; create view private.notes as select 1 as one",
}

# Nothing tells of which repository these are, so all of their rows are foreign.
OF_WORKFLOWS = ("backfill_workflow_jobs", "backfill_deliveries", "backfill_successors")


@pytest.fixture
def captured(postgres: str, open_gateway: Callable[[Transport], Gateway]) -> Database:
    """A database of its own with one repository captured."""
    database = new_database(postgres, migrated=True)
    with Sandbox(World.of([RepositoryOptions(pull_requests=60)])) as sandbox:
        work = rig(sandbox, open_gateway(PostgresTransport(database.conninfo)))
        work.track()
        assert not work.run().failed
        assert not work.serve().failed
    return database


def test_what_is_of_the_repository_is_not_foreign_and_everything_else_is(
    captured: Database,
) -> None:
    database = captured
    database.rows("""
        insert into backfill_runs (id, command, repository, holder)
        select gen_random_uuid(), 'recover', n, 'h'
        from repositories r, unnest(array[null, '', 'Octo-Sandbox/rehearsal', r.id::text]) n;
        insert into backfill_budget (points) values (5);
        insert into backfill_refresh (days) values (14);
        insert into backfill_renames (subject, subject_id, name)
        select 'contributors', author_id, 'other' from pull_requests limit 1;
    """)
    assert beside(database.conninfo, REPOSITORY) == ()

    for count, (table, statement) in enumerate(OTHERS.items(), start=1):
        database.rows(statement)
        found = beside(database.conninfo, REPOSITORY)
        assert len(found) == count, table
        assert any(line.endswith(here(table).replace('"', "")) for line in found), table


def test_of_every_table_it_is_known_whose_its_rows_are(postgres: str) -> None:
    database = new_database(postgres, migrated=True)

    unknown = database.rows("""
        select c.relname from pg_class c
        where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and not exists (
          select from pg_attribute a where a.attrelid = c.oid and a.attname = 'repository_id')
    """)

    known = {*_FOREIGN, *OTHERS, *OF_WORKFLOWS}
    assert [row["relname"] for row in unknown if row["relname"] not in known] == []


def test_an_empty_database_and_half_a_migration_hold_nothing(postgres: str) -> None:
    database = new_database(postgres)
    assert beside(database.conninfo, REPOSITORY) == ()
    database.rows('create table "public".repositories (id uuid, full_name text)')
    assert beside(database.conninfo, REPOSITORY) == ()


def test_a_database_is_not_begun_anew_while_somebody_is_in_it(postgres: str) -> None:
    database = new_database(postgres, migrated=True)
    database.rows(OTHERS["repositories"])

    with pytest.raises(InUse):
        begin_anew(database.conninfo)

    assert database.value("select count(*) from repositories") == 1
