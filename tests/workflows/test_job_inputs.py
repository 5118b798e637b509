"""`dispatch` gives a workflow what it declares, and the job's id, which the run's name shows."""

import pytest

from contributor_backfill.domain.handing_over import Dispatch, dispatch_of
from contributor_backfill.domain.jobs import JobType, Work
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
    required = {name for name, each in declared.items() if each.get("required")}
    assert required <= told.inputs.keys() <= declared.keys()
    assert "inputs.job_id" in workflow["run-name"]
