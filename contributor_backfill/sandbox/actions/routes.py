"""REST's paths to workflows, their runs and jobs."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from contributor_backfill.sandbox.accounts import VIEWER
from contributor_backfill.sandbox.actions.records import Attempt, Dispatch, Job, Run, Step, Workflow
from contributor_backfill.sandbox.ids import node_id_of
from contributor_backfill.sandbox.messages import Response, of_json
from contributor_backfill.sandbox.rest.call import (
    NOT_FOUND,
    Call,
    Document,
    Refusal,
    Route,
    invalid,
    message,
)
from contributor_backfill.sandbox.rest.documents import (
    account_document,
    short_repository_document,
    user_document,
)

MOST_FOUND = 1_000
"""The most runs that GitHub lists once anything is filtered."""

_DAY = 86_399  # from the first second of a day to its last
_FAR = float("inf")
_FILTERS = {"status", "created", "event", "branch"}
_RUN = r"/actions/runs/(\d{1,18})"
_ATTEMPT = rf"{_RUN}/attempts/(\d{{1,9}})"
_MOST_INPUTS = 25


def run_document(call: Call, run: Run, attempt: Attempt | None = None) -> Document:
    """Return the document of a run as it stood at one of its attempts, else at its latest."""
    attempt = attempt or run.latest
    url = f"{call.url}/actions/runs/{run.run_id}"
    repository = short_repository_document(call)
    return {
        "id": run.run_id,
        "name": run.workflow.name,
        "node_id": run.node_id,
        "head_branch": run.head_branch,
        "head_sha": run.head_sha,
        "path": run.workflow.path,
        "display_title": run.title,
        "run_number": run.run_number,
        "event": run.event,
        "status": attempt.status,
        "conclusion": attempt.conclusion,
        "workflow_id": run.workflow.workflow_id,
        "url": url,
        "html_url": f"{call.html_url}/actions/runs/{run.run_id}",
        "pull_requests": [],
        "created_at": run.created_at,
        "updated_at": attempt.updated_at,
        "actor": _actor(call, run),
        "run_attempt": attempt.number,
        "referenced_workflows": [],
        "run_started_at": attempt.run_started_at,
        "triggering_actor": _actor(call, run),
        "jobs_url": f"{url}/jobs",
        "logs_url": f"{url}/logs",
        "artifacts_url": f"{url}/artifacts",
        "cancel_url": f"{url}/cancel",
        "rerun_url": f"{url}/rerun",
        "previous_attempt_url": (
            f"{url}/attempts/{attempt.number - 1}" if attempt.number > 1 else None
        ),
        "workflow_url": f"{call.url}/actions/workflows/{run.workflow.workflow_id}",
        "repository": repository,
        "head_repository": _head(call, run),
    }


def job_document(call: Call, run: Run, attempt: Attempt, job: Job) -> Document:
    """Return the document of a job of one attempt."""
    run_url = f"{call.url}/actions/runs/{run.run_id}"
    has_runner = job.runner_id is not None
    return {
        "id": job.job_id,
        "run_id": run.run_id,
        "workflow_name": run.workflow.name,
        "head_branch": run.head_branch,
        "run_url": run_url,
        "run_attempt": attempt.number,
        "node_id": node_id_of("CR", call.repository.facts.database_id, database_id=job.job_id),
        "head_sha": run.head_sha,
        "url": f"{call.url}/actions/jobs/{job.job_id}",
        "html_url": f"{call.html_url}/actions/runs/{run.run_id}/job/{job.job_id}",
        "status": job.status,
        "conclusion": job.conclusion,
        "created_at": job.created_at,
        "started_at": job.started_at,
        "completed_at": job.completed_at,
        "name": job.name,
        "steps": [_step(step, number) for number, step in enumerate(job.steps, start=1)],
        "check_run_url": f"{call.url}/check-runs/{job.job_id}",
        "labels": list(job.labels),
        "runner_id": job.runner_id,
        "runner_name": job.runner_name,
        "runner_group_id": 0 if has_runner else None,
        "runner_group_name": "GitHub Actions" if has_runner else None,
    }


def workflow_document(call: Call, workflow: Workflow) -> Document:
    """Return the document of a workflow."""
    return {
        "id": workflow.workflow_id,
        "node_id": node_id_of(
            "W", call.repository.facts.database_id, database_id=workflow.workflow_id
        ),
        "name": workflow.name,
        "path": workflow.path,
        "state": workflow.state,
        "created_at": workflow.created_at,
        "updated_at": workflow.created_at,
        "url": f"{call.url}/actions/workflows/{workflow.workflow_id}",
        "html_url": f"{call.html_url}/blob/main/{workflow.path}",
        "badge_url": f"{call.html_url}/workflows/{workflow.name}/badge.svg",
    }


def _step(step: Step, number: int) -> dict[str, Any]:
    return {
        "name": step.name,
        "status": step.status,
        "conclusion": step.conclusion,
        "number": number,
        "started_at": step.started_at,
        "completed_at": step.completed_at,
    }


def _actor(call: Call, run: Run) -> Document | None:
    """Return who caused a run; of a schedule that is who last edited it, here the owner."""
    if run.actor_id is None:
        return account_document(call, call.repository.owner)
    return user_document(call, run.actor_id)


def _head(call: Call, run: Run) -> Document | None:
    """Return the repository whose commit a run is of: this one, a fork, or nothing any more."""
    if run.fork is None:
        return None
    here = short_repository_document(call)
    if not run.fork:
        return here
    owner, _, name = run.fork.partition("/")
    further = {"id": here["id"] + 1, "name": name, "full_name": run.fork, "fork": True}
    return {**here, **further, "owner": {**here["owner"], "login": owner}}


def _filtered(parameters: Mapping[str, str], runs: Iterable[Run]) -> list[Run]:
    """Return the runs that a query string asks for, as many as GitHub would list.

    Raises `Refusal` for dates that are none; GitHub's own response to them is not published.
    """
    created = parameters.get("created", "")
    try:
        low, high = _span(created) if created else (-_FAR, _FAR)
    except ValueError as error:
        message = f"{created} is no range of dates"
        raise invalid("WorkflowRun", "created", message=message) from error
    found = [
        run
        for run in runs
        if parameters.get("status", "") in ("", run.latest.status, run.latest.conclusion)
        and parameters.get("event", "") in ("", run.event)
        and parameters.get("branch", "") in ("", run.head_branch)
        and low <= datetime.fromisoformat(run.created_at).timestamp() <= high
    ]
    return found[:MOST_FOUND] if parameters.keys() & _FILTERS else found


def _span(text: str) -> tuple[float, float]:
    """Return the moments of `2026-01-31`, `>=…`, `<…` or `…..…`, where `*` is open."""
    first, dots, last = text.partition("..")
    if dots:
        return (
            -_FAR if first == "*" else _bounds(first)[0],
            _FAR if last == "*" else _bounds(last)[1],
        )
    low, high = _bounds(text.lstrip("<>="))
    match text[: len(text) - len(text.lstrip("<>="))]:
        case ">=":
            return low, _FAR
        case ">":
            return high + 1, _FAR
        case "<=":
            return -_FAR, high
        case "<":
            return -_FAR, low - 1
        case "":
            return low, high
        case sign:
            raise ValueError(f"{sign} compares nothing")


def _bounds(text: str) -> tuple[float, float]:
    """Return the first and the last second of a moment, which may be a whole day."""
    moment = datetime.fromisoformat(text)
    begin = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return begin, begin + (_DAY if len(text) == len("2026-01-31") else 0)


def _runs(call: Call) -> Response:
    return _listed_runs(call, call.repository.actions.newest_first())


def _runs_of_workflow(call: Call, file_or_id: str) -> Response:
    wanted = _found_workflow(call, file_or_id).workflow_id
    runs = call.repository.actions.newest_first()
    return _listed_runs(call, [run for run in runs if run.workflow.workflow_id == wanted])


def _workflows(call: Call) -> Response:
    return call.listed(call.repository.actions.workflows(), workflow_document, "workflows")


def _workflow(call: Call, file_or_id: str) -> Document:
    return workflow_document(call, _found_workflow(call, file_or_id))


def _run(call: Call, run_id: str) -> Document:
    return run_document(call, _found_run(call, run_id))


def _attempt(call: Call, run_id: str, number: str) -> Document:
    return run_document(call, *_found_attempt(call, run_id, number))


def _jobs(call: Call, run_id: str) -> Response:
    run = _found_run(call, run_id)
    is_all = call.request.parameters.get("filter") == "all"
    return _listed_jobs(call, run, run.attempts if is_all else [run.latest])


def _jobs_of_attempt(call: Call, run_id: str, number: str) -> Response:
    run, attempt = _found_attempt(call, run_id, number)
    return _listed_jobs(call, run, [attempt])


def _listed_runs(call: Call, runs: Sequence[Run]) -> Response:
    return call.listed(_filtered(call.request.parameters, runs), run_document, "workflow_runs")


def _listed_jobs(call: Call, run: Run, attempts: Iterable[Attempt]) -> Response:
    found = [(attempt, job) for attempt in attempts for job in attempt.jobs]
    return call.listed(found, lambda call, pair: job_document(call, run, *pair), "jobs")


def _found_workflow(call: Call, file_or_id: str) -> Workflow:
    workflow = call.repository.actions.workflow(file_or_id)
    if workflow is None:
        raise Refusal(NOT_FOUND)
    return workflow


def _found_run(call: Call, run_id: str) -> Run:
    run = call.repository.actions.run(int(run_id))
    if run is None:
        raise Refusal(NOT_FOUND)
    return run


def _found_attempt(call: Call, run_id: str, number: str) -> tuple[Run, Attempt]:
    run = _found_run(call, run_id)
    attempt = run.attempt(int(number))
    if attempt is None:
        raise Refusal(NOT_FOUND)
    return run, attempt


def _dispatch(call: Call, file_or_id: str) -> Response:
    """Start a run: 204 as ever, or 200 with the run for those that ask for `return_run_details`."""
    workflow = _found_workflow(call, file_or_id)
    if not call.repository.actions.enabled:
        raise _refusal("Actions has been disabled for this repository.")
    if workflow.state != "active":
        raise _refusal("Cannot trigger a 'workflow_dispatch' on a disabled workflow")
    document = call.document()
    branch = _branch(call, document)
    inputs = _inputs(workflow, document)
    run = call.repository.actions.start(
        workflow,
        event="workflow_dispatch",
        branch=branch,
        moment=call.moment,
        actor_id=VIEWER.account_id,
    )
    if inputs.get("job_id"):
        # As the run-name of every workflow of ours says.
        run = call.repository.actions.put(
            replace(run, title=f"{run.title} for job {inputs['job_id']}")
        )
    call.repository.actions.dispatches.append(
        Dispatch(workflow.file, document["ref"], inputs, run.run_id, call.moment)
    )
    if document.get("return_run_details") is not True:
        return Response(204)
    return of_json(
        200,
        {
            "workflow_run_id": run.run_id,
            "run_url": f"{call.url}/actions/runs/{run.run_id}",
            "html_url": f"{call.html_url}/actions/runs/{run.run_id}",
        },
    )


def _branch(call: Call, document: dict[str, Any]) -> str:
    """Return the branch that is asked for; the sandbox's repositories have one. May refuse."""
    ref = document.get("ref")
    if not isinstance(ref, str):
        raise _refusal('Invalid request.\n\n"ref" wasn\'t supplied.')
    branch = call.repository.facts.default_branch
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


def _refusal(text: str) -> Refusal:
    return Refusal(message(422, text))


ROUTES: Sequence[Route] = (
    Route("GET", "/actions/workflows", _workflows, "actions"),
    Route("GET", "/actions/workflows/([^/]+)", _workflow, "actions"),
    Route("GET", "/actions/runs", _runs, "actions"),
    Route("GET", "/actions/workflows/([^/]+)/runs", _runs_of_workflow, "actions"),
    Route("GET", _RUN, _run, "actions"),
    Route("GET", f"{_RUN}/jobs", _jobs, "actions"),
    Route("GET", _ATTEMPT, _attempt, "actions"),
    Route("GET", f"{_ATTEMPT}/jobs", _jobs_of_attempt, "actions"),
    Route("POST", "/actions/workflows/([^/]+)/dispatches", _dispatch, "actions"),
)
