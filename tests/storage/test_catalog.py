"""Our functions and tables keep their rules, by the catalog of the database."""

import re
from pathlib import Path
from typing import Any

import pytest

from contributor_backfill.db.migrate import apply
from contributor_backfill.domain.types import BackfillStatus
from tests.support.databases import Database, new_database

PACKAGE = Path(__file__).parent.parent.parent / "contributor_backfill" / "db"
NAME = re.compile(r"backfill_\w+_v\d+")
READ_ONLY = {
    "backfill_peek_backfills_v1",
    "backfill_peek_sources_v2",
    "backfill_numbers_not_stored_v1",
    "backfill_read_status_v2",
    "backfill_read_snapshot_v1",
    "backfill_read_behind_v1",
    "backfill_find_problems_v1",
    "backfill_inspect_schema_v1",
    "backfill_peek_control_v2",
    "backfill_peek_recovery_v1",
    "backfill_peek_access_v1",
    "backfill_find_suspects_v1",
    "backfill_list_interventions_v1",
    "backfill_undecided_jobs_v1",
    "backfill_peek_dispatch_v1",
    "backfill_read_queue_v1",
    "backfill_read_exposure_v1",
    "backfill_peek_untrack_v1",
    "backfill_count_deletion_v1",
}


@pytest.fixture(scope="module", params=["empty", "export", "migrated"])
def any_database(request: pytest.FixtureRequest, postgres: str) -> Database:
    """Production's grant everything new in `public` to everybody, as Supabase does."""
    variant = None if request.param == "empty" else request.param
    return new_database(postgres, variant=variant, migrated=True)


def test_only_the_service_role_may_call_our_functions(any_database: Database) -> None:
    database = any_database
    open_to_others = database.rows("""
        select f.function, r.role, has_function_privilege(r.role, f.function, 'execute') as may
        from (select p.oid as function from pg_proc p where p.proname like 'backfill\\_%') f,
          unnest(array['anon', 'authenticated', 'service_role']) as r (role)
        where has_function_privilege(r.role, f.function, 'execute') <> (r.role = 'service_role')
    """)
    to_public = database.rows("""
        select p.proname from pg_proc p, aclexplode(p.proacl) a
        where p.proname like 'backfill\\_%' and a.grantee = 0
    """)

    assert open_to_others == []
    assert to_public == []


def test_every_function_pins_its_search_path(database: Database) -> None:
    loose = database.rows("""
        select proname from pg_proc where proname like 'backfill\\_%'
          and not exists (select from unnest(proconfig) s where s like 'search_path=%')
    """)

    assert loose == []


def test_no_function_is_overloaded(database: Database) -> None:
    assert not database.rows("""
        select proname from pg_proc where proname like 'backfill\\_%'
        group by proname having count(*) > 1
    """)


def test_the_gateway_calls_only_functions_that_answer_with_one_object(database: Database) -> None:
    called = set(NAME.findall(python_text()))
    returning_jsonb = {
        row["proname"]
        for row in database.rows("select proname from pg_proc where prorettype = 'jsonb'::regtype")
    }

    assert called
    assert called <= returning_jsonb


def test_no_function_is_left_without_a_caller(database: Database) -> None:
    texts = [file.read_text(encoding="utf-8") for file in PACKAGE.rglob("*.sql")]
    mentions = NAME.findall("\n".join([*texts, python_text()]))
    known = [r["proname"] for r in database.rows("select proname from pg_proc")]
    # The storing functions are called by a name that is put together: backfill_upsert_<kind>_v1.
    ours = [n for n in known if NAME.fullmatch(n) and not n.startswith("backfill_upsert_")]

    assert [name for name in ours if mentions.count(name) < 2] == []


def test_what_only_reads_is_declared_so_and_cannot_write(database: Database) -> None:
    rows = database.rows("select proname from pg_proc where provolatile = 's'")

    assert {row["proname"] for row in rows} >= READ_ONLY


