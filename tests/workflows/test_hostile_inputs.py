"""Text that somebody types into an input is a value and never a part of a script."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.databases import Database
from tests.workflows.conftest import Run
from tests.workflows.expressions import Expressions
from tests.workflows.settings import WORKFLOWS

HOSTILE = "\"'; touch ran; $(touch ran) `touch ran` ${{ github.token }}\ntouch ran\n--help"
OTHER_NAMES = ("repository_id", "repository_name")
DISPATCHED = {
    "progressive-backfill.yml": (
        *("repository", "chunk_size", "max_minutes", "max_jobs", "job_id", *OTHER_NAMES),
    ),
    "capture-pr-chunk.yml": ("repository", "chunk_size", "job_id", *OTHER_NAMES),
    "capture-pr-reviews.yml": (
        *("repository", "pr_numbers", "max_minutes", "job_id", *OTHER_NAMES),
    ),
    "capture-pr-comments.yml": (
        *("repository", "pr_numbers", "max_minutes", "job_id", *OTHER_NAMES),
    ),
    "historical-pr-sync-graphql.yml": (
        *("repository", "days", "max_items", "max_minutes", "job_id", "time_range", *OTHER_NAMES),
    ),
}
NEITHER = {"runs_on", "dry_run", "force"}
"""No script is given the runner's label, and GitHub makes sure of booleans."""


def cases() -> Iterator[tuple[str, str]]:
    for workflow, names in DISPATCHED.items():
        for name in names:
            yield workflow, name


@pytest.mark.parametrize(("workflow", "name"), list(cases()))
def test_a_hostile_input_is_refused_and_not_executed(
    run: Run, database: Database, workflow: str, name: str
) -> None:
    done = run(workflow, inputs={name: HOSTILE})

    (job,) = (job for jobs in done.jobs.values() for job in jobs)
    last = job.steps[-1]
    assert (job.result, last.exit_code) == ("failure", 2), last.text
    assert "ran" in last.text, "the message names what was given"
    assert not list(done.directory.rglob("ran"))
    assert database.value("select count(*) from backfill_runs") == 0


def test_every_text_that_can_be_typed_in_is_among_these(github_expressions: Expressions) -> None:
    declared: dict[str, set[str]] = {}
    for file in WORKFLOWS.glob("*.yml"):
        events: dict[str, Any] = github_expressions.read(file)["on"]
        inputs = (events.get("workflow_dispatch") or {}).get("inputs", {})
        if inputs.keys() - NEITHER:
            declared[file.name] = set(inputs) - NEITHER

    assert declared == {file: set(names) for file, names in DISPATCHED.items()}
