"""What can happen to the world during a backfill."""

from typing import Any

import pytest

from contributor_backfill.domain.errors import BackfillError
from tests.sandbox.client import REPOSITORY, Client


def change(client: Client, name: str, **values: Any) -> dict[str, Any]:
    return client.sandbox.change(name, repository=REPOSITORY, **values)


def rest_of_backfill(client: Client, after: str) -> list[int]:
    edges = client.connection(first=100, after=after)["edges"]
    return [edge["node"]["number"] for edge in edges]


def test_what_is_inserted_during_a_backfill_moves_no_page(client: Client) -> None:
    after = client.connection(first=10)["pageInfo"]["endCursor"]
    before = rest_of_backfill(client, after)

    number = change(client, "insert_pull_request")["number"]

    assert rest_of_backfill(client, after) == before
    newest = client.connection(first=1)["edges"][0]["node"]
    assert (newest["number"], newest["createdAt"]) == (number, "2026-01-31T08:00:00Z")


def test_the_pull_request_under_a_cursor_can_be_deleted(client: Client) -> None:
    page = client.connection(first=10)
    after = page["pageInfo"]["endCursor"]
    before = rest_of_backfill(client, after)

    change(client, "delete_pull_request", number=page["edges"][-1]["node"]["number"])

    assert rest_of_backfill(client, after) == before
    assert client.connection()["totalCount"] == 39


def test_an_update_brings_a_pull_request_to_the_front_of_what_changed(client: Client) -> None:
    oldest = client.connection(first=40)["edges"][-1]["node"]["number"]
    change(client, "update_pull_request", number=oldest, set={"title": "New", "state": "MERGED"})
    text = """
      { repository(owner: "octo-sandbox", name: "rehearsal") {
          pullRequests(first: 1, orderBy: {field: UPDATED_AT, direction: DESC}) {
            nodes { number title state merged updatedAt mergedAt } } } }
    """

    assert client.data(text)["repository"]["pullRequests"]["nodes"] == [
        {
            "number": oldest,
            "title": "New",
            "state": "MERGED",
            "merged": True,
            "updatedAt": "2026-01-31T08:00:00Z",
            "mergedAt": "2026-01-31T08:00:00Z",
        }
    ]


@pytest.mark.parametrize(
    ("name", "connection"), [("add_review", "reviews"), ("add_comment", "comments")]
)
def test_lists_can_grow(client: Client, name: str, connection: str) -> None:
    node = client.connection(first=1)["edges"][0]["node"]

    added = change(client, name, number=node["number"])

    after = client.connection(first=1)["edges"][0]["node"][connection]
    assert after["totalCount"] == node[connection]["totalCount"] + 1
    assert after["nodes"][-1]["fullDatabaseId"] == str(added["full_database_id"])


def author_of_some_user(client: Client) -> dict[str, Any]:
    authors = (edge["node"]["author"] for edge in client.connection(first=40)["edges"])
    return next(author for author in authors if author and author["__typename"] == "User")


def authors_by_id(client: Client) -> dict[int, str]:
    authors = (edge["node"]["author"] for edge in client.connection(first=41)["edges"])
    return {a["databaseId"]: a["login"] for a in authors if a and a["__typename"] == "User"}


def test_a_renamed_user_keeps_the_id(client: Client) -> None:
    author = author_of_some_user(client)

    change(client, "rename_user", login=author["login"], new_login="renamed")

    assert authors_by_id(client)[author["databaseId"]] == "renamed"


def test_a_login_can_pass_to_somebody_else(client: Client) -> None:
    author = author_of_some_user(client)

    newcomer = change(client, "recycle_login", login=author["login"])

    found = authors_by_id(client)
    assert found[newcomer["database_id"]] == author["login"]
    assert found[author["databaseId"]] == f"{author['login']}-formerly"


def test_what_a_deleted_user_wrote_stays_without_author(client: Client) -> None:
    author = author_of_some_user(client)

    change(client, "delete_user", login=author["login"])

    assert author["databaseId"] not in authors_by_id(client)
    assert client.connection()["totalCount"] == 40


def test_the_old_name_of_a_repository_leads_to_the_new_one(client: Client) -> None:
    before = client.repository()

    change(client, "rename_repository", new_name="elsewhere/renamed")

    after = client.repository()
    assert (after["id"], after["nameWithOwner"]) == (before["id"], "elsewhere/renamed")
    assert client.repository("elsewhere/renamed")["id"] == before["id"]
    strict = '{ repository(owner: "octo-sandbox", name: "rehearsal", followRenames: false) { id } }'
    assert client.errors(strict)[0]["type"] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("access", "kind"), [("gone", "NOT_FOUND"), ("private", "NOT_FOUND"), ("saml", "FORBIDDEN")]
)
def test_access_can_be_lost_and_come_back(client: Client, access: str, kind: str) -> None:
    change(client, "set_access", access=access)
    refused = client.page().json()
    change(client, "set_access", access="open")

    assert refused["data"]["node"] is None
    assert refused["errors"][0]["type"] == kind
    assert client.connection()["totalCount"] == 40


def test_pull_requests_can_be_switched_off(client: Client) -> None:
    change(client, "enable_pull_requests", enabled=False)
    empty = client.connection()["totalCount"]
    change(client, "enable_pull_requests", enabled=True)

    assert (empty, client.connection()["totalCount"]) == (0, 40)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("explode", {}),
        ("delete_pull_request", {}),
        ("delete_pull_request", {"number": 999_999}),
        ("rename_user", {"login": "nobody-at-all", "new_login": "x"}),
        ("rename_repository", {"new_name": "no-owner"}),
        ("rename_repository", {"new_name": 5}),
        ("set_access", {"access": "secret"}),
        ("insert_pull_request", {"set": {"colour": "red"}}),
        ("insert_pull_request", {"set": {"reviews": []}}),
        ("insert_pull_request", {"set": {"state": "LOST"}}),
    ],
)
def test_a_change_that_cannot_be_made_says_why(
    client: Client, name: str, values: dict[str, Any]
) -> None:
    with pytest.raises(BackfillError) as caught:
        change(client, name, **values)

    assert str(caught.value)