OWN_TABLES = """
    select c.oid, c.relname from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
      and (c.relname like 'backfill\\_%' or c.relname like 'progressive\\_%')
"""
PRIVILEGES = ("select", "insert", "update", "delete", "truncate", "references", "trigger")
GRANT_EVERYTHING_AS_SUPABASE_DOES = """
    do $$ begin
      if not exists (select from pg_roles where rolname = 'anon') then
        create role anon nologin noinherit;
        create role authenticated nologin noinherit;
        create role service_role nologin noinherit bypassrls;
        execute format('grant service_role to %I', current_user);
      end if;
    end $$;
    grant usage on schema public to anon, authenticated, service_role;
    alter default privileges in schema public
      grant all on tables to anon, authenticated, service_role;
    alter default privileges in schema public
      grant all on sequences to anon, authenticated, service_role;
    alter default privileges in schema public
      grant all on functions to anon, authenticated, service_role;
"""


@pytest.fixture(scope="module")
def empty_project(postgres: str) -> Database:
    """An empty Supabase project, brought up to date."""
    database = new_database(postgres)
    database.rows(GRANT_EVERYTHING_AS_SUPABASE_DOES)
    apply(database.conninfo)
    return database


def privileges_of_the_websites_keys(database: Database, tables: str) -> list[dict[str, Any]]:
    """Return what anon and authenticated may do with the tables that a query names."""
    kinds = [*PRIVILEGES, *(["maintain"] if database.value(IS_17) else [])]
    return database.rows(f"""
        select t.relname, r.role, k.kind
        from ({tables}) t, unnest(array['anon', 'authenticated']) r (role),
          unnest(array{kinds}) k (kind)
        where has_table_privilege(r.role, t.oid, k.kind)
          or (k.kind = 'select' and has_any_column_privilege(r.role, t.oid, k.kind))
    """)


IS_17 = "select current_setting('server_version_num')::int >= 170000"


def test_the_websites_keys_may_do_nothing_with_own_tables(
    any_database: Database, empty_project: Database
) -> None:
    for database in (any_database, empty_project):
        assert privileges_of_the_websites_keys(database, OWN_TABLES) == []


def test_the_websites_keys_may_do_nothing_with_the_sequences_of_own_tables(
    empty_project: Database,
) -> None:
    assert not empty_project.rows(f"""
        select s.relname, r.role
        from ({OWN_TABLES}) t
        join pg_depend d on d.refobjid = t.oid and d.deptype in ('a', 'i')
        join pg_class s on s.oid = d.objid and s.relkind = 'S',
          unnest(array['anon', 'authenticated']) r (role)
        where has_sequence_privilege(r.role, s.oid, 'usage, select, update')
    """)


DATA_TABLES = """
    select c.oid, c.relname from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relname in ('repositories', 'contributors',
      'pull_requests', 'reviews', 'comments', 'tracked_repositories')
"""


def test_on_a_database_of_our_own_the_websites_keys_cannot_touch_the_data_either(
    empty_project: Database,
) -> None:
    assert privileges_of_the_websites_keys(empty_project, DATA_TABLES) == []


def test_a_policy_that_somebody_added_keeps_its_grant_but_nobody_may_truncate(
    postgres: str,
) -> None:
    database = new_database(postgres)
    database.rows(GRANT_EVERYTHING_AS_SUPABASE_DOES)
    apply(database.conninfo)
    database.rows("""
        grant all on repositories to anon;
        create policy shown on repositories for select to anon using (true);
        delete from backfill_migrations where name like '0011%';
    """)

    apply(database.conninfo)

    left = privileges_of_the_websites_keys(database, DATA_TABLES)
    assert {(row["relname"], row["role"]) for row in left} == {("repositories", "anon")}
    assert {row["kind"] for row in left} == {"select", "insert", "update", "delete"}


@pytest.mark.parametrize("variant", ["export", "migrated"])
def test_on_production_the_grants_on_the_sites_own_tables_stay(postgres: str, variant: str) -> None:
    database = new_database(postgres, variant=variant)
    before = privileges_of_the_websites_keys(database, DATA_TABLES)

    apply(database.conninfo)

    assert before
    assert privileges_of_the_websites_keys(database, DATA_TABLES) == before


def test_a_table_of_a_later_migration_is_closed_with_it(postgres: str) -> None:
    """The functions are written anew after each migration, and the grants with them."""
    database = new_database(postgres)
    database.rows(GRANT_EVERYTHING_AS_SUPABASE_DOES)
    apply(database.conninfo)
    database.rows("""
        create table backfill_later (id int);
        delete from backfill_migrations where name like '0011%';
    """)

    apply(database.conninfo)

    assert privileges_of_the_websites_keys(database, OWN_TABLES) == []


