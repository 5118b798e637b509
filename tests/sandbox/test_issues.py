"""Numbers between pull requests are issues."""

from typing import Any

import pytest

from tests.sandbox.client import REPOSITORY, Client

TEXT = """
  query($number: Int!) { repository(owner: "octo-sandbox", name: "rehearsal") {
    issueOrPullRequest(number: $number) { __typename
      ... on Issue { id number title state url } ... on PullRequest { number } } } }
"""


def numbers(client: Client) -> list[int]:
    return [line["number"] for line in client.sandbox.export(REPOSITORY)]


def missing_number(client: Client) -> int:
    known = numbers(client)
    return next(number for number in range(max(known), 0, -1) if number not in known)


def found(client: Client, number: int) -> Any:
    return client.data(TEXT, number=number)["repository"]["issueOrPullRequest"]


def test_a_missing_number_is_an_issue(client: Client) -> None:
    number = missing_number(client)

    issue = found(client, number)

    assert (issue["__typename"], issue["number"], issue["state"]) == ("Issue", number, "OPEN")
    assert issue["url"] == f"https://github.com/{REPOSITORY}/issues/{number}"
    again = client.data("query($id: ID!) { node(id: $id) { id __typename } }", id=issue["id"])
    assert again["node"] == {"id": issue["id"], "__typename": "Issue"}


def test_any_other_number_is_a_pull_request(client: Client) -> None:
    number = numbers(client)[0]

    assert found(client, number) == {"__typename": "PullRequest", "number": number}


@pytest.mark.parametrize("number", [0, -3, 999_999])
def test_a_number_that_nothing_has_is_an_error(client: Client, number: int) -> None:
    document = client.ask(TEXT, number=number).json()

    assert document["data"]["repository"] == {"issueOrPullRequest": None}
    assert document["errors"][0]["type"] == "NOT_FOUND"
    assert document["errors"][0]["message"] == (
        f"Could not resolve to an issue or pull request with the number of {number}."
    )


@pytest.mark.parametrize("place", [0, 5])
def test_the_number_of_a_deleted_pull_request_leads_nowhere_and_is_not_used_again(
    client: Client, place: int
) -> None:
    known = numbers(client)
    client.sandbox.change("delete_pull_request", repository=REPOSITORY, number=known[place])

    opened = client.sandbox.change("insert_pull_request", repository=REPOSITORY)["number"]

    assert client.errors(TEXT, number=known[place])[0]["type"] == "NOT_FOUND"
    assert opened == known[0] + 1
