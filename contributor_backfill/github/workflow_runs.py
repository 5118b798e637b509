"""GitHub's documents of workflow runs and their jobs, of REST and of webhooks alike. Pure.

What is damaged raises `Unusable`. The shapes are GitHub's:
https://docs.github.com/en/webhooks/webhook-events-and-payloads#workflow_run
"""

from datetime import datetime
from typing import Any

from contributor_backfill.domain.workflow_runs import (
    Attempt,
    JobState,
    Observation,
    WorkflowState,
)
from contributor_backfill.github.fields import Fields

COMPLETED = "completed"
STARTED = frozenset({"in_progress", COMPLETED})
PAGE_SIZE = 100


def runs_path(repository: str) -> str:
    """Return where the runs of a repository's workflows are listed, the newest first."""
    return f"/repos/{repository}/actions/runs"


def attempt_path(attempt: Attempt) -> str:
    """Return where an attempt at a run is described."""
    run = f"{runs_path(attempt.repository)}/{attempt.run_id}"
    return f"{run}/attempts/{attempt.run_attempt}"


def jobs_path(attempt: Attempt) -> str:
    """Return where the jobs of an attempt are listed."""
    return f"{attempt_path(attempt)}/jobs"


def read_runs(document: Any) -> tuple[Observation, ...]:
    """Return the runs of a page of REST's list, each as it stands at its latest attempt."""
    page = Fields(document, "answer")
    return tuple(
        run_observed(run, run.inner("repository").full_name("full_name"))
        for run in page.each("workflow_runs")
    )


def read_run(document: Any, attempt: Attempt) -> Observation:
    """Return REST's description of an attempt."""
    return run_observed(Fields(document, "run"), attempt.repository)


def read_jobs(document: Any) -> tuple[JobState, ...]:
    """Return the jobs of a page of REST's list."""
    return tuple(map(job_state, Fields(document, "answer").each("jobs")))


def run_observed(run: Fields, repository: str, workflow: Fields | None = None) -> Observation:
    """Return what a run's object says; `workflow` is the one beside it in a webhook."""
    path = run.text("path") or (workflow.text("path") if workflow else "")
    file = path.partition("@")[0].rpartition("/")[2]
    name = run.text("name") or (workflow.text("name") if workflow else "")
    called = tuple(each.text("path") for each in run.each("referenced_workflows"))
    status, conclusion = _standing(run)
    state = WorkflowState(
        workflow=file or name,
        event=run.text("event"),
        status=status,
        conclusion=conclusion,
        url=run.address("html_url"),
        created_at=run.moment("created_at"),
        started_at=run.moment("run_started_at"),
        # A run has no other time of its end than that of its last change.
        completed_at=_only_at_the_end(status, run.moment("updated_at")),
    )
    number = run.number("run_attempt", bits=31, missing=1)
    attempt = Attempt(repository, run.number("id"), number)
    head = run.inner("head_repository").text("full_name") if run.has("head_repository") else ""
    return Observation(attempt, (file, name, *called), state, head_repository=head)


def job_observed(job: Fields, repository: str) -> Observation:
    """Return what a job's object says."""
    number = job.number("run_attempt", bits=31, missing=1)
    attempt = Attempt(repository, job.number("run_id"), number)
    return Observation(attempt, (job.text("workflow_name"),), jobs=(job_state(job),))


def job_state(job: Fields) -> JobState:
    """Return how a job stands by its object."""
    status, conclusion = _standing(job)
    started_at = job.moment("started_at")
    return JobState(
        job_id=job.number("id"),
        name=job.text("name"),
        runner=job.text("runner_name"),
        status=status,
        conclusion=conclusion,
        url=job.address("html_url"),
        created_at=job.moment("created_at"),
        # While a job waits, GitHub writes the time of its creation there.
        started_at=started_at if status in STARTED else None,
        completed_at=_only_at_the_end(status, job.moment("completed_at")),
    )


def _standing(fields: Fields) -> tuple[str, str | None]:
    status = fields.word("status")
    conclusion = fields.word("conclusion") if fields.has("conclusion") else None
    return status, conclusion if status == COMPLETED else None


def _only_at_the_end(status: str, moment: datetime | None) -> datetime | None:
    return moment if status == COMPLETED else None