def test_a_function_of_any_version_is_closed(postgres: str) -> None:
    database = new_database(postgres, migrated=True)
    database.rows("""
        create function backfill_do_something_v12() returns int language sql
          set search_path = public, pg_temp as 'select 1';
        delete from backfill_migrations where name = 'functions';
    """)

    apply(database.conninfo)

    for role in ("anon", "authenticated"):
        assert not database.value(
            f"select has_function_privilege('{role}', 'backfill_do_something_v12()', 'execute')"
        )


def test_own_tables_have_row_level_security(any_database: Database) -> None:
    open_tables = any_database.rows("""
        select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace
          and (relname like 'backfill\\_%' or relname like 'progressive\\_%')
          and not relrowsecurity
    """)

    assert open_tables == []


def test_the_states_are_the_same_in_the_chart_the_check_and_python(database: Database) -> None:
    check = database.value("""
        select pg_get_constraintdef(oid) from pg_constraint
        where conrelid = 'progressive_backfill_state'::regclass and contype = 'c'
    """)

    states = {str(status) for status in BackfillStatus}
    assert drawn_states(1) == states
    assert set(re.findall(r"'(\w+)'", check)) == states


def test_the_states_of_a_chunk_in_the_chart_are_allowed_by_the_check(database: Database) -> None:
    check = database.value("""
        select pg_get_constraintdef(oid) from pg_constraint
        where conrelid = 'backfill_chunks'::regclass and contype = 'c'
    """)

    assert drawn_states(2) == set(re.findall(r"'(\w+)'", check)) - {"skipped"}


def test_arguments_are_named_so_that_they_are_no_columns(database: Database) -> None:
    odd = database.rows("""
        select p.proname, a.name from pg_proc p, unnest(p.proargnames, p.proargmodes) a (name, mode)
        where p.proname like 'backfill\\_%' and coalesce(a.mode, 'i') = 'i' and a.name !~ '^p_'
    """)

    assert odd == []


def test_no_transition_reads_the_clock_behind_its_callers_back(database: Database) -> None:
    """But one stamp: `last_synced_at` is when the row was written, by whatever clock was given."""
    reading = database.rows(r"""
        select proname from pg_proc
        where proname like 'backfill\_%' and prosrc ~ '\m(now|clock_timestamp)\(\)' order by 1
    """)

    assert [row["proname"] for row in reading] == [
        "backfill_inspect_schema_v1",
        "backfill_upsert_pull_requests_v2",
    ]


INDEXES = """
    select i.indexrelid::regclass::text as name, (i.indrelid::regclass, i.indkey, i.indclass,
      i.indoption, pg_get_expr(i.indpred, i.indrelid), pg_get_expr(i.indexprs, i.indrelid))::text
      as of_what
    from pg_index i join pg_class c on c.oid = i.indrelid
    where c.relnamespace = 'public'::regnamespace
"""


@pytest.mark.parametrize("variant", [None, "export", "migrated"])
def test_no_index_of_ours_repeats_another_one(variant: str | None, postgres: str) -> None:
    """Every row that is written would pay for both."""
    database = new_database(postgres, variant=variant)
    found = {row["name"] for row in database.rows(INDEXES)}
    apply(database.conninfo)
    now = {row["name"]: row["of_what"] for row in database.rows(INDEXES)}

    repeated = {
        name
        for name, of_what in now.items()
        if name not in found and list(now.values()).count(of_what) > 1
    }

    assert now.keys() > found
    assert repeated == set()


def python_text() -> str:
    """Return the text of all modules that call functions: the gateway's methods are in several."""
    return "\n".join(file.read_text(encoding="utf-8") for file in sorted(PACKAGE.rglob("*.py")))


def drawn_states(place: int) -> set[str]:
    """Return the states of the README's first or second chart."""
    text = (PACKAGE / "sql" / "README.md").read_text(encoding="utf-8")
    chart = text.split("```mermaid")[place].split("```")[0]
    arrows = re.findall(r"^\s+(\S+) --> (\S+):", chart, re.MULTILINE)
    return {state for arrow in arrows for state in arrow} - {"[*]"}
