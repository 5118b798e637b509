"""Another application's database is refused before anything changes; ours gets what it lacks."""

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.db.migrate import apply
from contributor_backfill.db.migrations import script
from contributor_backfill.db.postgres import PostgresTransport
from contributor_backfill.db.schema import PUBLIC
from contributor_backfill.domain.clock import SystemClock
from contributor_backfill.domain.errors import NotConfigured
from contributor_backfill.operations.doctor import Result, check_database
from tests.support.databases import Database, new_database
from tests.support.pages import begin, claim, commit, item, page, pull_request
from tests.support.schema import SCHEMA

EVERYTHING = """
    select c.relname || coalesce('.' || a.attname, '') as thing
    from pg_class c left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
    where c.relnamespace = 'public'::regnamespace
    union all
    select p.proname from pg_proc p where p.pronamespace = 'public'::regnamespace
    union all
    select t.typname from pg_type t where t.typnamespace = 'public'::regnamespace
    order by thing
"""
OTHERS = {
    "a blog's comments": (
        "create table comments (id serial primary key, post_id int, body text)",
        r"public\.comments has no column comment_type",
    ),
    "repositories with integer keys": (
        "create table repositories (id serial primary key, github_id bigint unique)",
        r"public\.repositories.* has id as integer, not uuid",
    ),
    "a view": (
        "create view contributors as select gen_random_uuid() as id, 1::bigint as github_id",
        r"public\.contributors is a view",
    ),
    "a partitioned table": (
        "create table reviews (id uuid, github_id bigint, state text) partition by hash (id)",
        r"public\.reviews is partitioned",
    ),
    "another type": (
        "create table contributors (id uuid primary key, github_id bigint unique, is_bot int)",
        r"public\.contributors has is_bot as integer, not boolean, and it has no column username",
    ),
    "narrow ids": (
        "create table contributors (id uuid primary key, github_id int unique, username text)",
        r"public\.contributors has github_id as integer, not bigint",
    ),
    "no primary key": (
        "create table contributors (id uuid, github_id bigint unique, username text)",
        r"public\.contributors has a column id that is not unique",
    ),
    "ids of GitHub that are not unique": (
        "create table contributors (id uuid primary key, github_id bigint, username text)",
        r"public\.contributors has a column github_id that is not unique",
    ),
    "a table of our own name": (
        "create table backfill_runs (id int)",
        r"public\.backfill_runs exists already",
    ),
    "another tool's migrations": (
        "create table backfill_migrations (version int)",
        r"public\.backfill_migrations has no column",
    ),
    "another priority": (
        "create type repository_priority as enum ('p1', 'p2')",
        r"public\.repository_priority is a type without the labels",
    ),
}


@pytest.fixture
def database(postgres: str) -> Database:
    return new_database(postgres)


@pytest.mark.parametrize("name", OTHERS)
def test_another_applications_table_is_refused_by_name_before_anything_changes(
    name: str, database: Database
) -> None:
    made, message = OTHERS[name]
    message = message.replace("public", SCHEMA if SCHEMA == PUBLIC else f'"{SCHEMA}"')
    database.rows(made)
    before = database.rows(EVERYTHING)

    with pytest.raises(NotConfigured, match=message) as refused:
        apply(database.conninfo)
    _run_by_hand(database, message)

    assert refused.value.exit_code == 3
    assert database.rows(EVERYTHING) == before


def test_tables_of_our_names_in_another_schema_are_in_nobodys_way(database: Database) -> None:
    database.rows("""
        create schema blog;
        create table blog.comments (id serial primary key);
        create table users (id serial primary key);
    """)

    apply(database.conninfo)

    assert database.value("select count(*) from comments") == 0


@pytest.mark.parametrize("variant", [None, "export", "migrated"])
def test_a_column_that_is_written_and_lacking_is_added(postgres: str, variant: str | None) -> None:
    database = new_database(postgres, variant=variant, migrated=variant is None)
    database.rows("""
        alter table pull_requests drop column repository_full_name cascade,
          drop column mergeable_state cascade;
        alter table comments drop column original_commit_id cascade;
    """)
    if variant is None:
        database.rows("delete from backfill_migrations")

    apply(database.conninfo)

    transport = PostgresTransport(database.conninfo)
    gateway = Gateway(transport)
    begin(gateway)
    assert commit(gateway, claim(gateway), page(item(pull_request(1)))).rejected == 0
    transport.close()
    assert database.value("select repository_full_name from pull_requests") == "octo/one"


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_a_database_that_cannot_hold_every_text_is_refused(encoding: str, postgres: str) -> None:
    name = f"test_{encoding.lower()}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(
            f"create database {name} encoding '{encoding}' locale 'C' template template0".encode()
        )
    database = Database(make_conninfo(postgres, dbname=name))

    with pytest.raises(NotConfigured, match=f"encoded in {encoding}"):
        apply(database.conninfo)

    assert database.value("select to_regclass('public.repositories')") is None
    assert database.value("select count(*) from pg_proc where proname like 'backfill_%'") == 0


def test_a_database_that_takes_no_writes_is_left_as_it_is(database: Database) -> None:
    apply(database.conninfo)
    name = conninfo_to_dict(database.conninfo)["dbname"]
    database.rows(f"alter database {name} set default_transaction_read_only = on")
    transport = PostgresTransport(database.conninfo)

    with pytest.raises(NotConfigured, match="takes no writes"):
        apply(database.conninfo)
    with pytest.raises(Exception, match=r"read-only|takes no writes"):
        begin(Gateway(transport))

    transport.close()


def _run_by_hand(database: Database, message: str) -> None:
    """Run the printed script as psql does, which goes on after an error: nothing of it may stay."""
    text = script()
    first = text[: text.index("$before$;") + len("$before$;")]
    with psycopg.connect(database.conninfo, autocommit=True) as connection:
        with pytest.raises(psycopg.Error, match=message):
            connection.execute(first.encode())
        with pytest.raises(psycopg.errors.InFailedSqlTransaction):
            connection.execute("create table left_over (id int)")
        connection.execute("commit")


def test_doctor_names_every_column_that_is_not_as_it_is_written(database: Database) -> None:
    apply(database.conninfo)
    database.rows("""
        alter table pull_requests drop column mergeable_state;
        alter table pull_requests alter column additions type text;
        alter table reviews alter column commit_id type varchar(40);
    """)
    transport = PostgresTransport(database.conninfo)

    checks = {check.name: check for check in check_database(Gateway(transport), SystemClock())}

    transport.close()
    assert checks["columns"].result is Result.PROBLEM
    assert checks["columns"].found == (
        "pull_requests.additions is text, wanted integer;"
        " pull_requests.mergeable_state is missing, wanted text"
    )
    assert "alter column additions type integer" in checks["columns"].next_step
    assert "add column mergeable_state text" in checks["columns"].next_step
    assert "reviews.commit_id 40" in checks["length limits"].found
    assert checks["encoding"].result is Result.OK
