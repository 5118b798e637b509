"""What tests of the site do again and again."""

from typing import Any

from tests.sandbox.client import SITE, Client

RUNS = f"/repos/{SITE}/actions/runs"
ISSUES = f"/repos/{SITE}/issues"


def add_run(client: Client, **values: Any) -> dict[str, Any]:
    """Put a run of the site's workflow into the world."""
    return client.sandbox.change(
        "add_workflow_run", repository=SITE, workflow="backfill.yml", **values
    )


def move_run(client: Client, run_id: int, status: str, **values: Any) -> dict[str, Any]:
    """Move a run on."""
    return client.sandbox.change(
        "move_workflow_run", repository=SITE, run_id=run_id, status=status, **values
    )


def move_job(client: Client, job_id: int, status: str, **values: Any) -> dict[str, Any]:
    """Move a job on."""
    return client.sandbox.change(
        "move_workflow_job", repository=SITE, job_id=job_id, status=status, **values
    )


def open_issue(client: Client, title: str = "Alert", **values: Any) -> dict[str, Any]:
    """Open an issue in the site as the client."""
    response = client.post(ISSUES, {"title": title, **values})
    assert response.status_code == 201
    document: dict[str, Any] = response.json()
    return document
