"""Every mistake ends in one sentence that says what to do, and in its exit code."""

from pathlib import Path

import pytest

from contributor_backfill.sandbox import Sandbox
from tests.support.captures import REPOSITORY
from tests.support.commands import Commands
from tests.support.databases import Database, new_database

ONE = ("--repository", REPOSITORY)
TWICE = (*ONE, "--repository-id", "00000000-0000-0000-0000-000000000000")
MISTAKES = [
    (["track", "nonsense"], {}, 2, "OWNER/NAME"),
    (["capture-chunk", "--chunk-size", "0"], {}, 2, "1<=x<=100"),
    (["capture-chunk", "--chunk-size", "101"], {}, 2, "1<=x<=100"),
    (["progressive-backfill", "--max-minutes", "0"], {}, 2, "--max-minutes"),
    (["status", "--repository-id", "7"], {}, 2, "UUID"),
    (["migrate", "--print", "--check"], {}, 2, "not both"),
    (["status", "--repository", "nobody/knows"], {}, 1, "contributor-backfill track"),
    (["track", REPOSITORY], {"GITHUB_TOKEN": ""}, 3, "GITHUB_TOKEN is not set"),
    (["track", REPOSITORY], {"GITHUB_TOKEN": "expired"}, 3, "does not accept the token"),
    (["track", "octo-sandbox/unknown"], {}, 1, "Could not resolve"),
    (["track", REPOSITORY], {"GITHUB_GRAPHQL_URL": "nonsense"}, 3, "GITHUB_GRAPHQL_URL"),
    (["track", REPOSITORY], {"GITHUB_GRAPHQL_URL": "http://127.0.0.1:1"}, 1, "network"),
    (["status"], {"SUPABASE_URL": "https://x.supabase.co"}, 3, "SUPABASE_SERVICE_KEY"),
    (["status"], {"SUPABASE_SERVICE_KEY": "k"}, 3, "SUPABASE_URL"),
    (["status"], {"SUPABASE_URL": "nonsense", "SUPABASE_SERVICE_KEY": "k"}, 3, "supabase.co"),
    (["status"], {"DATABASE_URL": "postgres//me:hunter2@host"}, 3, "DATABASE_URL"),
    (["status"], {"DATABASE_URL": "postgresql://127.0.0.1:1/x"}, 1, "does not answer"),
    (["status"], {"DATABASE_URL": "", "GITHUB_ACTIONS": "true"}, 3, "SUPABASE_URL"),
    (["status", "--store", "supabase"], {}, 3, "SUPABASE_URL"),
    (["sandbox", "--dataset", "/nowhere/a__b.jsonl"], {}, 2, "/nowhere/a__b.jsonl"),
    (["capture-reviews", "--pr-numbers", "1"], {}, 2, "needs --repository or --repository-id"),
    (["capture-comments", "--pr-numbers", "1"], {}, 2, "needs --repository or --repository-id"),
    (["capture-reviews", *ONE, "--pr-numbers", "1,x"], {}, 2, "'x' is not the number of a pull"),
    (["capture-comments", *ONE, "--pr-numbers", "0"], {}, 2, "'0' is not the number of a pull"),
    (["capture-comments", *ONE, "--pr-numbers", "1,,2"], {}, 2, "'' is not the number of a pull"),
    (["capture-comments", *ONE, "--pr-numbers", "9" * 12], {}, 2, "is not the number of a pull"),
    (["capture-comments", *TWICE], {}, 2, "not both"),
    (["capture-reviews", *ONE], {}, 1, "contributor-backfill track"),
    (["capture-comments", *ONE, "--pr-numbers", "1"], {}, 1, "contributor-backfill track"),
    (["capture-comments", *ONE, "--dry-run"], {}, 1, "contributor-backfill track"),
    (["capture-reviews"], {"GITHUB_TOKEN": ""}, 3, "GITHUB_TOKEN is not set"),
    (["sync-historical", "--days", "1", "--since", "2025-01-01"], {}, 2, "not both"),
    (["sync-historical", "--since", "2999-01-01"], {}, 2, "2999-01-01T00:00:00Z is not over yet"),
    (["sync-historical", "--since", "yesterday"], {}, 2, "does not match the formats"),
    (["sync-historical", "--days", "0"], {}, 2, "--days"),
    (["sync-historical", "--days", "1e9"], {}, 2, "--days"),
    (["sync-historical", "--days", "nan"], {}, 2, "--days"),
    (["sync-historical", "--max-minutes", "nan"], {}, 2, "--max-minutes"),
    (["capture-reviews", "--max-minutes", "1e12"], {}, 2, "--max-minutes"),
    (["sync-historical", "--max-items", "0"], {}, 2, "x>=1"),
    (["sync-historical", *TWICE], {}, 2, "not both"),
    (["sync-historical", *ONE], {}, 1, "contributor-backfill track"),
    (["sync-historical"], {"GITHUB_TOKEN": "ex pired"}, 3, "GITHUB_TOKEN has a space"),
    (["reconcile", "--full", "--sample", "5"], {}, 2, "Give one of"),
    (["reconcile", "--sample", "0"], {}, 2, "1<=x<=10000"),
    (["reconcile", *TWICE], {}, 2, "not both"),
    (["reconcile", *ONE], {}, 1, "contributor-backfill track"),
    (["reconcile"], {"GITHUB_TOKEN": ""}, 3, "GITHUB_TOKEN is not set"),
]


@pytest.mark.parametrize(("arguments", "changed", "code", "words"), MISTAKES)
def test_a_mistake_is_explained(
    arguments: list[str],
    changed: dict[str, str],
    code: int,
    words: str,
    variables: dict[str, str],
    tmp_path: Path,
) -> None:
    done = Commands({**variables, **changed}, tmp_path).run(*arguments)

    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert "hunter2" not in done.stderr
    assert done.stdout == ""


def test_a_repository_named_twice_is_a_usage_error(commands: Commands) -> None:
    done = commands.run("progressive-backfill", *TWICE)

    assert done.returncode == 2
    assert "not both" in done.stderr


def test_a_database_that_was_not_migrated_says_so(
    postgres: str, variables: dict[str, str], tmp_path: Path
) -> None:
    bare = new_database(postgres)
    commands = Commands({**variables, "DATABASE_URL": bare.conninfo}, tmp_path)

    assert "contributor-backfill migrate" in commands.run("status").stderr
    check = commands.run("migrate", "--check")
    assert (check.returncode, check.stdout) == (4, "")
    assert commands.run("migrate").returncode == 0
    assert commands.run("migrate", "--check").stdout == "The database is ready.\n"
    assert commands.run("migrate").stdout == "The database is up to date.\n"


def test_in_actions_an_error_is_annotated(variables: dict[str, str], tmp_path: Path) -> None:
    commands = Commands({**variables, "GITHUB_ACTIONS": "true", "GITHUB_TOKEN": ""}, tmp_path)

    assert (
        "::error title=contributor-backfill::GITHUB_TOKEN"
        in commands.run("track", REPOSITORY).stderr
    )


def test_a_failed_capture_exits_with_1_and_status_says_why(
    commands: Commands, sandbox: Sandbox, database: Database
) -> None:
    commands.run("track", REPOSITORY)
    sandbox.change("set_access", repository=REPOSITORY, access="gone")

    done = commands.run("progressive-backfill")

    assert done.returncode == 1
    assert "Could not resolve" in done.stdout
    assert "Could not resolve" in commands.run("status").stdout
    assert database.value("select status from progressive_backfill_state") == "failed"
