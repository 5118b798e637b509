"""Changes of workflows, runs and jobs."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from contributor_backfill.domain.errors import InvalidInput, NotFound
from contributor_backfill.sandbox.actions.records import Actions, Attempt, Job, Run, Step, Workflow
from contributor_backfill.sandbox.change import (
    Change,
    Changes,
)

CONCLUSIONS = (
    "success",
    "failure",
    "neutral",
    "cancelled",
    "skipped",
    "timed_out",
    "action_required",
    "stale",
    "startup_failure",
)
_RANKS = {
    "queued": 0,
    "requested": 0,
    "waiting": 0,
    "pending": 0,
    "in_progress": 1,
    "completed": 2,
}
STATUSES = tuple(_RANKS)

_FIRST_HOSTED_RUNNER = 1_000_000_000
_WITHOUT_RUNNER = ("skipped", "startup_failure")

_STATES = ("active", "disabled_manually", "disabled_inactivity")


def moved_run(run: Run, status: str, conclusion: str | None, moment: str) -> Run:
    """Return the run with its latest attempt moved on, and the jobs that are not as far with it.

    Raises `InvalidInput` for a step back and for an end without a conclusion.
    """
    _check(run.latest.status, status, conclusion)
    jobs = tuple(
        moved_job(job, status, conclusion, moment) if _RANKS[job.status] < _RANKS[status] else job
        for job in run.latest.jobs
    )
    # A workflow that cannot start has no jobs at all.
    jobs = () if conclusion == "startup_failure" else jobs
    moved = replace(run.latest, status=status, conclusion=conclusion, updated_at=moment, jobs=jobs)
    return with_attempt(run, moved)


def moved_job(
    job: Job,
    status: str,
    conclusion: str | None,
    moment: str,
    steps: Sequence[Step] = (),
) -> Job:
    """Return a job that moved on; without `steps`, it has the usual ones. Raises `InvalidInput`."""
    _check(job.status, status, conclusion)
    is_first_start = _RANKS[job.status] == 0 < _RANKS[status]
    moved = replace(
        job,
        status=status,
        conclusion=conclusion,
        started_at=moment if is_first_start else job.started_at,
        completed_at=moment if status == "completed" else None,
    )
    if _RANKS[status] == 0 or conclusion in _WITHOUT_RUNNER:
        return moved
    # Every job has a runner of its own, as on GitHub's machines.
    number = job.job_id % 1_000
    return replace(
        moved,
        runner_id=_FIRST_HOSTED_RUNNER + number,
        runner_name=f"GitHub Actions {_FIRST_HOSTED_RUNNER + number}",
        steps=tuple(steps) or _usual_steps(moved),
    )


def with_job(run: Run, job: Job, moment: str) -> Run:
    """Return the run with a new version of one of its latest jobs, which may start the run."""
    latest = run.latest
    is_start = _RANKS[latest.status] == 0 < _RANKS[job.status]
    jobs = tuple(job if job.job_id == known.job_id else known for known in latest.jobs)
    status = "in_progress" if is_start else latest.status
    return with_attempt(run, replace(latest, jobs=jobs, status=status, updated_at=moment))


def with_attempt(run: Run, attempt: Attempt) -> Run:
    """Return the run with a new version of its latest attempt."""
    return replace(run, attempts=(*run.attempts[:-1], attempt))


def _check(present: str, status: str, conclusion: str | None) -> None:
    if status not in _RANKS:
        raise InvalidInput(f"There is no status {status!r}. Known: {', '.join(STATUSES)}.")
    if _RANKS[status] < _RANKS[present] or present == "completed":
        raise InvalidInput(f"What is {present} cannot become {status}.")
    if status == "completed" and conclusion not in CONCLUSIONS:
        raise InvalidInput(f"An end needs a conclusion: {', '.join(CONCLUSIONS)}.")
    if status != "completed" and conclusion is not None:
        raise InvalidInput(f"What is {status} has no conclusion yet.")


def _usual_steps(job: Job) -> tuple[Step, ...]:
    """Return GitHub's own two steps around one that shares the job's fate."""
    if job.status != "completed":
        return (Step("Set up job", "in_progress", None, job.started_at, None),)
    span = (job.started_at, job.completed_at)
    return (
        Step("Set up job", "completed", "success", *span),
        Step("Run the command", "completed", job.conclusion, *span),
        Step("Complete job", "completed", "success", *span),
    )


def _add_workflow(change: Change) -> dict[str, Any]:
    """Put a workflow into a repository; `inputs` None is a workflow that cannot be dispatched."""
    repository = change.repository()
    required = change.texts("required_inputs")
    is_dispatchable = change.get("inputs", ()) is not None
    inputs = (*change.texts("inputs"), *required) if is_dispatchable else None
    file = change["file"]
    workflow = repository.actions.add_workflow(
        Workflow(
            repository_id=repository.facts.database_id,
            workflow_id=0,
            file=file,
            name=change.text("name", file.rpartition(".")[0]),
            created_at=change.moment,
            inputs=None if inputs is None else tuple(dict.fromkeys(inputs)),
            required_inputs=required,
            jobs=change.texts("jobs", ("build",)),
        )
    )
    return {"workflow_id": workflow.workflow_id, "file": workflow.file, "name": workflow.name}


def _set_workflow_state(change: Change) -> dict[str, Any]:
    """Enable or disable a workflow, by its file; without one, all of them."""
    actions = change.repository().actions
    state = change.text("state", "active")
    if state not in _STATES:
        raise InvalidInput(f"There is no state {state!r}. Known: {', '.join(_STATES)}.")
    wanted = change.get("workflow")
    chosen = [found for found in actions.workflows() if wanted in {None, found.file}]
    if not chosen:
        raise NotFound(f"There is no workflow {wanted!r}.")
    for workflow in chosen:
        actions.add_workflow(replace(workflow, state=state))
    return {"workflows": [workflow.file for workflow in chosen], "state": state}


def _enable_actions(change: Change) -> dict[str, Any]:
    """Switch a repository's Actions on or off."""
    actions = change.repository().actions
    actions.enabled = bool(change["enabled"])
    return {"enabled": actions.enabled}


