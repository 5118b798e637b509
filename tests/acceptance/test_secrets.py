"""Planted secrets appear nowhere: not in output, errors, annotations, summaries or the database."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from contributor_backfill.sandbox import RepositoryOptions, Sandbox, World
from tests.support.captures import REPOSITORY
from tests.support.commands import Commands
from tests.support.databases import Database
from tests.support.postgrest import PostgrestServer
from tests.support.runners import Runner


def planted(name: str) -> str:
    """Return a value that nobody writes by chance."""
    return f"planted-{name}-{hashlib.sha256(name.encode()).hexdigest()[:24]}"


TOKEN, PASSWORD = planted("token"), planted("password")
WEBHOOK_SECRET, WEBHOOK = planted("webhook-secret"), planted("webhook")
COMMANDS = (
    ("--verbose", "track", REPOSITORY),
    ("capture-chunk", "--chunk-size", "10"),
    ("progressive-backfill",),
    ("reconcile", "--full"),
    ("estimate", "--repository", REPOSITORY),
    ("plan", "--max-jobs", "3"),
    ("status",),
    ("doctor",),
    ("track", "octo/unknown"),
    ("start-successor",),
    ("alert",),
    ("capture-reviews", "--job-id", "6f1b0a52-3ac6-4b7e-9a55-0d8f0a5b3f63"),
    ("no-such-command", TOKEN[:3]),
)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(World.of([RepositoryOptions(pull_requests=60)])) as sandbox:
        yield sandbox


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


@pytest.fixture
def secrets(runner: Runner) -> dict[str, str]:
    """The environment of a step in Actions, with everything in it that is secret."""
    return {
        **runner.variables,
        "GITHUB_TOKEN": TOKEN,
        "GITHUB_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "CONTRIBUTOR_BACKFILL_ALERT_WEBHOOK": f"https://127.0.0.1:9/{WEBHOOK}",
    }


@pytest.fixture
def over_postgres(secrets: dict[str, str], database: Database) -> dict[str, str]:
    """A direct connection whose password is planted: the server of the tests asks for none."""
    return secrets | {"DATABASE_URL": f"{database.conninfo} password={PASSWORD}"}


@pytest.fixture
def over_supabase(secrets: dict[str, str], postgrest: PostgrestServer) -> dict[str, str]:
    return secrets | {
        "SUPABASE_URL": postgrest.url,
        "SUPABASE_SERVICE_KEY": postgrest.keys.secret_key,
    }


@pytest.fixture
def everything_written(database: Database, runner: Runner) -> Callable[[], str]:
    """Read every row of every table, and every file that a step leaves behind."""

    def read() -> str:
        tables = database.rows(
            "select relname from pg_class where relkind = 'r'"
            " and relnamespace = 'public'::regnamespace"
        )
        rows = [
            database.value(f"select coalesce(string_agg(t::text, ' '), '') from {t['relname']} t")
            for t in tables
        ]
        files = [f.read_text(encoding="utf-8") for f in runner.directory.iterdir() if f.is_file()]
        return "\n".join([*rows, *files])

    return read


def outputs_of(variables: dict[str, str], directory: Path, sandbox: Sandbox) -> str:
    """Run every command: as it should be, then without GitHub, then without the database."""
    github = {"GITHUB_GRAPHQL_URL": sandbox.graphql_url, "GITHUB_API_URL": sandbox.url}
    nowhere = {"GITHUB_GRAPHQL_URL": "http://127.0.0.1:9/graphql", "GITHUB_API_URL": "http://[x"}
    broken = {"DATABASE_URL": f"postgresql://u:{PASSWORD}@127.0.0.1:9/x?connect_timeout=1"}
    texts = []
    for settings, commands in (
        (github, COMMANDS),
        (nowhere, (("--verbose", "track", REPOSITORY),)),
        (github | broken, (("--verbose", "track", REPOSITORY),)),
    ):
        for command in commands:
            done = Commands({**variables, **settings}, directory).run(*command)
            texts += [done.stdout, done.stderr]
    return "\n".join(texts)


@pytest.mark.parametrize("store", ["over_postgres", "over_supabase"])
def test_no_secret_is_written_anywhere(
    request: pytest.FixtureRequest,
    store: str,
    sandbox: Sandbox,
    tmp_path: Path,
    everything_written: Callable[[], str],
) -> None:
    variables: dict[str, str] = request.getfixturevalue(store)
    secret_values = [TOKEN, PASSWORD, WEBHOOK_SECRET, WEBHOOK]
    if key := variables.get("SUPABASE_SERVICE_KEY"):
        secret_values.append(key)

    said = outputs_of(variables, tmp_path, sandbox)

    written = everything_written()
    assert REPOSITORY in said, "the commands did something"
    assert REPOSITORY in written
    for secret in secret_values:
        # Half of it would be as bad.
        assert secret[: len(secret) // 2 + 8] not in said
        assert secret[: len(secret) // 2 + 8] not in written
