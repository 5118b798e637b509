"""Starting a workflow by hand."""

from typing import Any

import pytest
from requests import Response

from tests.sandbox.client import SITE, Client

DISPATCHES = f"/repos/{SITE}/actions/workflows/backfill.yml/dispatches"


def dispatch(client: Client, **document: Any) -> Response:
    return client.post(DISPATCHES, {"ref": "main", **document})


def test_a_dispatch_is_remembered_and_queues_a_run(site: Client) -> None:
    response = dispatch(site, inputs={"repository": "a/b"})

    (remembered,) = site.sandbox.dispatches(SITE)
    run = site.get(f"/repos/{SITE}/actions/runs/{remembered['run_id']}").json()
    assert (response.status_code, response.content) == (204, b"")
    assert remembered["workflow"] == "backfill.yml"
    assert remembered["ref"] == "main"
    assert remembered["inputs"] == {"repository": "a/b"}
    assert remembered["dispatched_at"] == "2026-01-31T08:00:00Z"
    assert (run["event"], run["status"]) == ("workflow_dispatch", "queued")
    assert run["actor"]["login"] == "sandbox-viewer"
    assert site.control("GET", f"dispatches?repository={SITE}").json() == [remembered]


def test_a_connection_lives_on_after_a_response_without_a_body(site: Client) -> None:
    assert [dispatch(site).status_code for _ in range(3)] == [204] * 3
    assert len(site.sandbox.dispatches(SITE)) == 3


def test_the_run_is_told_to_those_who_ask(site: Client) -> None:
    response = dispatch(site, return_run_details=True)

    document = response.json()
    assert response.status_code == 200
    assert site.get(document["run_url"]).json()["id"] == document["workflow_run_id"]
    assert document["html_url"].endswith(f"/actions/runs/{document['workflow_run_id']}")


def test_a_workflow_can_be_named_by_its_id(site: Client) -> None:
    made = site.sandbox.change("add_workflow", repository=SITE, file="sync.yml")

    path = f"/repos/{SITE}/actions/workflows/{made['workflow_id']}/dispatches"

    assert site.post(path, {"ref": "refs/heads/main"}).status_code == 204


def test_an_unknown_workflow_is_404(site: Client) -> None:
    path = f"/repos/{SITE}/actions/workflows/gone.yml/dispatches"

    assert site.post(path, {"ref": "main"}).status_code == 404


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"inputs": {"a": 1, "limit": 2, "b": 3}}, 'Unexpected inputs provided: ["a", "b"]'),
        ({"inputs": {str(number): "" for number in range(26)}}, "No more than 25 properties"),
        ({"inputs": ["limit"]}, "is not an object"),
        ({"ref": "nowhere"}, "No ref found for: nowhere"),
        ({"ref": None}, '"ref" wasn\'t supplied.'),
    ],
)
def test_what_the_workflow_cannot_take_is_422_and_starts_nothing(
    site: Client, document: dict[str, Any], message: str
) -> None:
    response = dispatch(site, **document)

    assert response.status_code == 422
    assert message in response.json()["message"]
    assert site.sandbox.dispatches(SITE) == []
    assert site.get(f"/repos/{SITE}/actions/runs").json()["total_count"] == 0


def test_inputs_can_be_required(site: Client) -> None:
    site.sandbox.change(
        "add_workflow", repository=SITE, file="backfill.yml", required_inputs=["repository"]
    )

    assert dispatch(site).json()["message"] == "Required input 'repository' not provided"
    assert dispatch(site, inputs={"repository": "a/b"}).status_code == 204


def test_a_workflow_without_the_trigger_cannot_be_dispatched(site: Client) -> None:
    site.sandbox.change("add_workflow", repository=SITE, file="backfill.yml", inputs=None)

    response = dispatch(site)

    assert response.status_code == 422
    assert response.json()["message"] == "Workflow does not have 'workflow_dispatch' trigger"


@pytest.mark.parametrize(
    ("body", "message"),
    [("{", "Problems parsing JSON"), ("[]", "Body should be a JSON object")],
)
def test_a_body_that_cannot_be_read_is_400(site: Client, body: str, message: str) -> None:
    response = site.session.post(site.sandbox.url + DISPATCHES, data=body, timeout=120)

    assert (response.status_code, response.json()["message"]) == (400, message)
