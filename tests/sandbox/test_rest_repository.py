"""A repository's own document, and who may read and write what is in it."""

from collections.abc import Callable
from typing import Any

import pytest
from requests import Response

from contributor_backfill.domain.errors import BackfillError
from contributor_backfill.sandbox import FaultKind, Limits, Rule, When
from tests.sandbox.client import REPOSITORY, SITE, Client

WRITES: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/issues", {"title": "x"}),
    ("POST", "/labels", {"name": "x"}),
    ("POST", "/actions/workflows/backfill.yml/dispatches", {"ref": "main"}),
]
READS = ["", "/issues", "/labels/bug", "/actions/runs", "/actions/workflows/backfill.yml/runs"]


def write(client: Client, method: str, below: str, document: dict[str, Any]) -> Response:
    return client.send(method, f"/repos/{SITE}{below}", document)


def test_the_document_says_the_same_as_graphql(site: Client) -> None:
    document = site.get(f"/repos/{REPOSITORY}").json()

    there = site.repository()
    assert document["id"] == there["databaseId"]
    assert document["node_id"] == there["id"]
    assert document["full_name"] == there["nameWithOwner"]
    assert document["private"] is there["isPrivate"]
    assert document["archived"] is there["isArchived"] is False
    assert document["html_url"] == f"https://github.com/{REPOSITORY}"
    assert document["owner"]["login"] == "octo-sandbox"
    assert document["default_branch"] == "main"


def test_a_repository_is_found_by_its_id(site: Client) -> None:
    document = site.get(f"/repos/{REPOSITORY}").json()

    assert site.get(f"/repositories/{document['id']}").json() == document
    assert site.get("/repositories/1").status_code == 404


def test_an_old_name_is_redirected_to_the_id(site: Client) -> None:
    site.sandbox.change("rename_repository", repository=REPOSITORY, new_name="else/where")

    response = site.get(f"/repos/{REPOSITORY}")

    assert response.status_code == 301
    assert response.headers["location"].endswith("/repositories/2147000000")
    assert site.get(response.headers["location"]).json()["full_name"] == "else/where"


def test_a_write_to_an_old_name_keeps_its_method(site: Client) -> None:
    site.sandbox.change("rename_repository", repository=SITE, new_name="octo-sandbox/web")

    response = site.post(f"/repos/{SITE}/issues", {"title": "x"})

    assert (response.status_code, response.json()["message"]) == (307, "Moved Permanently")
    assert site.sandbox.issues("octo-sandbox/web") == []
    assert site.post(response.headers["location"], {"title": "x"}).status_code == 201


@pytest.mark.parametrize(
    ("access", "status"), [("gone", 404), ("private", 404), ("saml", 403), ("blocked", 451)]
)
def test_a_lost_repository_is_refused(site: Client, access: str, status: int) -> None:
    site.sandbox.change("set_access", repository=SITE, access=access)

    assert [site.get(f"/repos/{SITE}{below}").status_code for below in READS] == [status] * 5
    assert [write(site, *written).status_code for written in WRITES] == [status] * 3


def test_a_blocked_repository_says_why(site: Client) -> None:
    site.sandbox.change("set_access", repository=REPOSITORY, access="blocked")

    document = site.get(f"/repos/{REPOSITORY}").json()

    assert document["message"] == "Repository access blocked"
    assert document["block"]["reason"] == "dmca"
    error = site.page().json()["errors"][0]
    assert (error["type"], error["message"]) == ("FORBIDDEN", "Repository access blocked")


def test_an_archived_repository_is_read_only(site: Client) -> None:
    site.sandbox.change("archive_repository", repository=SITE)

    assert site.get(f"/repos/{SITE}").json()["archived"] is True
    assert site.repository(SITE)["isArchived"] is True
    for written in WRITES:
        response = write(site, *written)
        assert response.status_code == 403
        assert response.json()["message"].startswith("Repository was archived")


