"""A database says which version it is of, and no older version changes anything in it."""

import json
import re
import tempfile
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from contributor_backfill import VERSION
from contributor_backfill.db.gateway import Gateway
from contributor_backfill.db.migrate import apply
from contributor_backfill.db.migrations import SCHEMA, script, steps, this_version
from contributor_backfill.db.postgres import PostgresTransport
from contributor_backfill.db.transport import Transport
from contributor_backfill.domain.errors import LeaseLost, NotConfigured, SchemaMissing
from contributor_backfill.domain.runs import RunBegin
from contributor_backfill.domain.sources import DUE, Wanted
from contributor_backfill.sandbox import RepositoryOptions, Sandbox, World
from tests.support.captures import REPOSITORY, rig
from tests.support.commands import Commands, variables_for
from tests.support.databases import Database, migrate_as_before, new_database
from tests.support.pages import begin, repository
from tests.support.schema import here
from tests.support.truth import differences
from tests.support.workflow_events import encoded, run_event

VARIANTS = [None, "export", "migrated"]
NEWER = {
    "its number": f"""
        update backfill_migrations set schema_version = {SCHEMA + 1}, package_version = '9.8.7'
        where name = 'functions'
    """,
    "an unknown step": """
        insert into backfill_migrations (name, checksum) values ('0999_future', 'abc');
        update backfill_migrations set package_version = '9.8.7' where name = 'functions'
    """,
    "a later package": """
        update backfill_migrations set checksum = 'later', package_version = '9.8.7'
        where name = 'functions'
    """,
}
EVERYTHING = """
    select jsonb_agg(t.x order by t.x::text) from (
      select to_jsonb(m) as x from backfill_migrations m
      union all select to_jsonb(r) from backfill_runs r
      union all select to_jsonb(s) from backfill_database_sizes s
      union all select to_jsonb(p.proname || md5(p.prosrc)) from pg_proc p
        where p.pronamespace = 'public'::regnamespace
    ) t
"""
COMMANDS: dict[str, tuple[str, ...]] = {
    "alert": ("--dry-run",),
    "budget": (),
    "capture-chunk": (),
    "capture-comments": (),
    "capture-reviews": (),
    "costs": (),
    "dispatch": (),
    "doctor": (),
    "estimate": ("--repository", "o/r"),
    "enqueue": ("--type", "recent-prs", "--repository", "o/r", "--days", "1"),
    "history": (),
    "migrate": (),
    "monitor": (),
    "pause": ("--repository", "o/r", "--reason", "x"),
    "plan": (),
    "progressive-backfill": (),
    "queue": (),
    "reconcile": (),
    "recover": (),
    "reset": ("--repository", "o/r", "--yes"),
    "resume": ("--repository", "o/r"),
    "retry": ("--repository", "o/r"),
    "route": (),
    "set": ("--repository", "o/r", "--priority", "high"),
    "start-successor": ("--repository", "o/r", "--reference", "main"),
    "status": (),
    "sync-historical": (),
    "sync-runs": ("--repository", "o/r"),
    "track": ("o/r",),
    "untrack": ("o/r", "--yes"),
}


@pytest.fixture
def gateway_to(
    open_gateway: Callable[[Transport], Gateway],
) -> Callable[[Database], Gateway]:
    return lambda database: open_gateway(PostgresTransport(database.conninfo))


def a_run(holder: str = "host/boot/1") -> RunBegin:
    return RunBegin(str(uuid4()), "progressive-backfill", holder)


def test_the_package_and_the_code_are_of_the_same_version() -> None:
    project = Path(__file__).parents[2] / "pyproject.toml"
    assert tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"] == VERSION


@pytest.mark.parametrize("by_hand", [False, True])
def test_a_database_records_the_version_that_migrated_it(postgres: str, *, by_hand: bool) -> None:
    database = new_database(postgres)
    if by_hand:
        database.rows(script())
    else:
        apply(database.conninfo)

    (stamped,) = database.rows("""
        select name, package_version, schema_version from backfill_migrations
        where schema_version is not null
    """)
    assert tuple(stamped.values()) == ("functions", VERSION, SCHEMA)
    assert {row["name"] for row in database.rows("select name from backfill_migrations")} == {
        step.name for step in steps()
    }


@pytest.mark.parametrize("why", NEWER)
@pytest.mark.parametrize("variant", VARIANTS)
def test_a_newer_database_is_left_as_it_is(
    postgres: str, gateway_to: Callable[[Database], Gateway], variant: str | None, why: str
) -> None:
    database = new_database(postgres, variant=variant, migrated=True)
    database.rows(NEWER[why])
    before = database.value(EVERYTHING)
    both = rf"9\.8\.7 .*newer.*{re.escape(VERSION)}"

    with pytest.raises(NotConfigured, match=both) as refused:
        apply(database.conninfo)
    assert refused.value.exit_code == 3
    with psycopg.connect(database.conninfo) as visitor, pytest.raises(psycopg.Error, match=both):
        visitor.execute(script().encode())
    gateway = gateway_to(database)
    for call in (gateway.check_version, lambda: gateway.begin_run(a_run())):
        with pytest.raises(NotConfigured, match=both):
            call()

    assert database.value(EVERYTHING) == before


