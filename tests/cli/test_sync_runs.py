"""`sync-runs` as a user runs it: a record, a sentence, and what is wrong said in one."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.sandbox import RepositoryOptions, Sandbox, World
from tests.support.commands import Commands
from tests.support.databases import Database
from tests.support.runners import Runner
from tests.support.workflow_events import FILE, REPOSITORY, begin, fall_silent, record


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    world = World.of([RepositoryOptions(REPOSITORY, pull_requests=0)])
    with Sandbox(world, bad_tokens=frozenset({"expired"})) as sandbox:
        sandbox.change("add_workflow", repository=REPOSITORY, file=FILE, name="Backfill")
        yield sandbox


@pytest.fixture
def killed(sandbox: Sandbox, gateway: Gateway) -> str:
    """A run of a command in a workflow run that GitHub says has timed out."""
    run = sandbox.change(
        "add_workflow_run",
        repository=REPOSITORY,
        workflow=FILE,
        status="completed",
        conclusion="timed_out",
    )
    return begin(gateway, run_id=run["run_id"])


def test_it_settles_is_on_record_and_says_that_nothing_is_unknown(
    commands: Commands, killed: str, gateway: Gateway, database: Database
) -> None:
    silent = begin(gateway, run_id=7)
    fall_silent(database, silent)

    done = commands.run("sync-runs", "--repository", REPOSITORY)

    assert done.returncode == 0, done.stderr
    assert done.stdout == "2 runs settled, 0 in progress, 0 unknown.\n"
    assert record(database, killed)["outcome"] == "failed"
    (own,) = database.rows("select * from backfill_runs where command = 'sync-runs'")
    assert (own["outcome"], own["settled_by"], own["repository"]) == ("done", "run", REPOSITORY)
    assert own["requests"] > 0


def test_in_actions_the_repository_is_the_workflows_and_its_own_run_does_not_count(
    variables: dict[str, str], killed: str, database: Database, tmp_path: Path
) -> None:
    commands = Commands({**variables, **Runner(tmp_path).variables}, tmp_path)

    done = commands.run("sync-runs", "--json")

    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert (document["settled"], document["in_progress"], document["unknown"]) == (1, 0, 0)
    assert (document["not_asked"], document["hidden"], document["reason"]) == (0, [], None)
    assert record(database, killed)["settled_by"] == "github"


def test_a_missing_permission_is_named_after_silence_was_settled(
    commands: Commands, sandbox: Sandbox, gateway: Gateway, database: Database
) -> None:
    silent = begin(gateway)
    fall_silent(database, silent)
    sandbox.change("take_permission", permission="actions", level="read")

    done = commands.run("sync-runs", "--repository", REPOSITORY)

    assert done.returncode == 1
    assert done.stdout == "1 run settled, 0 in progress, 0 unknown.\n"
    assert "actions: read" in done.stderr
    assert "Traceback" not in done.stderr
    assert record(database, silent)["outcome"] == "lost"
    assert database.value("select outcome from backfill_runs where command = 'sync-runs'") == (
        "failed"
    )


def test_outside_of_actions_the_repository_is_asked_for(commands: Commands) -> None:
    done = commands.run("sync-runs")

    assert done.returncode == 3
    assert "--repository" in done.stderr


def test_a_token_that_expired_is_named(variables: dict[str, str], tmp_path: Path) -> None:
    commands = Commands({**variables, "GITHUB_TOKEN": "expired"}, tmp_path)

    done = commands.run("sync-runs", "--repository", REPOSITORY)

    assert done.returncode == 3
    assert "GITHUB_TOKEN" in done.stderr
