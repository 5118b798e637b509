"""Workflows over GitHub's REST API: which runs are under way, and starting one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from contributor_backfill.domain.workflow_runs import EVENTS, is_same_repository
from contributor_backfill.github.client import GitHubClient
from contributor_backfill.github.pull_requests import of_the_queried_shape

MOST_PAGES = 10
"""GitHub lists no more than a thousand runs when they are filtered."""
UNDER_WAY = ("in_progress", "queued", "pending", "waiting", "requested")
"""Statuses of a run that is not over (GitHub's words)."""


def runs_under_way(client: GitHubClient, repository: str, workflow: str) -> tuple[int, ...]:
    """Return the ids of a workflow's own runs that work or wait; those of pull requests are not.

    Raises `Gone` for an unknown workflow.
    """
    path = f"/repos/{repository}/actions/workflows/{quote(workflow, safe='')}/runs"
    answer = client.get(path, {"per_page": 100})
    with of_the_queried_shape():
        runs = answer.document["workflow_runs"]
        return tuple(int(run["id"]) for run in runs if run["status"] in UNDER_WAY and _is_own(run))


def last_push(client: GitHubClient, repository: str) -> datetime | None:
    """Return when something was last pushed to a repository, None where it is empty."""
    document = client.get(f"/repos/{repository}").document
    with of_the_queried_shape():
        pushed_at = document["pushed_at"]
        return datetime.fromisoformat(pushed_at) if pushed_at else None


def disabled_by_inactivity(client: GitHubClient, repository: str) -> tuple[str, ...]:
    """Return the files of workflows that GitHub disabled because nothing happened there."""
    answer = client.get(f"/repos/{repository}/actions/workflows", {"per_page": 100})
    with of_the_queried_shape():
        return tuple(
            str(workflow["path"]).rpartition("/")[2]
            for workflow in answer.document["workflows"]
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
    for page in range(1, MOST_PAGES + 1):
        answer = client.get(path, {**parameters, "page": page})
        with of_the_queried_shape():
            for run in answer.document["workflow_runs"]:
                title = run["display_title"] or ""
                if marker in title and run["status"] in UNDER_WAY and _is_own(run):
                    return int(run["id"])
        if not answer.has_next_page:
            break
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