@pytest.mark.parametrize(
    ("permission", "level", "statuses"),
    [
        ("issues", "write", [200, 403, 403, 204]),
        ("issues", "read", [403, 403, 403, 204]),
        ("actions", "write", [200, 201, 201, 403]),
    ],
)
def test_a_permission_can_be_taken_and_given_back(
    site: Client, permission: str, level: str, statuses: list[int]
) -> None:
    def ask() -> list[Response]:
        return [site.get(f"/repos/{SITE}/issues"), *(write(site, *written) for written in WRITES)]

    site.sandbox.change("take_permission", permission=permission, level=level)
    refused = ask()
    site.sandbox.change("give_permission", permission=permission)

    assert [response.status_code for response in refused] == statuses
    message = "Resource not accessible by integration"
    assert all(
        response.json()["message"] == message for response in refused if response.status_code == 403
    )
    assert all(response.status_code != 403 for response in ask())


def test_a_permission_can_be_taken_from_one_token_alone(site: Client) -> None:
    site.sandbox.change("take_permission", permission="issues", token="any")
    path = f"/repos/{SITE}/issues"

    assert site.post(path, {"title": "x"}).status_code == 403
    assert site.post(path, {"title": "x"}, authorization="bearer other").status_code == 201


@pytest.mark.parametrize("values", [{}, {"permission": "x"}, {"permission": "issues", "level": ""}])
def test_an_unknown_permission_cannot_be_taken(site: Client, values: dict[str, str]) -> None:
    with pytest.raises(BackfillError):
        site.sandbox.change("take_permission", **values)


@pytest.mark.parametrize("written", WRITES, ids=lambda written: str(written[1]))
def test_writes_count_in_the_quota_like_everything_else(
    open_site: Callable[..., Client], written: tuple[str, str, dict[str, Any]]
) -> None:
    client = open_site(limits=Limits(hourly_requests=1), bad_tokens=frozenset({"expired"}))
    path = f"/repos/{SITE}{written[1]}"

    bad = client.post(path, written[2], authorization="bearer expired")
    made, refused = write(client, *written), write(client, *written)

    assert (bad.status_code, refused.status_code) == (401, 403)
    assert made.ok
    assert made.headers["x-ratelimit-remaining"] == "0"
    assert made.headers["x-ratelimit-resource"] == "core"
    assert refused.json()["message"].startswith("API rate limit exceeded")


@pytest.mark.parametrize("written", WRITES, ids=lambda written: str(written[1]))
def test_a_fault_at_the_gate_writes_nothing(
    site: Client, written: tuple[str, str, dict[str, Any]]
) -> None:
    site.sandbox.add_fault(Rule(FaultKind.BAD_GATEWAY_HTML, When(rest_path=written[1]), times=1))

    assert write(site, *written).status_code == 502
    assert site.sandbox.issues(SITE) == site.sandbox.dispatches(SITE) == []
    assert site.get(f"/repos/{SITE}/labels/x").status_code == 404
    assert write(site, *written).ok


def test_a_rule_can_be_about_one_method_alone(site: Client) -> None:
    site.sandbox.add_fault({"kind": "gateway_timeout", "when": {"rest_method": "POST"}})

    assert site.get(f"/repos/{SITE}/issues").status_code == 200
    assert site.post(f"/repos/{SITE}/issues", {"title": "x"}).status_code == 504
    assert site.page().status_code == 200


def test_a_response_that_is_cut_off_has_written_all_the_same(site: Client) -> None:
    site.sandbox.add_fault(Rule(FaultKind.TRUNCATED_JSON, When(rest_path="/issues"), times=1))

    response = site.post(f"/repos/{SITE}/issues", {"title": "x"})

    assert response.status_code == 201
    with pytest.raises(ValueError, match=r"."):
        response.json()
    assert len(site.sandbox.issues(SITE)) == 1
