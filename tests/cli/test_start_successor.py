"""A run that leaves work behind starts the next one: one at a time, and never in a tight loop."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from contributor_backfill.sandbox import RepositoryOptions, Sandbox, World
from tests.support.commands import Commands
from tests.support.databases import Database
from tests.support.runners import Runner

SITE, FILE = "me/site", "progressive-backfill.yml"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(World.of([RepositoryOptions(SITE, pull_requests=0)])) as sandbox:
        sandbox.change(
            "add_workflow", repository=SITE, file=FILE, inputs=["max_minutes", "dry_run", "job_id"]
        )
        yield sandbox


@pytest.fixture
def this_run(sandbox: Sandbox) -> int:
    made = sandbox.change(
        "add_workflow_run", repository=SITE, workflow=FILE, status="in_progress", jobs=["capture"]
    )
    return int(made["run_id"])


@pytest.fixture
def in_run(variables: dict[str, str], this_run: int, tmp_path: Path) -> Commands:
    runner = Runner(tmp_path, run_id=this_run)
    return Commands({**variables, **runner.variables}, tmp_path)


def test_the_next_run_is_started_on_the_same_branch(in_run: Commands, sandbox: Sandbox) -> None:
    done = in_run.run("start-successor")

    assert (done.returncode, done.stdout) == (0, f"The next run of {FILE} is started.\n")
    (dispatch,) = sandbox.dispatches(SITE)
    assert (dispatch["ref"], dispatch["inputs"]) == ("main", {})


def test_it_gets_the_inputs_of_this_run_but_not_its_job(
    in_run: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    event = tmp_path / "event.json"
    inputs = {"max_minutes": "12", "dry_run": False, "job_id": "abc"}
    event.write_text(json.dumps({"inputs": inputs}), encoding="utf-8")
    dispatched = {"GITHUB_EVENT_NAME": "workflow_dispatch", "GITHUB_EVENT_PATH": str(event)}
    commands = Commands({**in_run.variables, **dispatched}, tmp_path)

    assert commands.run("start-successor").returncode == 0

    (dispatch,) = sandbox.dispatches(SITE)
    assert dispatch["inputs"] == {"max_minutes": "12", "dry_run": "false"}


@pytest.mark.parametrize("status", ["queued", "in_progress"])
def test_no_second_one_waits_or_works_beside_this_one(
    in_run: Commands, sandbox: Sandbox, status: str
) -> None:
    made = sandbox.change("add_workflow_run", repository=SITE, workflow=FILE, status=status)

    done = in_run.run("start-successor")

    assert done.returncode == 0
    assert f"run {made['run_id']} of {FILE} is under way already" in done.stdout
    assert sandbox.dispatches(SITE) == []


@pytest.mark.parametrize(
    "stranger",
    [
        {"fork": "stranger/site", "event": "pull_request"},
        {"fork": "stranger/site"},
        {"fork": None},
        {"event": "pull_request"},
    ],
)
def test_a_pull_request_with_an_edited_workflow_is_not_waited_for(
    in_run: Commands, sandbox: Sandbox, stranger: dict[str, str | None]
) -> None:
    sandbox.change(
        "add_workflow_run", repository=SITE, workflow=FILE, status="in_progress", **stranger
    )

    done = in_run.run("start-successor")

    assert (done.returncode, done.stdout) == (0, f"The next run of {FILE} is started.\n")
    assert len(sandbox.dispatches(SITE)) == 1


def test_runs_that_end_at_once_do_not_chase_each_other(
    in_run: Commands, sandbox: Sandbox, this_run: int, database: Database, tmp_path: Path
) -> None:
    def end(run_id: int) -> None:
        sandbox.change(
            "move_workflow_run",
            repository=SITE,
            run_id=run_id,
            status="completed",
            conclusion="success",
        )

    in_run.run("start-successor")
    end(this_run)
    following = int(sandbox.dispatches(SITE)[0]["run_id"])
    runner = Runner(tmp_path, run_id=following)
    commands = Commands({**in_run.variables, **runner.variables}, tmp_path)

    soon = commands.run("start-successor")
    database.rows("update backfill_successors set dispatched_at = now() - interval '6 minutes'")
    later = commands.run("start-successor")

    assert "less than 5 minutes ago" in soon.stdout
    assert later.stdout == f"The next run of {FILE} is started.\n"
    assert (soon.returncode, len(sandbox.dispatches(SITE))) == (0, 2)


def test_of_two_at_once_one_starts_it(in_run: Commands, sandbox: Sandbox, tmp_path: Path) -> None:
    """Shards of one run have its id in common, so they are told apart by who asks first."""
    other = Runner(tmp_path, run_id=4_711)
    commands = (in_run, Commands({**in_run.variables, **other.variables}, tmp_path))

    processes = [runner.start("start-successor") for runner in commands]
    ended = [process.communicate() for process in processes]

    assert [process.returncode for process in processes] == [0, 0], ended
    assert len(sandbox.dispatches(SITE)) == 1


def test_what_github_refuses_is_said_and_the_right_is_given_back(
    in_run: Commands, sandbox: Sandbox, database: Database
) -> None:
    sandbox.change("take_permission", permission="actions", level="write")

    done = in_run.run("start-successor")

    assert done.returncode == 1
    assert "Resource not accessible by integration" in done.stderr
    assert database.value("select count(*) from backfill_successors") == 0
    sandbox.change("give_permission", permission="actions")
    assert in_run.run("start-successor").returncode == 0


def test_an_unknown_workflow_is_an_error(in_run: Commands) -> None:
    done = in_run.run("start-successor", "--workflow", "no-such.yml")

    assert done.returncode == 1
    assert "404" in done.stderr


def test_outside_of_actions_it_must_be_told_whose_workflow_it_is(
    variables: dict[str, str], tmp_path: Path
) -> None:
    done = Commands(variables, tmp_path).run("start-successor")

    assert done.returncode == 3
    assert "--repository" in done.stderr
