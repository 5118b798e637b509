"""A run with nothing due does not pay for imports that it does not need."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.captures import REPOSITORY
from tests.support.commands import PROGRAM, Commands

LOADED = """
import atexit, sys

def tell():
    sys.stderr.write("\\nLOADED " + " ".join(sys.modules) + "\\n")

atexit.register(tell)
from contributor_backfill.cli.main import main
main()
"""
HEAVY = {
    "requests": "GitHub is asked",
    "urllib3": "GitHub is asked",
    "supabase": "the store is Supabase",
    "httpx": "the store is Supabase",
    "pydantic": "the store is Supabase",
    "rich": "there is a terminal to draw on",
    "graphql": "a sandbox answers",
    "jinja2": "a page is written",
    "dotenv": "there is a .env",
    "tomllib": "there is a file of prices",
    "contributor_backfill.capture.sources.review_comments": "review comments are due",
    "contributor_backfill.capture.sources.connections": "lists are due",
    "contributor_backfill.capture.sources.sync": "pull requests are due",
    "contributor_backfill.domain.alerts": "people are told of trouble",
    "contributor_backfill.domain.harvest": "rows are stored",
    "contributor_backfill.domain.prices": "costs are shown",
    "contributor_backfill.domain.routing": "jobs are routed",
    "contributor_backfill.domain.workflow_runs": "GitHub is asked about workflows",
    "contributor_backfill.sandbox": "a sandbox answers",
}
"""Heavy modules, and the case in which alone each may be imported."""
LIBRARIES = {name for name in HEAVY if not name.startswith("contributor_backfill")}


def loaded(commands: Commands, *arguments: str) -> tuple[frozenset[str], str]:
    """Run a command in a new process; return the modules that it had loaded, and what it said."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *arguments],
        env=commands.environment,
        cwd=commands.directory,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    talk, _, modules = done.stderr.rpartition("LOADED ")
    return frozenset(modules.split()), done.stdout + talk


def test_a_sync_with_nothing_due_imports_nothing_heavy(captured: Commands) -> None:
    modules, said = loaded(captured, "sync-historical")

    assert "Nothing is due." in said
    assert not {name: when for name, when in HEAVY.items() if name in modules}


def test_a_backfill_with_nothing_due_imports_no_library_for_what_is_due(captured: Commands) -> None:
    modules, said = loaded(captured, "progressive-backfill")

    assert "Nothing is due." in said
    assert not LIBRARIES & modules


def test_a_run_with_something_due_imports_what_it_needs(captured: Commands) -> None:
    modules, _ = loaded(captured, "sync-historical", "--repository", REPOSITORY, "--force")

    assert {"requests", "contributor_backfill.capture.sources.sync"} <= modules


@pytest.mark.parametrize("arguments", ["--help", "--version", "pause --help"])
def test_help_imports_no_driver_and_no_library(commands: Commands, arguments: str) -> None:
    modules, _ = loaded(commands, *arguments.split())

    assert not {*HEAVY, "psycopg", "contributor_backfill.db.gateway"} & modules


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def silent(silent_port: int, tmp_path: Path) -> Commands:
    """Commands whose GitHub and database never respond."""
    address = f"127.0.0.1:{silent_port}"
    variables = {
        "DATABASE_URL": f"postgresql://u:p@{address}/d",
        "GITHUB_TOKEN": "any",
        "GITHUB_API_URL": f"http://{address}",
        "GITHUB_GRAPHQL_URL": f"http://{address}/graphql",
        "CONTRIBUTOR_BACKFILL_HOME": str(tmp_path / "home"),
    }
    return Commands(variables, tmp_path)


@pytest.mark.parametrize(
    ("command", "sign"),
    [
        ("doctor", "Asking GitHub at 127.0.0.1"),
        ("migrate --store embedded", "Making an embedded Postgres in"),
    ],
)
def test_a_sign_is_given_before_anybody_answers(silent: Commands, command: str, sign: str) -> None:
    with silent.start(*command.split()) as process:
        assert process.stderr is not None
        first = process.stderr.readline()
        process.terminate()

    assert sign in first


@pytest.mark.parametrize("command", ["status", "monitor", "pause o/r", "progressive-backfill"])
def test_on_a_terminal_every_command_gives_one(silent: Commands, command: str) -> None:
    reader, writer = os.openpty()
    with subprocess.Popen(
        [PROGRAM, *command.split()],
        env=silent.environment,
        cwd=silent.directory,
        stdout=subprocess.DEVNULL,
        stderr=writer,
    ) as process:
        os.close(writer)
        with os.fdopen(reader, encoding="utf-8") as screen:
            first = screen.readline()
            process.kill()

    assert "Using the database at 127.0.0.1" in first


def test_quiet_leaves_the_sign_out(captured: Commands) -> None:
    assert "Asking GitHub" in captured.run("doctor").stderr
    assert captured.run("doctor", "--quiet").stderr == ""
