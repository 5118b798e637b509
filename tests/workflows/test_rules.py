"""Rules of this project for workflows, beyond those of the checkers."""

from pathlib import Path
from typing import Any

import pytest

from tests.workflows.expressions import Expressions
from tests.workflows.settings import WORKFLOWS

READS = {"contents": "read", "issues": "read", "pull-requests": "read"}
PERMISSIONS: dict[str, dict[str, dict[str, str]]] = {
    "capture-pr-chunk.yml": {"capture": READS},
    "capture-pr-comments.yml": {"capture": READS},
    "capture-pr-reviews.yml": {"capture": READS},
    "historical-pr-sync-graphql.yml": {"sync": READS},
    "monitor.yml": {"write": {}, "publish": {"id-token": "write", "pages": "write"}},
    "progressive-backfill.yml": {
        "plan": {},
        "capture": READS,
        "successor": {"actions": "write"},
    },
    "record-run.yml": {"record": {}},
    "recovery.yml": {"recover": {"actions": "write", "issues": "write"}},
}
LONGEST_MINUTES = 60


@pytest.fixture(params=sorted(PERMISSIONS))
def file(request: pytest.FixtureRequest) -> Path:
    return WORKFLOWS / str(request.param)


@pytest.fixture
def workflow(file: Path, github_expressions: Expressions) -> dict[str, Any]:
    found: dict[str, Any] = github_expressions.read(file)
    return found


def test_every_workflow_is_here() -> None:
    found = {file.name for file in WORKFLOWS.glob("*.yml")}

    assert found == PERMISSIONS.keys() | {"ci.yml", "release.yml"}


def test_a_release_is_tried_before_one_job_without_a_secret_publishes_it(
    github_expressions: Expressions,
) -> None:
    release = github_expressions.read(WORKFLOWS / "release.yml")
    build, publish = release["jobs"]["build"], release["jobs"]["publish"]

    assert [step["run"] for step in build["steps"] if "run" in step] == [
        'scripts/check-release "$GITHUB_REF_NAME"',
        "scripts/test",
        "scripts/check-wheel dist",
    ]
    assert build["permissions"] == {"contents": "read"}
    assert (publish["needs"], publish["permissions"]) == ("build", {"id-token": "write"})
    assert publish["environment"]["name"] == "pypi"
    assert "secrets." not in (WORKFLOWS / "release.yml").read_text(encoding="utf-8")


def test_a_job_may_do_what_it_needs_and_nothing_else(file: Path, workflow: dict[str, Any]) -> None:
    assert workflow["permissions"] == {}
    given = {key: job["permissions"] for key, job in workflow["jobs"].items()}
    assert given == PERMISSIONS[file.name]


def test_the_first_line_says_what_it_is_for(file: Path) -> None:
    first = file.read_text(encoding="utf-8").splitlines()[0]

    assert first.startswith("# ")
    assert first.endswith(".")


def test_no_run_cancels_another_and_none_takes_the_place_of_one_that_waits(
    file: Path, workflow: dict[str, Any]
) -> None:
    concurrency = workflow["concurrency"]

    assert concurrency["group"].startswith("contributor-backfill-")
    assert concurrency["cancel-in-progress"] is False
    # Of these two, a run does all that an earlier one had to do.
    assert concurrency.get("queue") == "max" or file.name in {"recovery.yml", "monitor.yml"}


def test_every_job_ends_by_itself_on_the_runner_that_was_asked_for(
    workflow: dict[str, Any], github_expressions: Expressions
) -> None:
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"] <= LONGEST_MINUTES
        for label, runner in (
            (None, "ubuntu-24.04"),
            ("mine", "mine"),
            ('["self-hosted", "x64"]', ["self-hosted", "x64"]),
        ):
            inputs = {"inputs": {"runs_on": label}}
            assert github_expressions.value(job["runs-on"], inputs) == runner


def test_a_command_takes_the_place_of_its_shell(workflow: dict[str, Any]) -> None:
    """Or the runner's signals end there, and never reach it."""
    for job in workflow["jobs"].values():
        for step in job["steps"]:
            assert step.get("run", "exec ").startswith("exec ")


def test_another_repository_may_call_it_with_the_same_inputs(workflow: dict[str, Any]) -> None:
    events = workflow["on"]

    assert {"SUPABASE_URL", "SUPABASE_SERVICE_KEY", "DATABASE_URL"} <= events["workflow_call"][
        "secrets"
    ].keys()
    if "workflow_dispatch" in events:
        assert events["workflow_call"]["inputs"] == events["workflow_dispatch"]["inputs"]


def test_every_step_that_reads_repositories_gets_the_tokens_of_their_owners(
    workflow: dict[str, Any],
) -> None:
    steps = [step.get("env", {}) for job in workflow["jobs"].values() for step in job["steps"]]
    reading = [env for env in steps if "steps.setup" in str(env.get("GITHUB_TOKEN"))]

    for env in reading:
        assert env["GITHUB_TOKENS"] == "${{ secrets.BACKFILL_GITHUB_TOKENS }}"
    passed_on = workflow["on"].get("workflow_call", {}).get("secrets", {})
    assert ("BACKFILL_GITHUB_TOKENS" in passed_on) == bool(reading)


def test_schedules_keep_clear_of_the_full_hour_and_of_each_other(
    github_expressions: Expressions,
) -> None:
    minutes: list[int] = []
    for file in WORKFLOWS.glob("*.yml"):
        for schedule in github_expressions.read(file)["on"].get("schedule", []):
            minutes += map(int, schedule["cron"].split()[0].split(","))

    assert len(minutes) == len(set(minutes)) == 6
    assert all(5 <= minute <= 55 for minute in minutes)


def test_runs_are_recorded_of_every_workflow_by_its_name(github_expressions: Expressions) -> None:
    named = {
        github_expressions.read(WORKFLOWS / workflow)["name"]
        for workflow in PERMISSIONS
        if workflow not in {"record-run.yml", "monitor.yml"}  # they leave no run of a command
    }

    trigger = github_expressions.read(WORKFLOWS / "record-run.yml")["on"]["workflow_run"]
    assert set(trigger["workflows"]) == named
    assert set(trigger["types"]) == {"requested", "in_progress", "completed"}
