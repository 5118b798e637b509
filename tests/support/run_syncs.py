"""Workflow runs on the sandbox, and syncs of them in this process."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

from contributor_backfill.capture.report import Silence
from contributor_backfill.operations.run_sync import RunSync, SyncReport
from contributor_backfill.sandbox import Limits, RepositoryOptions, Sandbox, World
from tests.support.captures import Rig
from tests.support.workflow_events import FILE, REPOSITORY, begin

OTHER = "me/elsewhere"
OURS = str(uuid4())
Sync = Callable[..., SyncReport]


def site() -> Sandbox:
    """Return a sandbox of two repositories with a workflow of ours, and one with another's."""
    options = [RepositoryOptions(name, pull_requests=0) for name in (REPOSITORY, OTHER)]
    sandbox = Sandbox(World.of(options), limits=Limits(hourly_requests=100))
    for name in (REPOSITORY, OTHER):
        sandbox.change("add_workflow", repository=name, file=FILE, name="Backfill")
    sandbox.change("add_workflow", repository=REPOSITORY, file="ci.yml", name="CI")
    return sandbox


def sync_of(work: Rig) -> Sync:
    """Return what syncs once."""

    def run(*, days: float = 3, minutes: float = 5) -> SyncReport:
        now = work.clock.now()
        asking = RunSync(
            work.gateway, work.client(), work.clock, Silence(), now + timedelta(minutes=minutes)
        )
        return asking.run(OURS, REPOSITORY, now - timedelta(days=days))

    return run


def add_run(work: Rig, status: str = "in_progress", **values: Any) -> dict[str, Any]:
    """Add a workflow run on GitHub; its first job has a runner of its own."""
    made: dict[str, Any] = work.sandbox.change(
        "add_workflow_run",
        **{"repository": REPOSITORY, "workflow": FILE, "status": status} | values,
    )
    return made


def begin_in(work: Rig, run: dict[str, Any], command: str = "track", **where: Any) -> str:
    """Begin a run of a command in the first job of a workflow run."""
    number = 1_000_000_000 + run["job_ids"][0] % 1_000 if run["job_ids"] else 0
    values = {
        "run_id": run["run_id"],
        "run_attempt": run["run_attempt"],
        "runner": f"GitHub Actions {number}",
        **where,
    }
    return begin(work.gateway, command, **values)


def end_on_github(work: Rig, run: dict[str, Any], conclusion: str) -> None:
    """Bring a workflow run to its end on GitHub."""
    work.sandbox.change(
        "move_workflow_run",
        repository=REPOSITORY,
        run_id=run["run_id"],
        status="completed",
        conclusion=conclusion,
    )
