"""`migrate` drops the functions that an earlier version brought, and nobody else's."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from contributor_backfill.db.migrate import apply
from contributor_backfill.db.migrations import files, script, steps
from tests.support.databases import Database, new_database

NOW = datetime(2026, 1, 1, tzinfo=UTC)
OF_EARLIER = """
    create function backfill_dropped_v1(p_id int) returns int language sql
      set search_path = public, pg_temp as 'select 1';
    create function backfill_dropped_trigger_v1() returns trigger language plpgsql
      set search_path = public, pg_temp as 'begin return null; end';
    create trigger backfill_dropped after insert on backfill_runs
      for each row execute function backfill_dropped_trigger_v1();
    comment on function backfill_dropped_v1 is 'Of contributor-backfill.';
    comment on function backfill_dropped_trigger_v1 is 'Of contributor-backfill.';
    update backfill_migrations set checksum = 'earlier' where name = 'functions';
"""
OF_OTHERS = """
    create function backfill_of_others_v1() returns int language sql as 'select 1';
    create function backfill_of_others() returns int language sql as 'select 1';
    update backfill_migrations set checksum = 'earlier' where name = 'functions';
"""
BUILT_ON = """
    create view report_of_others as select backfill_dropped_v1(1) as one;
"""


def by_command(database: Database) -> None:
    apply(database.conninfo)


def by_script(database: Database) -> None:
    database.rows(script())


def by_files(database: Database) -> None:
    for text in files([], NOW).values():
        database.rows(text)


WAYS = pytest.mark.parametrize("migrate", [by_command, by_script, by_files])


@WAYS
def test_what_is_no_longer_in_the_files_goes_with_its_triggers(
    postgres: str, migrate: Callable[[Database], None]
) -> None:
    database = new_database(postgres, migrated=True)
    before = names(database)
    database.rows(OF_EARLIER)

    migrate(database)

    assert names(database) == before
    assert not database.rows("select from pg_trigger where tgname = 'backfill_dropped'")


@WAYS
def test_the_functions_of_others_stay(postgres: str, migrate: Callable[[Database], None]) -> None:
    database = new_database(postgres, migrated=True)
    before = names(database)
    database.rows(OF_OTHERS)

    migrate(database)

    assert names(database) - before == {"backfill_of_others_v1", "backfill_of_others"}


def test_a_function_that_others_build_on_stays_until_they_do_no_more(postgres: str) -> None:
    database = new_database(postgres, migrated=True)
    before = names(database)
    database.rows(OF_EARLIER)
    database.rows(BUILT_ON)

    apply(database.conninfo)

    assert names(database) - before == {"backfill_dropped_v1"}
    database.rows("drop view report_of_others")
    database.rows("update backfill_migrations set checksum = 'earlier' where name = 'functions'")

    apply(database.conninfo)

    assert names(database) == before


def test_what_the_version_without_marks_brought_goes(postgres: str) -> None:
    database = new_database(postgres, migrated=True)
    before = names(database)
    database.rows("""
        create function backfill_queue_order_v1() returns int language sql as 'select 1';
        delete from backfill_migrations where name = '0039_marks';
    """)

    apply(database.conninfo)

    assert names(database) == before


def test_all_functions_of_a_new_database_are_known_as_ours(postgres: str) -> None:
    database = new_database(postgres, migrated=True)

    marked = database.rows("""
        select proname from pg_proc
        where obj_description(oid, 'pg_proc') = 'Of contributor-backfill.'
    """)

    assert {row["proname"] for row in marked} == names(database)


def test_a_name_of_ours_is_no_proof_in_a_database_that_was_never_migrated(postgres: str) -> None:
    database = new_database(postgres)
    database.rows("create function backfill_due_walks_v1() returns int language sql as 'select 1'")
    (step,) = (step for step in steps() if step.name == "0039_marks")
    (first,) = (step for step in steps() if step.name.startswith("0001"))

    database.rows(first.text)
    database.rows(step.text)

    assert not database.rows("""
        select from pg_proc where obj_description(oid, 'pg_proc') = 'Of contributor-backfill.'
    """)


def names(database: Database) -> set[str]:
    rows = database.rows(r"select proname from pg_proc where proname like 'backfill\_%'")
    return {row["proname"] for row in rows}