def test_every_command_refuses_a_newer_database_and_leaves_it_as_it_is(
    postgres: str, tmp_path: Path
) -> None:
    database = new_database(postgres, migrated=True)
    database.rows(NEWER["its number"])
    before = database.value(EVERYTHING)
    with Sandbox(World.of([RepositoryOptions(name_with_owner="o/r", pull_requests=2)])) as sandbox:
        commands = Commands(variables_for(sandbox, database), tmp_path)
        event = tmp_path / "event.json"
        event.write_bytes(encoded(run_event("completed", "failure")))
        every = {**COMMANDS, "record-run": ("--event-file", str(event), "--event", "workflow_run")}
        for name, options in every.items():
            done = commands.run(name, *options)
            said = done.stdout + done.stderr
            assert done.returncode == 3, (name, said)
            assert "9.8.7" in said, (name, said)
            assert VERSION in said, (name, said)
            assert "Traceback" not in said
    assert database.value(EVERYTHING) == before
    check = commands.run("migrate", "--check")
    assert (check.returncode, "9.8.7" in check.stderr) == (3, True)


def test_the_embedded_database_of_a_newer_version_is_refused_too() -> None:
    with tempfile.TemporaryDirectory(prefix="cb-versions-") as directory:
        Path(directory).chmod(0o755)
        commands = Commands({"CONTRIBUTOR_BACKFILL_HOME": directory}, Path(directory))
        assert commands.run("migrate").returncode == 0
        assert commands.run("psql", "-c", NEWER["its number"]).returncode == 0

        for command in (("psql", "-c", "select 1"), ("status",), ("migrate",)):
            done = commands.run(*command)

            assert done.returncode == 3, (command, done.stderr)
            assert "9.8.7" in done.stderr
            assert VERSION in done.stderr


@pytest.mark.parametrize("left", ["a step", "the stamp"])
def test_an_older_database_is_to_be_migrated_whatever_the_command(
    postgres: str, gateway_to: Callable[[Database], Gateway], left: str
) -> None:
    database = new_database(postgres, migrated=True)
    database.rows(
        {
            "a step": "delete from backfill_migrations where name like '0008%'",
            "the stamp": "update backfill_migrations set schema_version = 1",
        }[left]
    )
    gateway = gateway_to(database)

    for call in (gateway.check_version, lambda: gateway.begin_run(a_run())):
        with pytest.raises(SchemaMissing, match="contributor-backfill migrate"):
            call()

    apply(database.conninfo)
    gateway.check_version()


def test_versions_are_compared_by_their_numbers(postgres: str) -> None:
    database = new_database(postgres, migrated=True)
    parts = "select backfill_version_parts_v1(%s) > backfill_version_parts_v1(%s)"

    assert database.value(parts, "0.10.0", "0.9.12")
    assert database.value(parts, "1.0.0rc1", "0.9")
    assert not database.value(parts, "of a version before 0.2.0", "0.1.0")


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_version_before_is_brought_up_to_date_with_the_same_rows(
    postgres: str, gateway_to: Callable[[Database], Gateway], variant: str | None
) -> None:
    database = new_database(postgres, variant=variant)
    migrate_as_before(database)
    filled = new_database(postgres, variant=variant, migrated=True)
    with Sandbox(World.of([RepositoryOptions(pull_requests=40)])) as sandbox:
        work = rig(sandbox, gateway_to(filled))
        work.track()
        assert not work.run().failed
        exported = list(sandbox.export(REPOSITORY))
        expected = differences(filled, exported)
        copy_tables(filled, database)
        with pytest.raises(SchemaMissing, match="contributor-backfill migrate"):
            gateway_to(database).check_version()

        apply(database.conninfo)

        assert differences(database, exported) == expected
        later = rig(sandbox, gateway_to(database))
        later.gateway.begin_run(a_run())
        assert not later.run().failed


def copy_tables(source: Database, target: Database) -> None:
    """Copy the rows of all tables, as far as the target has their columns."""
    columns: dict[str, list[str]] = {}
    for row in target.rows("""
        select c.table_name, c.column_name from information_schema.columns c
        join information_schema.tables t using (table_schema, table_name)
        where c.table_schema = 'public' and t.table_type = 'BASE TABLE'
          and c.is_generated = 'NEVER' and c.table_name <> 'backfill_migrations'
    """):
        columns.setdefault(row["table_name"], []).append(row["column_name"])
    with psycopg.connect(target.conninfo) as connection:
        connection.execute("set session_replication_role = replica")
        for table, names in columns.items():
            found = source.value(f"select coalesce(jsonb_agg(to_jsonb(t)), '[]') from {table} t")
            listed = ", ".join(f'"{name}"' for name in names)
            connection.execute(
                f"insert into {table} ({listed}) overriding system value"
                f" select {listed} from jsonb_populate_recordset(null::{table}, %s::jsonb)"
                " on conflict do nothing".encode(),
                [json.dumps(found, default=str)],
            )


