"""Runs of workflows and their jobs as GitHub reports them, and which of them are ours."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

WORKFLOWS = (
    "progressive-backfill.yml",
    "capture-pr-chunk.yml",
    "capture-pr-reviews.yml",
    "capture-pr-comments.yml",
    "historical-pr-sync-graphql.yml",
    "recovery.yml",
    "record-run.yml",
)
"""The files of our workflows. In other repositories they may have other names."""
EVENTS = frozenset({"schedule", "workflow_dispatch", "repository_dispatch", "workflow_run"})
"""The events that start our workflows, or those that call them."""
# A pull request is none of them: it runs the workflow as its author edited it, also from a fork.


@dataclass(frozen=True)
class WorkflowState:
    """The state of an attempt at a workflow run; `status` and `conclusion` are GitHub's words."""

    workflow: str
    event: str
    status: str
    conclusion: str | None
    url: str
    created_at: datetime | None
    started_at: datetime | None
    completed_at: datetime | None


@dataclass(frozen=True)
class JobState:
    """The state of a job of an attempt. `runner` is empty where none took it."""

    job_id: int
    name: str
    runner: str
    status: str
    conclusion: str | None
    url: str
    created_at: datetime | None
    started_at: datetime | None
    completed_at: datetime | None


@dataclass(frozen=True)
class WorkflowAttempt:
    """An attempt at a workflow run, counted from 1."""

    repository: str
    run_id: int
    run_attempt: int


@dataclass(frozen=True)
class Observation:
    """A report of an attempt: of itself, of jobs of it, or both.

    `names` are those by which its workflow is known: its file, its name, what it calls.
    `head_repository` is the one whose commit it runs, empty where that is gone or was not given.
    """

    attempt: WorkflowAttempt
    names: tuple[str, ...]
    state: WorkflowState | None = None
    jobs: tuple[JobState, ...] = ()
    head_repository: str = ""


@dataclass(frozen=True)
class Delivery:
    """A webhook, by the id that it keeps when it is sent again."""

    delivery_id: str
    event: str
    action: str


@dataclass(frozen=True)
class Noted:
    """The result of observations: how many were stored, how many runs of commands settled."""

    stored: int
    settled: int
    is_repeated: bool = False


@dataclass(frozen=True)
class OpenRuns:
    """The runs that GitHub has to be asked about, and the database's clock at that moment."""

    asked_at: datetime
    attempts: tuple[WorkflowAttempt, ...]


@dataclass(frozen=True)
class Remainder:
    """The runs left after a sync: lost by silence in it, in progress, and of unknown end."""

    lost: int
    in_progress: int
    unknown: int


def is_ours(names: Iterable[str], further: Iterable[str] = ()) -> bool:
    """Tell whether one of a workflow's names is that of a workflow of ours, or of a further one.

    A file and a title count alike: `recovery.yml` and `Recovery`.
    """
    return _is_among(names, (*WORKFLOWS, *further))


def is_own_run(observation: Observation, further: Iterable[str] = (), *, any_name: bool) -> bool:
    """Tell whether a run is one of ours, or of a workflow that a person named, from no fork."""
    state = observation.state
    # A job's event says neither where its run comes from nor what started it: it makes none ours.
    # And a fork runs a file that a stranger may have edited, under a name of ours.
    if state is None or not is_same_repository(
        observation.attempt.repository, observation.head_repository
    ):
        return False
    is_named = any_name or _is_among(observation.names, further)
    return is_named or (is_ours(observation.names) and state.event in EVENTS)


def is_same_repository(repository: str, other: str) -> bool:
    """Tell whether two full names are those of one repository."""
    return bool(repository) and repository.lower() == other.lower()


def _is_among(names: Iterable[str], known: Iterable[str]) -> bool:
    stems = {_stem(name) for name in known} - {""}
    return any(_stem(name) in stems for name in names)


def _stem(name: str) -> str:
    # "owner/name/.github/workflows/recovery.yml@main" and "Recovery" are one workflow.
    file = name.partition("@")[0].rpartition("/")[2].lower()
    return re.sub(r"[^a-z0-9]+", "-", re.sub(r"\.ya?ml$", "", file)).strip("-")
