"""REST's documents of workflow runs and jobs."""

from typing import Any

from contributor_backfill.sandbox.actions.workflow_runs import Attempt, Job, Run, Step, Workflow
from contributor_backfill.sandbox.rest.documents import Document, RestWriter
from contributor_backfill.sandbox.world import node_ids


def run_document(writer: RestWriter, run: Run, attempt: Attempt) -> Document:
    """Return the document of a run as it stood at one of its attempts."""
    url = f"{writer.url}/actions/runs/{run.run_id}"
    repository = writer.repository_in_short()
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
        "html_url": f"{writer.html_url}/actions/runs/{run.run_id}",
        "pull_requests": [],
        "created_at": run.created_at,
        "updated_at": attempt.updated_at,
        "actor": _actor(writer, run),
        "run_attempt": attempt.number,
        "referenced_workflows": [],
        "run_started_at": attempt.run_started_at,
        "triggering_actor": _actor(writer, run),
        "jobs_url": f"{url}/jobs",
        "logs_url": f"{url}/logs",
        "artifacts_url": f"{url}/artifacts",
        "cancel_url": f"{url}/cancel",
        "rerun_url": f"{url}/rerun",
        "previous_attempt_url": _previous(url, attempt),
        "workflow_url": f"{writer.url}/actions/workflows/{run.workflow.workflow_id}",
        "repository": repository,
        "head_repository": _head(writer, run),
    }


def job_document(writer: RestWriter, run: Run, attempt: Attempt, job: Job) -> Document:
    """Return the document of a job of one attempt."""
    run_url = f"{writer.url}/actions/runs/{run.run_id}"
    has_runner = job.runner_id is not None
    return {
        "id": job.job_id,
        "run_id": run.run_id,
        "workflow_name": run.workflow.name,
        "head_branch": run.head_branch,
        "run_url": run_url,
        "run_attempt": attempt.number,
        "node_id": node_ids.encode(
            "CR", writer.repository.facts.database_id, database_id=job.job_id
        ),
        "head_sha": run.head_sha,
        "url": f"{writer.url}/actions/jobs/{job.job_id}",
        "html_url": f"{writer.html_url}/actions/runs/{run.run_id}/job/{job.job_id}",
        "status": job.status,
        "conclusion": job.conclusion,
        "created_at": job.created_at,
        "started_at": job.started_at,
        "completed_at": job.completed_at,
        "name": job.name,
        "steps": [_step(step, number) for number, step in enumerate(job.steps, start=1)],
        "check_run_url": f"{writer.url}/check-runs/{job.job_id}",
        "labels": list(job.labels),
        "runner_id": job.runner_id,
        "runner_name": job.runner_name,
        "runner_group_id": 0 if has_runner else None,
        "runner_group_name": "GitHub Actions" if has_runner else None,
    }


def workflow_document(writer: RestWriter, workflow: Workflow) -> Document:
    """Return the document of a workflow."""
    return {
        "id": workflow.workflow_id,
        "node_id": node_ids.encode(
            "W", writer.repository.facts.database_id, database_id=workflow.workflow_id
        ),
        "name": workflow.name,
        "path": workflow.path,
        "state": workflow.state,
        "created_at": workflow.created_at,
        "updated_at": workflow.created_at,
        "url": f"{writer.url}/actions/workflows/{workflow.workflow_id}",
        "html_url": f"{writer.html_url}/blob/main/{workflow.path}",
        "badge_url": f"{writer.html_url}/workflows/{workflow.name}/badge.svg",
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


def _actor(writer: RestWriter, run: Run) -> Document | None:
    """Return who caused a run; of a schedule that is who last edited it, here the owner."""
    if run.actor_id is None:
        return writer.account(writer.repository.owner)
    return writer.user(run.actor_id)


def _head(writer: RestWriter, run: Run) -> Document | None:
    """Return the repository whose commit a run is of: this one, a fork, or nothing any more."""
    if run.fork is None:
        return None
    here = writer.repository_in_short()
    if not run.fork:
        return here
    owner, _, name = run.fork.partition("/")
    further = {"id": here["id"] + 1, "name": name, "full_name": run.fork, "fork": True}
    return {**here, **further, "owner": {**here["owner"], "login": owner}}


def _previous(url: str, attempt: Attempt) -> str | None:
    return f"{url}/attempts/{attempt.number - 1}" if attempt.number > 1 else None
