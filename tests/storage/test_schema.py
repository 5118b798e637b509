"""The tool lives in a schema of its own, beside another application's tables of the same names."""

import re
from collections.abc import Callable, Iterator

import psycopg
import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.db.migrate import apply
from contributor_backfill.db.migrations import script, steps
from contributor_backfill.db.postgres import PostgresTransport
from contributor_backfill.db.schema import checked_schema
from contributor_backfill.db.supabase import RpcTransport
from contributor_backfill.db.transport import Transport
from contributor_backfill.domain.errors import NotConfigured
from contributor_backfill.sandbox import RepositoryOptions, Sandbox, World
from tests.support.captures import rig
from tests.support.databases import Database, new_database
from tests.support.postgrest import postgrest_server

OWN = "Side-by_side"
ANOTHER_APPLICATION = """
    create table public.comments (id int primary key, body int);
    create table public.repositories (name text);
    create table public.backfill_runs (miles numeric);
    create function public.backfill_row_count_v1(p_page jsonb) returns int
    language sql as 'select 1';
"""
EVERYTHING_IN = """
    select c.relname from pg_class c where c.relnamespace = to_regnamespace(%s)
    union all
    select p.oid::regprocedure::text from pg_proc p where p.pronamespace = to_regnamespace(%s)
    union all
    select t.typname from pg_type t where t.typnamespace = to_regnamespace(%s)
    order by 1
"""
Open = Callable[[Transport], Gateway]


@pytest.fixture
def shared(postgres: str) -> Database:
    """Another application's database."""
    database = new_database(postgres)
    database.rows("set search_path = public")
    database.rows(ANOTHER_APPLICATION)
    return database


@pytest.fixture(params=["postgres", "supabase"])
def gateway(
    request: pytest.FixtureRequest, shared: Database, open_gateway: Open
) -> Iterator[Gateway]:
    apply(shared.conninfo, OWN)
    if request.param == "postgres":
        yield open_gateway(PostgresTransport(shared.conninfo, schema=OWN))
        return
    with postgrest_server(shared.conninfo, schemas=("public", OWN)) as server:
        yield open_gateway(RpcTransport(server.url, server.keys.secret_key, schema=OWN))


def everything_in(database: Database, schema: str) -> list[str]:
    return [row["relname"] for row in database.rows(EVERYTHING_IN, *[f'"{schema}"'] * 3)]


def test_a_whole_backfill_is_stored_beside_another_application(
    shared: Database, gateway: Gateway
) -> None:
    before = everything_in(shared, "public")
    world = World.of([RepositoryOptions(pull_requests=120)])
    with Sandbox(world) as sandbox:
        work = rig(sandbox, gateway)
        work.track()
        assert not work.run().failed

    (stored,) = shared.rows(f'select count(*) from "{OWN}".pull_requests')
    assert stored["count"] == 120
    assert (
        shared.rows(
            "select * from public.repositories union all select body::text from public.comments"
        )
        == []
    )
    assert everything_in(shared, "public") == before


def test_migrating_leaves_everything_else_as_it_was_and_may_be_done_again(shared: Database) -> None:
    before = everything_in(shared, "public")

    assert apply(shared.conninfo, OWN) == steps()
    made = everything_in(shared, OWN)
    assert apply(shared.conninfo, OWN) == ()

    assert everything_in(shared, "public") == before
    assert everything_in(shared, OWN) == made
    assert {"repositories", "comments", "backfill_runs", "repository_priority"} <= set(made)


def test_the_printed_script_makes_the_same(shared: Database, postgres: str) -> None:
    by_hand = new_database(postgres)
    by_hand.rows(ANOTHER_APPLICATION)
    with psycopg.connect(by_hand.conninfo, autocommit=True) as connection:
        connection.execute(script(OWN).encode())
    apply(shared.conninfo, OWN)

    assert everything_in(by_hand, OWN) == everything_in(shared, OWN)
    assert apply(by_hand.conninfo, OWN) == ()


def test_nothing_of_the_script_still_names_public() -> None:
    still = re.findall(
        r"\bpublic\s*\.|search_path[^;\n]*\bpublic\b|\bschema public\b"
        r"|schema = 'public'|'public'::.*",
        script(OWN),
    )

    assert still == []


def test_two_schemas_of_one_database_know_nothing_of_each_other(
    shared: Database, open_gateway: Open
) -> None:
    for schema in (OWN, "other"):
        apply(shared.conninfo, schema)
    mine, other = (
        open_gateway(PostgresTransport(shared.conninfo, schema=schema)) for schema in (OWN, "other")
    )
    world = World.of([RepositoryOptions(pull_requests=5)])
    with Sandbox(world) as sandbox:
        rig(sandbox, mine).track()

    assert len(mine.read_status()) == 1
    assert other.read_status() == []


def test_every_function_finds_its_tables_by_its_own_schema_alone(shared: Database) -> None:
    apply(shared.conninfo, OWN)
    rows = shared.rows(
        "select distinct unnest(proconfig) as setting from pg_proc"
        " where pronamespace = to_regnamespace(%s)",
        f'"{OWN}"',
    )

    paths = {row["setting"] for row in rows if row["setting"].startswith("search_path")}
    assert paths == {f'search_path="{OWN}", pg_temp'}


def test_a_schema_that_the_api_does_not_serve_is_named_with_what_to_do(
    shared: Database, open_gateway: Open
) -> None:
    apply(shared.conninfo, OWN)
    with postgrest_server(shared.conninfo, schemas=("public",)) as server:
        gateway = open_gateway(RpcTransport(server.url, server.keys.secret_key, schema=OWN))
        with pytest.raises(
            NotConfigured, match="does not serve the schema Side-by_side"
        ) as refused:
            gateway.read_status()

    assert "exposed schemas" in refused.value.advice


@pytest.mark.parametrize("name", ["a b", "1st", "x" * 64, 'quo"te', "per%cent", "a.b", "ä", "it's"])
def test_what_cannot_be_a_schema_is_refused(name: str) -> None:
    with pytest.raises(NotConfigured, match="is no name for a schema"):
        checked_schema(name)


@pytest.mark.parametrize("name", ["pg_catalog", "information_schema", "auth", "Storage"])
def test_a_schema_of_postgres_or_supabase_is_refused(name: str) -> None:
    with pytest.raises(NotConfigured, match="belongs to Postgres or to Supabase"):
        checked_schema(name)