def _add_workflow_run(change: Change) -> dict[str, Any]:
    """Start a run and bring it as far as the change says.

    `fork` names the repository whose pull request it is of, None one that was deleted.
    """
    actions = change.repository().actions
    workflow = actions.workflow(str(change["workflow"]))
    if workflow is None:
        raise NotFound(f"There is no workflow {change['workflow']!r}.")
    created_at = change.moment_of("created_at")
    run = actions.start(
        workflow,
        event=change.text("event", "schedule"),
        branch=change.text("branch", "main"),
        moment=created_at,
        actor_id=None,
        jobs=change.texts("jobs", workflow.jobs),
    )
    fork = change.get("fork", "") and change.text("fork", "")
    run = replace(run, title=change.text("title", run.title), fork=fork)
    return _described(actions.put(_brought(run, change, created_at)))


def _brought(run: Run, change: Change, created_at: str) -> Run:
    """Return a new run as far as a change says, through all that lies between."""
    status = change.text("status", "queued")
    conclusion = change.get("conclusion")
    at = change.moment_of("started_at", created_at)
    if status == "completed" and conclusion != "skipped":
        run = moved_run(run, "in_progress", None, at)
        at = change.moment_of("completed_at", at)
    return moved_run(run, status, conclusion, at)


def _move_workflow_run(change: Change) -> dict[str, Any]:
    """Move a run on, and the jobs that are not as far with it."""
    actions, run = _run_of(change)
    at = change.moment_of("at")
    moved = moved_run(run, change["status"], change.get("conclusion"), at)
    return _described(actions.put(moved))


def _rerun_workflow_run(change: Change) -> dict[str, Any]:
    """Queue all jobs of a run once more, as its next attempt."""
    actions, run = _run_of(change)
    if run.latest.status != "completed":
        raise InvalidInput(f"A run that is {run.latest.status} cannot be run again.")
    names = [job.name for job in run.latest.jobs] or run.workflow.jobs
    return _described(actions.new_attempt(run, change.moment_of("at"), names))


def _add_workflow_job(change: Change) -> dict[str, Any]:
    """Queue a further job, as GitHub does once what it needs is done."""
    actions, run = _run_of(change)
    job = actions.new_job(change["name"], change.moment_of("at"))
    job = replace(job, labels=change.texts("labels", job.labels))
    latest = replace(run.latest, jobs=(*run.latest.jobs, job))
    actions.put(with_attempt(run, latest))
    return {"run_id": run.run_id, "job_id": job.job_id}


def _move_workflow_job(change: Change) -> dict[str, Any]:
    """Move one job on. The first that starts has the run start; no job ends the run."""
    actions = change.repository().actions
    found = actions.run_of_job(change["job_id"])
    if found is None:
        raise NotFound(f"There is no job {change['job_id']} in a latest attempt.")
    run, job = found
    at = change.moment_of("at")
    steps = [_step(step, at) for step in change.get("steps", ())]
    moved = moved_job(job, change["status"], change.get("conclusion"), at, steps)
    runner = change.text("runner_name", moved.runner_name or "")
    moved = replace(moved, runner_name=runner or None)
    return _described(actions.put(with_job(run, moved, at)))


def _step(given: Mapping[str, Any], at: str) -> Step:
    """Return a step that is over if it has a conclusion."""
    conclusion = given.get("conclusion")
    started_at = given.get("started_at", at)
    if conclusion is None:
        return Step(given["name"], "in_progress", None, started_at, None)
    return Step(given["name"], "completed", conclusion, started_at, given.get("completed_at", at))


def _run_of(change: Change) -> tuple[Actions, Run]:
    actions = change.repository().actions
    run = actions.run(change["run_id"])
    if run is None:
        raise NotFound(f"There is no run {change['run_id']}.")
    return actions, run


def _described(run: Run) -> dict[str, Any]:
    return {
        "run_id": run.run_id,
        "run_number": run.run_number,
        "run_attempt": run.latest.number,
        "status": run.latest.status,
        "conclusion": run.latest.conclusion,
        "job_ids": [job.job_id for job in run.latest.jobs],
    }


CHANGES: Changes = {
    "add_workflow": _add_workflow,
    "set_workflow_state": _set_workflow_state,
    "enable_actions": _enable_actions,
    "add_workflow_run": _add_workflow_run,
    "move_workflow_run": _move_workflow_run,
    "rerun_workflow_run": _rerun_workflow_run,
    "add_workflow_job": _add_workflow_job,
    "move_workflow_job": _move_workflow_job,
}
