"""GitHub Actions: runs of workflows and their jobs, as REST lists them and webhooks report them.

What is damaged raises `Unusable`. The shapes are GitHub's:
https://docs.github.com/en/webhooks/webhook-events-and-payloads#workflow_run
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from contributor_backfill.domain.workflow_runs import (
    EVENTS,
    JobState,
    Observation,
    WorkflowAttempt,
    WorkflowState,
    is_same_repository,
)
from contributor_backfill.github.client import GitHubClient
from contributor_backfill.github.faults import Unusable
from contributor_backfill.github.http import clean, expected_shape

LONGEST_WORD = 100
LONGEST_TEXT = 500
FULL_NAME = re.compile(r"[\w-][\w.-]*/(?!\.{1,2}$)[\w.-]+", re.ASCII)
YEARS = range(2007, 2200)
"""Since there is GitHub, and as long as minutes fit their column."""


class Fields:
    """An object of a document. `path` leads to it, so that an error can name the field.

    Every method raises `Unusable` for a value that is none of its kind.
    """

    def __init__(self, value: Any, path: str) -> None:
        if not isinstance(value, dict):
            raise Unusable(f"GitHub's document is damaged: {path} is no object.")
        self._values: dict[str, Any] = value
        self._path = path

    def inner(self, key: str) -> "Fields":
        """Return an object in this one."""
        return Fields(self._values.get(key), f"{self._path}.{key}")

    def each(self, key: str) -> Iterator["Fields"]:
        """Yield the objects of a list, which may be missing."""
        values = self._values.get(key)
        if not isinstance(values, list | None):
            raise self._damaged(key, "no list")
        for index, value in enumerate(values or []):
            yield Fields(value, f"{self._path}.{key}[{index}]")

    def has(self, key: str) -> bool:
        """Tell whether there is a value."""
        return self._values.get(key) is not None

    def number(self, key: str, *, bits: int = 63, missing: int | None = None) -> int:
        """Return a whole number above zero that fits a signed column of so many bits."""
        value = self._values.get(key, missing)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 2**bits:
            raise self._damaged(key, "no number of that kind")
        return value

    def text(self, key: str) -> str:
        """Return a text, empty where there is none, at its usual length."""
        value = self._values.get(key)
        if not isinstance(value, str | None):
            raise self._damaged(key, "no text")
        return (clean(value) or "")[:LONGEST_TEXT]

    def address(self, key: str) -> str:
        """Return an address for people to follow; anything else that is a text is none."""
        text = self.text(key)
        return text if re.fullmatch(r"https?://[!-~]+", text) else ""

    def word(self, key: str) -> str:
        """Return one of GitHub's words, also one that is not known yet."""
        value = self.text(key)
        if not value or len(value) > LONGEST_WORD:
            raise self._damaged(key, "no word of GitHub's")
        return value

    def full_name(self, key: str) -> str:
        """Return OWNER/NAME."""
        value = self.text(key)
        if not FULL_NAME.fullmatch(value):
            raise self._damaged(key, "not OWNER/NAME")
        return value

    def moment(self, key: str) -> datetime | None:
        """Return a time, or None where there is none."""
        value = self._values.get(key)
        if value is None:
            return None
        try:
            moment = datetime.fromisoformat(value)
        except (TypeError, ValueError) as error:
            raise self._damaged(key, "no time") from error
        if moment.tzinfo is None or moment.year not in YEARS:
            raise self._damaged(key, "no time of GitHub's")
        return moment

    def _damaged(self, key: str, what: str) -> Unusable:
        shown = repr(clean(str(self._values.get(key))))[:60]
        return Unusable(f"GitHub's document is damaged: {self._path}.{key} is {what}: {shown}.")


COMPLETED = "completed"
STARTED = frozenset({"in_progress", COMPLETED})
PAGE_SIZE = 100


def runs_path(repository: str) -> str:
    """Return where the runs of a repository's workflows are listed, the newest first."""
    return f"/repos/{repository}/actions/runs"


def attempt_path(attempt: WorkflowAttempt) -> str:
    """Return where an attempt at a run is described."""
    run = f"{runs_path(attempt.repository)}/{attempt.run_id}"
    return f"{run}/attempts/{attempt.run_attempt}"


def jobs_path(attempt: WorkflowAttempt) -> str:
    """Return where the jobs of an attempt are listed."""
    return f"{attempt_path(attempt)}/jobs"


def read_runs(document: Any) -> tuple[Observation, ...]:
    """Return the runs of a page of REST's list, each as it stands at its latest attempt."""
    page = Fields(document, "response")
    return tuple(
        run_observed(run, run.inner("repository").full_name("full_name"))
        for run in page.each("workflow_runs")
    )


def read_run(document: Any, attempt: WorkflowAttempt) -> Observation:
    """Return REST's description of an attempt."""
    return run_observed(Fields(document, "run"), attempt.repository)


def read_jobs(document: Any) -> tuple[JobState, ...]:
    """Return the jobs of a page of REST's list."""
    return tuple(map(job_state, Fields(document, "response").each("jobs")))


