"""`dispatch` gives a workflow what it declares, and the job's id, which the run's name shows."""

import pytest

from contributor_backfill.domain.jobs import Dispatch, JobType, Work, dispatch_of
from tests.support.databases import Database
from tests.workflows.conftest import COUNT, Run
from tests.workflows.expressions import Expressions
from tests.workflows.settings import WORKFLOWS


@pytest.mark.parametrize("job_type", list(JobType))
@pytest.mark.parametrize("numbers", [(), (1, 2)])
def test_a_job_gives_its_workflow_what_that_declares_and_all_that_it_requires(
    github_expressions: Expressions, job_type: JobType, numbers: tuple[int, ...]
) -> None:
    told = dispatch_of(Work("job-1", job_type, "octo/cat", 3, numbers, source="manual"))

    assert isinstance(told, Dispatch)
    workflow = github_expressions.read(WORKFLOWS / told.workflow)
    declared = workflow["on"]["workflow_dispatch"]["inputs"]
    required = {name for name, declaration in declared.items() if declaration.get("required")}
    assert required <= told.inputs.keys() <= declared.keys()
    assert "inputs.job_id" in workflow["run-name"]


THE_SITES = {
    "progressive-backfill.yml": {"repository_id", "repository_name", "job_id", "chunk_size"},
    "capture-pr-reviews.yml": {"repository_id", "repository_name", "job_id", "pr_numbers"},
    "capture-pr-comments.yml": {"repository_id", "repository_name", "job_id", "pr_numbers"},
    "historical-pr-sync-graphql.yml": {
        *("repository_id", "repository_name", "time_range", "max_items"),
    },
}
"""The inputs that contributor.info's code and documents give each workflow."""


@pytest.mark.parametrize("workflow", sorted(THE_SITES))
def test_what_the_site_gives_is_declared_and_nothing_else_is_required(
    github_expressions: Expressions, workflow: str
) -> None:
    inputs = github_expressions.read(WORKFLOWS / workflow)["on"]["workflow_dispatch"]["inputs"]

    assert THE_SITES[workflow] <= inputs.keys()
    assert not any(value.get("required") for value in inputs.values())
    assert inputs.get("chunk_size", {}).get("default", "25") == "25"


@pytest.mark.usefixtures("tracked")
def test_the_site_starts_a_backfill_by_id_and_its_25_fixes_no_page_size(
    run: Run, database: Database
) -> None:
    repository_id = str(database.value("select id from repositories"))
    given = {"repository_id": repository_id, "repository_name": "old/name", "chunk_size": "25"}

    job = run("progressive-backfill.yml", inputs=given).only("capture")

    environment = job.step("Capture").environment
    assert job.result == "success", job.step("Capture").text
    assert environment["CONTRIBUTOR_BACKFILL_REPOSITORY"] == ""
    assert environment["CONTRIBUTOR_BACKFILL_CHUNK_SIZE"] == ""
    assert database.value("select count(*) from pull_requests") == COUNT


@pytest.mark.usefixtures("tracked")
def test_a_size_that_somebody_chose_and_a_name_by_itself_are_taken(run: Run, tracked: str) -> None:
    given = {"repository_name": tracked, "chunk_size": "7", "max_minutes": "0.01"}

    environment = (
        run("progressive-backfill.yml", inputs=given).only("capture").step("Capture").environment
    )

    assert environment["CONTRIBUTOR_BACKFILL_REPOSITORY"] == tracked
    assert environment["CONTRIBUTOR_BACKFILL_CHUNK_SIZE"] == "7"
