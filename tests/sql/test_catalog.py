"""What the catalog says about our functions and tables."""

import re
from pathlib import Path

import pytest

from contributor_backfill.domain.types import WalkStatus
from tests.support.databases import Database, new_database

PACKAGE = Path(__file__).parent.parent.parent / "contributor_backfill" / "db"
NAME = re.compile(r"backfill_\w+_v\d+")
READ_ONLY = {
    "backfill_peek_walks_v1",
    "backfill_peek_feeds_v1",
    "backfill_numbers_not_stored_v1",
    "backfill_read_status_v1",
    "backfill_read_snapshot_v1",
    "backfill_find_trouble_v1",
    "backfill_inspect_schema_v1",
    "backfill_peek_control_v1",
    "backfill_peek_recovery_v1",
    "backfill_peek_access_v1",
    "backfill_find_suspects_v1",
    "backfill_list_interventions_v1",
    "backfill_undecided_jobs_v1",
    "backfill_peek_dispatch_v1",
    "backfill_read_queue_v1",
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

    states = {str(status) for status in WalkStatus}
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
        "backfill_upsert_pull_requests_v1",
    ]


def python_text() -> str:
    """Return the text of all modules that call functions: the gateway's methods are in several."""
    return "\n".join(file.read_text(encoding="utf-8") for file in sorted(PACKAGE.glob("*.py")))


def drawn_states(place: int) -> set[str]:
    """Return the states of the README's first or second chart."""
    text = (PACKAGE / "sql" / "README.md").read_text(encoding="utf-8")
    chart = text.split("```mermaid")[place].split("```")[0]
    arrows = re.findall(r"^\s+(\S+) --> (\S+):", chart, re.MULTILINE)
    return {state for arrow in arrows for state in arrow} - {"[*]"}
