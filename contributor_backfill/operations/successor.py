"""Start a workflow's next run from its last one, because cron may be hours late."""

from dataclasses import dataclass
from datetime import datetime

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.errors import BackfillError
from contributor_backfill.github.actions import dispatch, runs_under_way
from contributor_backfill.github.client import GitHubClient


@dataclass(frozen=True)
class Workflow:
    """A workflow of a repository; `reference` is the branch or tag that its next run is of."""

    repository: str
    file: str
    reference: str


@dataclass(frozen=True)
class Succession:
    """The result: started, or not because of another run, or of one started just before."""

    other_run_id: int | None = None
    last_started_at: datetime | None = None

    @property
    def is_started(self) -> bool:
        """Whether the next run was started."""
        return self.other_run_id is None and self.last_started_at is None


def start(
    gateway: Gateway,
    client: GitHubClient,
    workflow: Workflow,
    *,
    run_id: int | None,
    inputs: dict[str, str],
    minutes: float,
) -> Succession:
    """Start the workflow's next run.

    At most one waits or works beside the run `run_id`, and none is started less than `minutes`
    after the last one, whoever asks. Raises the faults of GitHub, and gives the right back then.
    """
    others = runs_under_way(client, workflow.repository, workflow.file)
    other = next((number for number in others if number != run_id), None)
    if other is not None:
        return Succession(other_run_id=other)
    # Two runs that end at once both see no other: the database lets one of them start the next.
    last = gateway.claim_successor(workflow.repository, workflow.file, run_id, minutes)
    if last is not None:
        return Succession(last_started_at=last)
    try:
        dispatch(client, workflow.repository, workflow.file, workflow.reference, inputs)
    except BackfillError:
        gateway.release_successor(workflow.repository, workflow.file)
        raise
    return Succession()