def test_a_run_of_the_version_before_is_not_begun_and_loses_what_it_holds(
    postgres: str, gateway_to: Callable[[Database], Gateway]
) -> None:
    """One from before the upgrade has its next page refused, and claims nothing else."""
    database = new_database(postgres)
    migrate_as_before(database)
    old = PostgresTransport(database.conninfo)
    old.call(
        "backfill_begin_run_v1",
        {
            "p_run": {
                "id": str(uuid4()),
                "command": "progressive-backfill",
                "holder": "host/boot/1",
            }
        },
    )
    gateway = gateway_to(database)
    old.call("backfill_track_repository_v1", {"p_repository": repository(1, "octo/one")})
    tracked = database.value("select id from repositories")
    old.call(
        "backfill_start_walk_v1",
        {"p_repository_id": str(tracked), "p_total": 500, "p_chunk_size": 25},
    )
    claimed = old.call("backfill_claim_walk_v2", {"p_holder": "host/boot/1", "p_lease_seconds": 60})
    assert claimed["claimed"]

    apply(database.conninfo)

    with pytest.raises(LeaseLost):
        old.call(
            "backfill_release_v1",
            {
                "p_repository_id": claimed["repository_id"],
                "p_source": "backfill",
                "p_lease_token": claimed["lease_token"],
            },
        )
    with pytest.raises(NotConfigured, match="another version"):
        claim(old)
    # As it really calls: what it knows is gone.
    for function in ("backfill_claim_walk_v2", "backfill_release_walk_v1"):
        with pytest.raises(SchemaMissing):
            old.call(function, {"p_holder": "host/boot/1", "p_lease_seconds": 60})
    with pytest.raises(NotConfigured, match=rf"{VERSION}.* older"):
        old.call(
            "backfill_begin_run_v1",
            {
                "p_run": {
                    "id": str(uuid4()),
                    "command": "track",
                    "holder": "host/boot/2",
                }
            },
        )
    gateway.begin_run(a_run("host/boot/3"))
    assert claim(old, "host/boot/3")["claimed"]
    old.close()


def test_a_run_that_a_newer_version_cuts_short_is_not_told_to_migrate(
    postgres: str, gateway_to: Callable[[Database], Gateway]
) -> None:
    database = new_database(postgres, migrated=True)
    gateway = gateway_to(database)
    gateway.begin_run(a_run())
    database.rows("alter function backfill_due_work_v2 rename to backfill_due_work_v3")

    with pytest.raises(NotConfigured, match=r"newer version .* while this one was at work") as cut:
        gateway.due_work(Wanted(sources=DUE))

    assert "Nothing is lost" in cut.value.advice
    assert "migrate`" not in str(cut.value)


def test_a_job_that_the_version_before_is_handing_over_is_taken_back(
    postgres: str, gateway_to: Callable[[Database], Gateway]
) -> None:
    database = new_database(postgres, migrated=True)
    gateway = gateway_to(database)
    begin(gateway)
    held = str(uuid4())
    job = database.value("""
        insert into progressive_capture_jobs (job_type, repository_id, processor_type, status)
        select 'recent-prs', id, 'github_actions', 'pending' from repositories returning id
    """)
    database.rows(f"""
        insert into backfill_jobs (job_id, decision, reason, decided_at, state, lease_holder,
          lease_token, lease_expires_at, claimed_at)
        values ('{job}', 'github_actions', 'x', now(), 'sending', 'host/boot/1',
          '{held}', now() + interval '5 minutes', now())
    """)
    database.rows("update backfill_migrations set schema_version = 1 where name = 'functions'")

    apply(database.conninfo)

    old = PostgresTransport(database.conninfo)
    with pytest.raises(LeaseLost):
        old.call("backfill_note_dispatch_v1", {"p_job_id": job, "p_lease_token": held})
    old.close()
    assert database.value("select lease_expires_at <= now() from backfill_jobs")


def claim(transport: PostgresTransport, holder: str = "host/boot/1") -> dict[str, Any]:
    return transport.call(
        "backfill_claim_v1", {"p_sources": ["backfill"], "p_holder": holder, "p_lease_seconds": 60}
    )


def test_migrate_of_a_version_that_does_not_look_changes_nothing(postgres: str) -> None:
    """0.1.0 replaces functions unasked; recording that is refused, and all is taken back."""
    database = new_database(postgres, migrated=True)
    before = database.value(EVERYTHING)

    with psycopg.connect(database.conninfo) as connection:
        connection.execute(
            here(
                "create or replace function public.backfill_check_version_v1("
                "p_version jsonb default null) returns jsonb language sql as 'select null::jsonb'"
            ).encode()
        )
        with pytest.raises(psycopg.Error, match=rf"{VERSION}.* older"):
            connection.execute(
                here(
                    "insert into public.backfill_migrations (name, checksum)"
                    " values ('functions', 'older')"
                    " on conflict (name) do update set checksum = excluded.checksum"
                ).encode()
            )
    with pytest.raises(psycopg.Error):
        migrate_as_before(Database(database.conninfo))

    assert database.value(EVERYTHING) == before


def test_what_a_version_says_of_itself_is_short() -> None:
    assert len(json.dumps(this_version())) < 1_500
