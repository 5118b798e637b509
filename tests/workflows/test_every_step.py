"""No script in a workflow or in the action is left unexecuted."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from contributor_backfill.sandbox import Sandbox
from tests.workflows.conftest import SITE, Run
from tests.workflows.expressions import Expressions
from tests.workflows.machine import Machine
from tests.workflows.settings import ROOT, WORKFLOWS, Setting
from tests.workflows.stand_ins import StandIns
from tests.workflows.steps import Steps

CI = "ci.yml"
OURS = {CI, "release.yml"}
"""Those of the project itself, which no user calls."""


def scripts(document: Any) -> Iterator[str]:
    """Yield every `run:` in a workflow or action."""
    places = document["jobs"].values() if "jobs" in document else [document["runs"]]
    for place in places:
        yield from (step["run"] for step in place["steps"] if "run" in step)


@pytest.mark.usefixtures("on_github", "database")
def test_no_script_is_left_unexecuted(
    run: Run, tracked: str, sandbox: Sandbox, github_expressions: Expressions
) -> None:
    made = sandbox.change("add_workflow_run", repository=SITE, workflow="progressive-backfill.yml")
    payload = {"action": "requested", "workflow_run": requested(made["run_id"])}
    numbers = {"repository": tracked, "pr_numbers": "1"}
    runs = [
        run("record-run.yml", event="workflow_run", payload=payload),
        run("capture-pr-reviews.yml", inputs=numbers),
        run("capture-pr-comments.yml", inputs=numbers),
        run("capture-pr-chunk.yml"),
        run("historical-pr-sync-graphql.yml", event="schedule"),
        run("progressive-backfill.yml", inputs={"chunk_size": "1", "max_minutes": "0.01"}),
        run("progressive-backfill.yml", inputs={"max_jobs": "2"}),
        run("recovery.yml", event="schedule"),
        run("monitor.yml", event="schedule"),
    ]

    for done in runs:
        for job in (job for jobs in done.jobs.values() for job in jobs):
            assert job.result == "success", [step.text for step in job.steps]
    files = [file for file in WORKFLOWS.glob("*.yml") if file.name not in OURS]
    files += (ROOT / ".github" / "actions").glob("*/action.yml")
    written = {script for file in files for script in scripts(github_expressions.read(file))}
    assert set.union(*(done.executed for done in runs)) == written


def requested(run_id: int) -> dict[str, Any]:
    return {
        "id": run_id,
        "run_attempt": 1,
        "name": "Progressive backfill",
        "path": ".github/workflows/progressive-backfill.yml",
        "event": "schedule",
        "status": "queued",
        "conclusion": None,
        "html_url": f"https://github.com/{SITE}/actions/runs/{run_id}",
        "created_at": "2026-11-01T00:00:00Z",
        "updated_at": "2026-11-01T00:00:00Z",
        "run_started_at": "2026-11-01T00:00:00Z",
        "repository": {"full_name": SITE},
        "head_repository": {"full_name": SITE},
    }


def test_what_ci_runs_on_github_the_ci_of_this_repository_runs_too(
    github_expressions: Expressions,
) -> None:
    called = [s for s in scripts(github_expressions.read(WORKFLOWS / CI)) if "\n" not in s]
    here = (ROOT / ".ci" / "run").read_text(encoding="utf-8")

    for script in called:
        name = re.fullmatch(r"scripts/([a-z-]+)", script)
        assert name is not None
        assert re.search(rf"\b{name[1]}\b", here), f".ci/run leaves out {script}"


@pytest.mark.parametrize(("results", "exit_code"), [("success success", 0), ("success skipped", 1)])
def test_the_gate_opens_when_every_job_succeeded(
    github_expressions: Expressions, tmp_path: Any, results: str, exit_code: int
) -> None:
    gate = github_expressions.read(WORKFLOWS / CI)["jobs"]["gate"]
    needs = {str(n): {"result": result} for n, result in enumerate(results.split())}
    machine = Machine(tmp_path / "gate", Setting(CI, event="push"), "gate")
    steps = Steps(github_expressions, machine, StandIns(), set())

    steps.run(gate["steps"], {"needs": needs}, {})

    (step,) = steps.results
    assert step.exit_code == exit_code, step.text
