"""The command line against a sandbox of two hundred pull requests and a real database."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from contributor_backfill.sandbox import RepositoryOptions, Sandbox, World
from tests.support.captures import REPOSITORY
from tests.support.commands import Commands, variables_for
from tests.support.databases import Database
from tests.support.entry import run_here


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    world = World.of([RepositoryOptions(pull_requests=200)])
    with Sandbox(world, bad_tokens=frozenset({"expired"})) as sandbox:
        yield sandbox


@pytest.fixture
def variables(sandbox: Sandbox, database: Database) -> dict[str, str]:
    return variables_for(sandbox, database, token="ghp_any")


@pytest.fixture
def commands(variables: dict[str, str], tmp_path: Path) -> Commands:
    return Commands(variables, tmp_path)


@pytest.fixture
def captured(commands: Commands, database: Database) -> Commands:
    """Commands on a repository that is captured whole: backfill, connections, review comments.

    It is always the same, so it is captured once; then its rows are brought back.
    """
    if not database.bring_back("captured"):
        for arguments in (["track", REPOSITORY], ["progressive-backfill"]):
            done = run_here(commands.environment, commands.directory, *arguments)
            assert done.exit_code == 0, done.talk
        database.keep("captured")
    return commands


@pytest.fixture
def everything(database: Database) -> Callable[[], list[object]]:
    """Read every row of every table, with the transaction that wrote it."""
    tables = database.rows(
        "select relname from pg_class where relkind = 'r' and relnamespace ="
        " 'public'::regnamespace order by relname"
    )
    return lambda: [database.rows(f"select t.*, t.xmin from {t['relname']} t") for t in tables]
