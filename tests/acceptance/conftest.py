"""The command line against a sandbox and a database, each in its own process or thread."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from contributor_backfill.sandbox import RepositoryOptions, Sandbox, WorkModel, World
from tests.support.commands import Commands, variables_for
from tests.support.databases import Database

if TYPE_CHECKING:
    from tests.support.postgrest import PostgrestServer

PULL_REQUESTS = 500


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Five hundred pull requests, behind a latency that leaves time to kill somebody."""
    world = World.of([RepositoryOptions(pull_requests=PULL_REQUESTS)])
    with Sandbox(world, work_model=WorkModel(latency_milliseconds=30)) as sandbox:
        yield sandbox


@pytest.fixture
def commands(sandbox: Sandbox, database: Database, tmp_path: Path) -> Commands:
    """Commands on a direct connection."""
    return Commands(variables_for(sandbox, database), tmp_path)


@pytest.fixture(params=["postgres", "supabase"])
def either_commands(request: pytest.FixtureRequest, commands: Commands, tmp_path: Path) -> Commands:
    """Commands over each of the two transports in turn."""
    if request.param == "postgres":
        return commands
    server: PostgrestServer = request.getfixturevalue("postgrest")
    variables = {k: v for k, v in commands.variables.items() if k != "DATABASE_URL"}
    supabase = {"SUPABASE_URL": server.url, "SUPABASE_SERVICE_KEY": server.keys.secret_key}
    return Commands({**variables, **supabase}, tmp_path)


@pytest.fixture
def asked(sandbox: Sandbox) -> Callable[[], int]:
    """Count the requests that the sandbox was sent, to either of its addresses."""
    return lambda: int(sandbox.counters()["requests"])
