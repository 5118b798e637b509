"""`CONTRIBUTOR_BACKFILL_SCHEMA` and `migrate --schema`: the tool beside another application."""

import json
from pathlib import Path

import pytest

from contributor_backfill.sandbox import RepositoryOptions, Sandbox, World
from tests.support.commands import Commands, variables_for
from tests.support.databases import Database, new_database
from tests.support.postgrest import postgrest_server

OWN = "beside_others"
REPOSITORY = "octo-sandbox/rehearsal"


@pytest.fixture
def shared(postgres: str) -> Database:
    database = new_database(postgres)
    database.rows("create table public.comments (id int primary key, body int)")
    return database


def test_a_first_capture_in_a_schema_of_its_own(shared: Database, tmp_path: Path) -> None:
    with Sandbox(World.of([RepositoryOptions(pull_requests=40)])) as sandbox:
        variables = variables_for(sandbox, shared) | {"CONTRIBUTOR_BACKFILL_SCHEMA": OWN}
        commands = Commands(variables, tmp_path)
        for words in (
            ("migrate",),
            ("migrate", "--check"),
            ("doctor",),
            ("track", REPOSITORY),
            ("progressive-backfill",),
            ("monitor", "--summary"),
        ):
            done = commands.run(*words)
            assert done.returncode == 0, (words, done.stderr)
        (standing,) = json.loads(commands.run("status", "--json").stdout)

    assert standing["state"] == "complete"
    assert shared.value(f"select count(*) from {OWN}.pull_requests") == 40
    assert shared.value("select count(*) from public.comments") == 0


def test_the_option_of_migrate_wins_over_the_variable(tmp_path: Path) -> None:
    commands = Commands({"CONTRIBUTOR_BACKFILL_SCHEMA": "one"}, tmp_path)

    by_variable = commands.run("migrate", "--print").stdout
    by_option = commands.run("migrate", "--print", "--schema", "two").stdout

    assert 'create schema if not exists "one"' in by_variable
    assert 'create schema if not exists "two"' in by_option
    assert '"one"' not in by_option


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("a b", "'a b' is no name for a schema"),
        ("", "'' is no name for a schema"),
        ("auth", "The schema auth belongs to Postgres or to Supabase"),
    ],
)
@pytest.mark.parametrize("way", [(), ("--print",), ("--check",), ("--write", "files")])
def test_an_option_that_names_no_schema_of_ours_is_a_usage_error(
    way: tuple[str, ...], name: str, says: str, tmp_path: Path
) -> None:
    done = Commands({}, tmp_path).run("migrate", *way, "--schema", name)

    assert done.returncode == 2
    assert says in done.stderr


def test_a_variable_that_is_no_name_is_named(tmp_path: Path) -> None:
    done = Commands({"CONTRIBUTOR_BACKFILL_SCHEMA": "auth"}, tmp_path).run("status")

    assert done.returncode == 3
    assert "CONTRIBUTOR_BACKFILL_SCHEMA: The schema auth belongs" in done.stderr


def test_doctor_says_that_the_api_does_not_serve_the_schema(
    shared: Database, tmp_path: Path
) -> None:
    with (
        Sandbox(World.of([RepositoryOptions(pull_requests=1)])) as sandbox,
        postgrest_server(shared.conninfo, schemas=("public",)) as server,
    ):
        variables = variables_for(sandbox, shared) | {
            "CONTRIBUTOR_BACKFILL_SCHEMA": OWN,
            "SUPABASE_URL": server.url,
            "SUPABASE_SERVICE_KEY": server.keys.secret_key,
        }
        assert Commands(variables, tmp_path).run("migrate").returncode == 0
        done = Commands(variables, tmp_path).run("doctor")

    assert done.returncode == 3
    assert f"does not serve the schema {OWN}" in done.stdout + done.stderr
    assert "exposed schemas" in done.stdout + done.stderr


def test_the_heartbeat_looks_into_the_schema(tmp_path: Path) -> None:
    commands = Commands({"CONTRIBUTOR_BACKFILL_SCHEMA": OWN}, tmp_path)

    done = commands.run("heartbeat", "--print", "--repository", "me/site")

    assert f'from "{OWN}".backfill_runs' in done.stdout
    assert "public." not in done.stdout
