"""Reviews and comments of the conversation that change and go during a backfill."""

from typing import Any

import pytest

from contributor_backfill.domain.errors import BackfillError
from tests.sandbox.client import REPOSITORY, Client

NOW = "2026-01-31T08:00:00Z"


def lines(client: Client) -> list[dict[str, Any]]:
    return list(client.sandbox.export(REPOSITORY))


def pull_request(client: Client) -> dict[str, Any]:
    """Return a pull request with a review that has comments, and with a conversation."""
    return next(
        line
        for line in lines(client)
        if line["comments"] and any(review["comments"] for review in line["reviews"])
    )


def after(client: Client, line: dict[str, Any]) -> dict[str, Any]:
    return next(found for found in lines(client) if found["number"] == line["number"])


def change(client: Client, name: str, line: dict[str, Any], **values: Any) -> dict[str, Any]:
    return client.sandbox.change(name, repository=REPOSITORY, number=line["number"], **values)


@pytest.mark.parametrize("kind", ["comment", "review"])
def test_an_edit_changes_the_text_and_touches_the_pull_request(
    reviewed_client: Client, kind: str
) -> None:
    line = pull_request(reviewed_client)
    wanted = line[f"{kind}s"][0]["full_database_id"]

    change(reviewed_client, f"edit_{kind}", line, full_database_id=wanted, body="Better.")

    found = after(reviewed_client, line)
    assert found[f"{kind}s"][0]["full_database_id"] == wanted
    assert found[f"{kind}s"][0]["body"] == "Better."
    assert found["updated_at"] == NOW


def test_an_edited_comment_says_when(reviewed_client: Client) -> None:
    line = pull_request(reviewed_client)
    wanted = line["comments"][0]["full_database_id"]

    change(reviewed_client, "edit_comment", line, full_database_id=wanted)

    found = after(reviewed_client, line)["comments"][0]
    assert found["body"] == line["comments"][0]["body"] + " (edited)"
    assert (found["created_at"], found["updated_at"]) == (line["comments"][0]["created_at"], NOW)


def test_a_review_can_be_dismissed(reviewed_client: Client) -> None:
    line = pull_request(reviewed_client)
    wanted = line["reviews"][0]["full_database_id"]

    change(reviewed_client, "edit_review", line, full_database_id=wanted, state="DISMISSED")

    assert after(reviewed_client, line)["reviews"][0]["state"] == "DISMISSED"
    text = """query($id: ID!) { node(id: $id) { ... on PullRequest {
      reviews(first: 1) { nodes { updatedAt submittedAt } } } } }"""
    (review,) = reviewed_client.data(text, id=line["node_id"])["node"]["reviews"]["nodes"]
    assert review["updatedAt"] == NOW
    assert review["submittedAt"] == line["reviews"][0]["submitted_at"]


def test_a_deleted_comment_is_gone_and_touches_the_pull_request(reviewed_client: Client) -> None:
    line = pull_request(reviewed_client)
    wanted = line["comments"][0]["full_database_id"]

    change(reviewed_client, "delete_comment", line, full_database_id=wanted)

    found = after(reviewed_client, line)
    assert found["comments"] == line["comments"][1:]
    assert found["updated_at"] == NOW


def test_a_deleted_review_takes_its_comments_along(reviewed_client: Client) -> None:
    line = pull_request(reviewed_client)
    review = next(review for review in line["reviews"] if review["comments"])
    gone = {comment["full_database_id"] for comment in review["comments"]}

    change(reviewed_client, "delete_review", line, full_database_id=review["full_database_id"])

    found = after(reviewed_client, line)
    assert review not in found["reviews"]
    assert len(found["reviews"]) == len(line["reviews"]) - 1
    assert len(found["review_comments"]) == 3 - len(gone)
    assert not gone & {comment["id"] for comment in reviewed_client.review_comments(per_page=100)}
    assert found["updated_at"] == NOW


@pytest.mark.parametrize("kind", ["comment", "review"])
def test_an_id_is_never_used_again(reviewed_client: Client, kind: str) -> None:
    line = pull_request(reviewed_client)
    first = change(reviewed_client, f"add_{kind}", line, body="One")["full_database_id"]

    change(reviewed_client, f"delete_{kind}", line, full_database_id=first)
    second = change(reviewed_client, f"add_{kind}", line, body="Two")["full_database_id"]

    assert second > first
    assert after(reviewed_client, line)[f"{kind}s"][-1]["body"] == "Two"


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("edit_comment", {}),
        ("edit_comment", {"full_database_id": 1}),
        ("delete_comment", {"full_database_id": "x"}),
        ("edit_review", {"full_database_id": 1}),
        ("delete_review", {"full_database_id": None}),
        ("add_review", {"state": "PENDING"}),
        ("add_review", {"body": []}),
    ],
)
def test_a_change_that_cannot_be_made_says_why(
    reviewed_client: Client, name: str, values: dict[str, Any]
) -> None:
    with pytest.raises(BackfillError) as caught:
        change(reviewed_client, name, pull_request(reviewed_client), **values)

    assert str(caught.value)
