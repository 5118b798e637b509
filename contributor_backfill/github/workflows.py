"""Workflows over GitHub's REST API: which runs are under way, and starting one."""

from collections.abc import Mapping
from urllib.parse import quote

from contributor_backfill.github.client import GitHubClient
from contributor_backfill.github.pages import of_the_queried_shape

UNDER_WAY = ("in_progress", "queued", "pending", "waiting", "requested")
"""Statuses of a run that is not over (GitHub's words)."""


def runs_under_way(client: GitHubClient, repository: str, workflow: str) -> tuple[int, ...]:
    """Return the ids of a workflow's runs that work or wait. Raises `Gone` for an unknown one."""
    path = f"/repos/{repository}/actions/workflows/{quote(workflow, safe='')}/runs"
    answer = client.get(path, {"per_page": 30})
    with of_the_queried_shape():
        runs = answer.document["workflow_runs"]
        return tuple(int(run["id"]) for run in runs if run["status"] in UNDER_WAY)


def dispatch(
    client: GitHubClient, repository: str, workflow: str, reference: str, inputs: Mapping[str, str]
) -> None:
    """Start a run of a workflow with inputs that it declares."""
    path = f"/repos/{repository}/actions/workflows/{quote(workflow, safe='')}/dispatches"
    client.write("POST", path, {"ref": reference, "inputs": dict(inputs)})
