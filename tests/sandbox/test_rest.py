"""REST's documents and paths, in GitHub's shapes."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.sandbox.client import REPOSITORY, Client
from tests.sandbox.conftest import REVIEWED

PULLS = f"/repos/{REPOSITORY}/pulls"
ALIKE = {
    "id": "full_database_id",
    "body": "body",
    "path": "path",
    "line": "line",
    "original_line": "original_line",
    "position": "position",
    "original_position": "original_position",
    "diff_hunk": "diff_hunk",
    "commit_id": "commit_oid",
    "original_commit_id": "original_commit_oid",
    "created_at": "created_at",
    "updated_at": "updated_at",
    "pull_request_review_id": "review_full_database_id",
}


def reviewed(client: Client) -> dict[str, Any]:
    """Return the newest pull request with comments on its diff."""
    return next(line for line in client.sandbox.export(REPOSITORY) if line["review_comments"])


def test_a_comment_says_the_same_as_the_export(reviewed_client: Client) -> None:
    found = {comment["id"]: comment for comment in reviewed_client.review_comments()}

    for truth in reviewed_client.truth():
        comment = found[truth["full_database_id"]]
        assert {name: comment[name] for name in ALIKE} == {
            name: truth[there] for name, there in ALIKE.items()
        }
        assert comment.get("in_reply_to_id") == truth["reply_to_full_database_id"]
        assert ("in_reply_to_id" in comment) == (truth["reply_to_full_database_id"] is not None)


def test_a_comment_names_its_pull_request_in_an_address(reviewed_client: Client) -> None:
    line = reviewed(reviewed_client)

    (comment, *_) = reviewed_client.get(f"{PULLS}/{line['number']}/comments").json()

    assert comment["pull_request_url"].endswith(f"{PULLS}/{line['number']}")
    assert comment["html_url"] == f"{line['url']}#discussion_r{comment['id']}"
    assert (comment["side"], comment["subject_type"]) == ("RIGHT", "line")


def test_one_comment_has_the_document_of_the_list(reviewed_client: Client) -> None:
    comment = reviewed_client.review_comments()[-1]

    assert reviewed_client.get(f"{PULLS}/comments/{comment['id']}").json() == comment


def test_people_are_shown_as_rest_shows_them(open_client: Callable[..., Client]) -> None:
    client = open_client(replace(REVIEWED, pull_requests=120, oddity_every=2))
    truth = {comment["full_database_id"]: comment["author"] for comment in client.truth()}
    seen = set()

    for comment in client.review_comments(per_page=100):
        user, author = comment["user"], truth[comment["id"]]
        if author is None:
            seen.add(user and user["login"])
            continue
        seen.add(author["kind"])
        suffix = "[bot]" if author["kind"] == "Bot" else ""
        assert user["login"] == author["login"] + suffix
        assert user["id"] == (author["database_id"] or author["user_database_id"])
        assert user["type"] == author["kind"].replace("EnterpriseUserAccount", "User")

    kinds = {"User", "Bot", "Mannequin", "Organization", "EnterpriseUserAccount"}
    assert seen == kinds | {"ghost", None}


def test_the_ghost_has_its_real_id(reviewed_client: Client) -> None:
    users = [comment["user"] for comment in reviewed_client.review_comments()]

    ghost = next(user for user in users if user and user["login"] == "ghost")
    assert (ghost["id"], ghost["type"]) == (10_137, "User")


def test_a_pull_request_lists_its_own_comments(reviewed_client: Client) -> None:
    line = reviewed(reviewed_client)
    path = f"{PULLS}/{line['number']}/comments"

    found = reviewed_client.get(path).json()

    expected = sorted(comment["full_database_id"] for comment in line["review_comments"])
    assert [comment["id"] for comment in found] == expected
    assert reviewed_client.get(path, per_page=2, page=2).json() == found[2:]
    assert reviewed_client.get(path, sort="created", direction="desc").json() == found[::-1]


def test_a_pull_request_says_the_same_as_the_export(reviewed_client: Client) -> None:
    line = reviewed(reviewed_client)

    found = reviewed_client.get(f"{PULLS}/{line['number']}").json()

    assert found["id"] == line["full_database_id"]
    assert found["state"] == ("open" if line["state"] == "OPEN" else "closed")
    assert found["comments"] == len(line["comments"])
    assert found["review_comments"] == len(line["review_comments"]) == 3
    for name in ("node_id", "number", "title", "updated_at", "merged", "commits", "additions"):
        assert found[name] == line[name]


@pytest.mark.parametrize(
    "path",
    [
        f"{PULLS}/999999",
        f"{PULLS}/999999/comments",
        f"{PULLS}/comments/1",
        f"{PULLS}/comments/{10**30}",
        f"{PULLS}/files",
        "/repos/octo-sandbox/elsewhere/pulls/comments",
        "/repositories/1/pulls/comments",
    ],
)
def test_what_is_not_there_is_404(reviewed_client: Client, path: str) -> None:
    response = reviewed_client.get(path)

    assert (response.status_code, response.json()["message"]) == (404, "Not Found")


@pytest.mark.parametrize(
    "path",
    [
        "/api/v3/repos/octo-sandbox/rehearsal/pulls/comments",
        "/repos/OCTO-Sandbox/Rehearsal/pulls/comments",
        "/repositories/2147000000/pulls/comments",
    ],
)
def test_other_ways_lead_to_the_same_comments(reviewed_client: Client, path: str) -> None:
    found = reviewed_client.get(path, per_page=100).json()

    expected = reviewed_client.get(f"{PULLS}/comments", per_page=100).json()
    assert [comment["id"] for comment in found] == [comment["id"] for comment in expected]


def test_an_old_name_is_redirected_to_the_id(reviewed_client: Client) -> None:
    reviewed_client.sandbox.change(
        "rename_repository", repository=REPOSITORY, new_name="elsewhere/renamed"
    )

    response = reviewed_client.get(f"{PULLS}/comments", per_page=5)

    location = response.headers["location"]
    assert response.status_code == 301
    assert location.endswith("/repositories/2147000000/pulls/comments?per_page=5")
    found = reviewed_client.get(location).json()
    assert len(found) == 5
    assert "/repos/elsewhere/renamed/pulls/" in found[0]["pull_request_url"]
    assert reviewed_client.get("/repos/elsewhere/renamed/pulls/comments").status_code == 200


@pytest.mark.parametrize(("access", "status"), [("gone", 404), ("private", 404), ("saml", 403)])
def test_a_lost_repository_is_refused(reviewed_client: Client, access: str, status: int) -> None:
    reviewed_client.sandbox.change("set_access", repository=REPOSITORY, access=access)

    response = reviewed_client.get(f"{PULLS}/comments")

    assert response.status_code == status
    assert response.headers.get("x-github-sso", "").startswith("required") == (status == 403)


def test_without_pull_requests_there_are_no_comments(reviewed_client: Client) -> None:
    reviewed_client.sandbox.change("enable_pull_requests", repository=REPOSITORY, enabled=False)
    assert reviewed_client.review_comments() == []

    reviewed_client.sandbox.change("enable_pull_requests", repository=REPOSITORY, enabled=True)
    assert reviewed_client.review_comments()
