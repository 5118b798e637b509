"""REST's path that starts a workflow by hand."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from contributor_backfill.sandbox import responses
from contributor_backfill.sandbox.actions.workflow_runs import Dispatch, Run, Workflow
from contributor_backfill.sandbox.people.accounts import VIEWER
from contributor_backfill.sandbox.responses import Answer
from contributor_backfill.sandbox.rest import rest_responses
from contributor_backfill.sandbox.rest.visit import Refusal, Route, Visit

_MOST_INPUTS = 25


def _dispatch(visit: Visit, file_or_id: str) -> Answer:
    """Start a run: 204 as ever, or 200 with the run for those that ask for `return_run_details`."""
    workflow = visit.repository.actions.workflow(file_or_id)
    if workflow is None:
        return rest_responses.not_found()
    if not visit.repository.actions.enabled:
        raise _refusal("Actions has been disabled for this repository.")
    if workflow.state != "active":
        raise _refusal("Cannot trigger a 'workflow_dispatch' on a disabled workflow")
    document = visit.document()
    branch = _branch(visit, document)
    inputs = _inputs(workflow, document)
    run = visit.repository.actions.start(
        workflow,
        event="workflow_dispatch",
        branch=branch,
        moment=visit.moment,
        actor_id=VIEWER.account_id,
    )
    if inputs.get("job_id"):
        # As the run-name of every workflow of ours says.
        run = visit.repository.actions.put(
            replace(run, title=f"{run.title} for job {inputs['job_id']}")
        )
    _remember(visit, run, document["ref"], inputs)
    if document.get("return_run_details") is not True:
        return Answer(204)
    return responses.of_json(
        200,
        {
            "workflow_run_id": run.run_id,
            "run_url": f"{visit.writer.url}/actions/runs/{run.run_id}",
            "html_url": f"{visit.writer.html_url}/actions/runs/{run.run_id}",
        },
    )


def _branch(visit: Visit, document: dict[str, Any]) -> str:
    """Return the branch that is asked for; the sandbox's repositories have one. May refuse."""
    ref = document.get("ref")
    if not isinstance(ref, str):
        raise _refusal('Invalid request.\n\n"ref" wasn\'t supplied.')
    branch = visit.repository.facts.default_branch
    if ref.removeprefix("refs/heads/") != branch:
        raise _refusal(f"No ref found for: {ref}")
    return branch


def _inputs(workflow: Workflow, document: dict[str, Any]) -> dict[str, Any]:
    """Return the inputs that the workflow declares. May refuse."""
    inputs = document.get("inputs") or {}
    if not isinstance(inputs, dict):
        raise _refusal(f"Invalid request.\n\nFor 'properties/inputs', {inputs} is not an object.")
    if len(inputs) > _MOST_INPUTS:
        raise _refusal(
            f"Invalid request.\n\nNo more than {_MOST_INPUTS} properties are allowed; "
            f"{len(inputs)} were supplied."
        )
    if workflow.inputs is None:
        raise _refusal("Workflow does not have 'workflow_dispatch' trigger")
    unexpected = [name for name in inputs if name not in workflow.inputs]
    if unexpected:
        raise _refusal(f"Unexpected inputs provided: {json.dumps(unexpected)}")
    for name in workflow.required_inputs:
        if name not in inputs:
            raise _refusal(f"Required input '{name}' not provided")
    return inputs


def _remember(visit: Visit, run: Run, ref: str, inputs: dict[str, Any]) -> None:
    dispatch = Dispatch(run.workflow.file, ref, inputs, run.run_id, visit.moment)
    visit.repository.actions.dispatches.append(dispatch)


def _refusal(message: str) -> Refusal:
    return Refusal(rest_responses.unprocessable(message))


ROUTES: Sequence[Route] = (
    Route("POST", "/actions/workflows/([^/]+)/dispatches", _dispatch, "actions"),
)
