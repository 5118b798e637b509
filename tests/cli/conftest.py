"""The command line against a sandbox of two hundred pull requests and a real database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from contributor_backfill.sandbox import RepositoryOptions, Sandbox, World
from tests.support.commands import Commands
from tests.support.databases import Database


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    world = World.of([RepositoryOptions(pull_requests=200)])
    with Sandbox(world, bad_tokens=frozenset({"expired"})) as sandbox:
        yield sandbox


@pytest.fixture
def variables(sandbox: Sandbox, database: Database) -> dict[str, str]:
    return {
        "GITHUB_TOKEN": "ghp_any",
        "GITHUB_GRAPHQL_URL": sandbox.graphql_url,
        "DATABASE_URL": database.conninfo,
    }


@pytest.fixture
def commands(variables: dict[str, str], tmp_path: Path) -> Commands:
    return Commands(variables, tmp_path)