def run_observed(run: Fields, repository: str, workflow: Fields | None = None) -> Observation:
    """Return what a run's object says; `workflow` is the one beside it in a webhook."""
    path = run.text("path") or (workflow.text("path") if workflow else "")
    file = path.partition("@")[0].rpartition("/")[2]
    name = run.text("name") or (workflow.text("name") if workflow else "")
    called = tuple(workflow.text("path") for workflow in run.each("referenced_workflows"))
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
    attempt = WorkflowAttempt(repository, run.number("id"), number)
    head = run.inner("head_repository").text("full_name") if run.has("head_repository") else ""
    return Observation(attempt, (file, name, *called), state, head_repository=head)


def job_observed(job: Fields, repository: str) -> Observation:
    """Return what a job's object says."""
    number = job.number("run_attempt", bits=31, missing=1)
    attempt = WorkflowAttempt(repository, job.number("run_id"), number)
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


RUN, JOB = "workflow_run", "workflow_job"
KINDS = (RUN, JOB)
LARGEST = 25 * 1024 * 1024
"""Bytes. GitHub delivers nothing larger: https://docs.github.com/en/webhooks/webhook-events-and-payloads"""


@dataclass(frozen=True)
class WorkflowEvent:
    """An event: its kind, what happened, and what it says of the run."""

    kind: str
    action: str
    observation: Observation


def read_event(body: bytes, kind: str = "") -> WorkflowEvent:
    """Return the event of a body; without its `kind`, which is one of `KINDS`, it is told from it.

    Raises `Unusable` for a body that is no such event.
    """
    try:
        document = Fields(json.loads(body), "event")
    except (ValueError, RecursionError) as error:
        raise Unusable("The event is not JSON, or was cut short.") from error
    kind = kind or next((known for known in KINDS if document.has(known)), "")
    if not kind:
        raise Unusable(
            f"The event is none of {' or '.join(KINDS)}.",
            advice="Give its kind with --event if it is another: then it is ignored.",
        )
    repository = document.inner("repository").full_name("full_name")
    subject = document.inner(kind)
    if kind == JOB:
        observation = job_observed(subject, repository)
    else:
        workflow = document.inner("workflow") if document.has("workflow") else None
        observation = run_observed(subject, repository, workflow)
    return WorkflowEvent(kind, document.word("action"), observation)


MOST_PAGES = 10
"""GitHub lists no more than a thousand runs when they are filtered."""
UNDER_WAY = ("in_progress", "queued", "pending", "waiting", "requested")
"""Statuses of a run that is not over (GitHub's words)."""


def runs_under_way(client: GitHubClient, repository: str, workflow: str) -> tuple[int, ...]:
    """Return the ids of a workflow's own runs that work or wait; those of pull requests are not.

    Raises `Gone` for an unknown workflow.
    """
    path = f"/repos/{repository}/actions/workflows/{quote(workflow, safe='')}/runs"
    response = client.get(path, {"per_page": 100})
    with expected_shape():
        runs = response.document["workflow_runs"]
        return tuple(int(run["id"]) for run in runs if run["status"] in UNDER_WAY and _is_own(run))


def last_push(client: GitHubClient, repository: str) -> datetime | None:
    """Return when something was last pushed to a repository, None where it is empty."""
    document = client.get(f"/repos/{repository}").document
    with expected_shape():
        pushed_at = document["pushed_at"]
        return datetime.fromisoformat(pushed_at) if pushed_at else None


def disabled_by_inactivity(client: GitHubClient, repository: str) -> tuple[str, ...]:
    """Return the files of workflows that GitHub disabled because nothing happened there."""
    response = client.get(f"/repos/{repository}/actions/workflows", {"per_page": 100})
    with expected_shape():
        return tuple(
            str(workflow["path"]).rpartition("/")[2]
            for workflow in response.document["workflows"]
            if workflow["state"] == "disabled_inactivity"
        )


def find_dispatched_run(
    client: GitHubClient, repository: str, workflow: str, marker: str, since: datetime
) -> int | None:
    """Return the id of a run, dispatched since then, that has `marker` in its name and is not over.

    Null when there is none. Raises `Gone` for an unknown workflow.
    """
    path = f"/repos/{repository}/actions/workflows/{quote(workflow, safe='')}/runs"
    parameters: dict[str, str | int] = {
        "event": "workflow_dispatch",
        "created": f">={since.strftime('%Y-%m-%dT%H:%M:%SZ')}",
        "per_page": 100,
    }
    for response in client.pages(path, parameters, MOST_PAGES):
        with expected_shape():
            for run in response.document["workflow_runs"]:
                title = run["display_title"] or ""
                if marker in title and run["status"] in UNDER_WAY and _is_own(run):
                    return int(run["id"])
    return None


def dispatch(
    client: GitHubClient, repository: str, workflow: str, reference: str, inputs: Mapping[str, str]
) -> None:
    """Start a run of a workflow with inputs that it declares."""
    path = f"/repos/{repository}/actions/workflows/{quote(workflow, safe='')}/dispatches"
    client.write("POST", path, {"ref": reference, "inputs": dict(inputs)})


def _is_own(run: dict[str, Any]) -> bool:
    """Tell whether a run is of the repository's own commit, by an event that starts our workflows.

    A fork that was deleted leaves no head repository behind.
    """
    head = run["head_repository"] or {"full_name": ""}
    is_here = is_same_repository(run["repository"]["full_name"], head["full_name"])
    return is_here and run["event"] in EVENTS
