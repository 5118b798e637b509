"""Workflows, their runs, attempts, jobs and steps, in GitHub's words."""

from dataclasses import dataclass

from contributor_backfill.sandbox.world import node_ids


@dataclass(frozen=True, slots=True)
class Workflow:
    """A workflow. `jobs` are the names of what a new run holds.

    `state` is `active`, `disabled_manually` or `disabled_inactivity`, in GitHub's words.

    `inputs` are what `workflow_dispatch` declares, None where the workflow has no such trigger;
    `required_inputs` are those of them that have no default.
    """

    repository_id: int
    workflow_id: int
    file: str
    name: str
    created_at: str
    inputs: tuple[str, ...] | None = ()
    required_inputs: tuple[str, ...] = ()
    jobs: tuple[str, ...] = ("build",)
    state: str = "active"

    @property
    def path(self) -> str:
        """Return where its file lies in the repository."""
        return f".github/workflows/{self.file}"


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a job."""

    name: str
    status: str
    conclusion: str | None
    started_at: str | None
    completed_at: str | None


@dataclass(frozen=True, slots=True)
class Job:
    """A job of one attempt. While it is queued, `started_at` is when it was created."""

    job_id: int
    name: str
    created_at: str
    started_at: str
    status: str = "queued"
    conclusion: str | None = None
    completed_at: str | None = None
    labels: tuple[str, ...] = ("ubuntu-24.04",)
    runner_id: int | None = None
    runner_name: str | None = None
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt at a run, counted from 1."""

    number: int
    run_started_at: str
    updated_at: str
    jobs: tuple[Job, ...]
    status: str = "queued"
    conclusion: str | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """A run of a workflow, with its attempts from the first to the latest.

    `fork` is the full name of the fork whose commit it runs, None where that fork was deleted.
    """

    run_id: int
    workflow: Workflow
    run_number: int
    event: str
    head_branch: str
    head_sha: str
    title: str
    created_at: str
    actor_id: int | None
    attempts: tuple[Attempt, ...]
    fork: str | None = ""

    @property
    def node_id(self) -> str:
        """Return the global node id."""
        return node_ids.encode("WFR", self.workflow.repository_id, database_id=self.run_id)

    @property
    def latest(self) -> Attempt:
        """Return the latest attempt, whose state is the run's."""
        return self.attempts[-1]

    def attempt(self, number: int) -> Attempt | None:
        """Return the attempt of a number."""
        return next((each for each in self.attempts if each.number == number), None)


@dataclass(frozen=True, slots=True)
class Dispatch:
    """A `workflow_dispatch` that came over HTTP, and the run it created."""

    workflow: str
    ref: str
    inputs: dict[str, object]
    run_id: int
    dispatched_at: str
