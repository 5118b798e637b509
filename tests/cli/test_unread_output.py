"""Whoever reads only the beginning of what a command says makes it neither fail nor complain."""

import os
import subprocess

import pytest

from tests.support.captures import REPOSITORY
from tests.support.commands import PROGRAM, Commands
from tests.support.databases import Database


def ended_unread(commands: Commands, *arguments: str, talks: bool = False) -> tuple[int, str]:
    """Run a command whose output, and with `talks` its talk too, nobody reads."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as pipe:
        done = subprocess.run(
            [PROGRAM, *arguments],
            check=False,
            env=commands.environment,
            cwd=commands.directory,
            stdout=pipe,
            stderr=pipe if talks else subprocess.PIPE,
            text=True,
            timeout=120,
        )
    return done.returncode, done.stderr or ""


@pytest.mark.parametrize("talks", [False, True])
@pytest.mark.parametrize(
    "arguments",
    [
        "--help",
        "--version",
        "migrate --print",
        "status",
        "status --json",
        "monitor",
        "monitor --json",
        "queue",
        "history",
        "costs",
        "doctor --quiet",
        "budget",
        "route",
        "alert --dry-run",
        "sync-historical --dry-run",
        f"heartbeat --print --repository {REPOSITORY} --workflow x.yml",
    ],
)
def test_it_is_done_all_the_same(commands: Commands, arguments: str, *, talks: bool) -> None:
    assert ended_unread(commands, *arguments.split(), talks=talks) == (0, "")


def test_a_mistake_is_one_still(commands: Commands) -> None:
    assert ended_unread(commands, "no-such-command")[0] == 2
    assert ended_unread(commands, "status", "--repository", "none/such")[0] != 0


def test_a_run_is_on_record_as_it_ended(commands: Commands, database: Database) -> None:
    assert commands.run("track", REPOSITORY).returncode == 0

    code, _ = ended_unread(commands, "progressive-backfill", talks=True)

    assert code == 0
    outcomes = database.rows(
        "select outcome, error from backfill_runs where command = 'progressive-backfill'"
    )
    assert [row["outcome"] for row in outcomes] == ["deferred"]
    assert commands.run("progressive-backfill").returncode == 0
