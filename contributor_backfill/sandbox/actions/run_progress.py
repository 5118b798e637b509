"""How runs and jobs move on: from queued to in_progress to completed, and never back."""

from collections.abc import Sequence
from dataclasses import replace

from contributor_backfill.domain.errors import InvalidInput
from contributor_backfill.sandbox.actions.workflow_runs import Attempt, Job, Run, Step

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
    jobs = tuple(job if job.job_id == each.job_id else each for each in latest.jobs)
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
