"""GitHub Actions in one repository: its workflows, their runs, and who dispatched what."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from contributor_backfill.sandbox.ids import item_base, node_id_of
from contributor_backfill.sandbox.invention.randomness import stream


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
        return node_id_of("WFR", self.workflow.repository_id, database_id=self.run_id)

    @property
    def latest(self) -> Attempt:
        """Return the latest attempt, whose state is the run's."""
        return self.attempts[-1]

    def attempt(self, number: int) -> Attempt | None:
        """Return the attempt of a number."""
        return next((attempt for attempt in self.attempts if attempt.number == number), None)


@dataclass(frozen=True, slots=True)
class Dispatch:
    """A `workflow_dispatch` sent over HTTP, and the run it created."""

    workflow: str
    ref: str
    inputs: dict[str, object]
    run_id: int
    dispatched_at: str


_FROM_RUNS_TO_JOBS = 10**9


class Actions:
    """A repository's workflows and runs. No repository has the id of another's run or job."""

    def __init__(self, repository_id: int) -> None:
        self.dispatches: list[Dispatch] = []
        self.enabled = True
        self._repository_id = repository_id
        self._first_id = item_base(repository_id)
        self._workflows: dict[int, Workflow] = {}
        self._runs: dict[int, Run] = {}
        self._jobs_made = 0

    def add_workflow(self, workflow: Workflow) -> Workflow:
        """Add a workflow under an id of its own, or replace the one of the same file."""
        known = self.workflow(workflow.file)
        new_id = self._first_id + len(self._workflows)
        added = replace(workflow, workflow_id=known.workflow_id if known else new_id)
        self._workflows[added.workflow_id] = added
        return added

    def workflows(self) -> list[Workflow]:
        """Return all workflows, in the order in which they were added."""
        return list(self._workflows.values())

    def workflow(self, file_or_id: str) -> Workflow | None:
        """Return the workflow of a file name or of an id."""
        return next(
            (
                workflow
                for workflow in self._workflows.values()
                if file_or_id in (workflow.file, str(workflow.workflow_id))
            ),
            None,
        )

    def start(
        self,
        workflow: Workflow,
        *,
        event: str,
        branch: str,
        moment: str,
        actor_id: int | None,
        jobs: Sequence[str] | None = None,
    ) -> Run:
        """Add a queued run of a workflow, with its jobs or those that are given."""
        count = len(self._runs) + 1
        run = Run(
            run_id=self._first_id + count,
            workflow=workflow,
            run_number=1 + sum(run.workflow.file == workflow.file for run in self._runs.values()),
            event=event,
            head_branch=branch,
            head_sha=f"{stream(self._repository_id, 91, count).getrandbits(160):040x}",
            title=workflow.name,
            created_at=moment,
            actor_id=actor_id,
            attempts=(),
        )
        return self.new_attempt(run, moment, workflow.jobs if jobs is None else jobs)

    def new_attempt(self, run: Run, moment: str, jobs: Sequence[str]) -> Run:
        """Queue a run once more, with jobs of these names."""
        attempt = Attempt(
            number=len(run.attempts) + 1,
            run_started_at=moment,
            updated_at=moment,
            jobs=tuple(self.new_job(name, moment) for name in jobs),
        )
        return self.put(replace(run, attempts=(*run.attempts, attempt)))

    def new_job(self, name: str, moment: str) -> Job:
        """Return a queued job with an id that no other one has."""
        self._jobs_made += 1
        job_id = self._first_id + _FROM_RUNS_TO_JOBS + self._jobs_made
        return Job(job_id=job_id, name=name, created_at=moment, started_at=moment)

    def put(self, run: Run) -> Run:
        """Add a run or replace the one of the same id."""
        self._runs[run.run_id] = run
        return run

    def run(self, run_id: int) -> Run | None:
        """Return the run of an id."""
        return self._runs.get(run_id)

    def run_of_job(self, job_id: int) -> tuple[Run, Job] | None:
        """Return a job of a latest attempt, with its run."""
        for run in self._runs.values():
            for job in run.latest.jobs:
                if job.job_id == job_id:
                    return run, job
        return None

    def newest_first(self) -> list[Run]:
        """Return all runs in the order in which GitHub lists them."""
        return sorted(
            self._runs.values(), key=lambda run: (run.created_at, run.run_id), reverse=True
        )
