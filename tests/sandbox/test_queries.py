"""The product's own queries, and the errors GitHub gives for queries it does not like."""

from collections.abc import Callable
from itertools import chain
from typing import Any

import pytest

from contributor_backfill.github.documents import query_text
from contributor_backfill.sandbox import Limits, RepositoryOptions
from tests.sandbox.client import REPOSITORY, Client

LISTED = "nodes { number } pageInfo { hasNextPage endCursor }"


def pull_requests(arguments: str, selection: str = LISTED) -> str:
    return (
        '{ repository(owner: "octo-sandbox", name: "rehearsal")'
        f" {{ pullRequests{arguments} {{ totalCount {selection} }} }} }}"
    )


def numbers(client: Client, arguments: str) -> list[int]:
    found = client.data(pull_requests(arguments))["repository"]["pullRequests"]
    return [node["number"] for node in found["nodes"]]


def test_a_repository_is_found_by_name_in_any_spelling(client: Client) -> None:
    found = client.repository("Octo-Sandbox/REHEARSAL")

    assert found["nameWithOwner"] == REPOSITORY
    assert found["pullRequests"]["totalCount"] == 40


def test_the_viewer_costs_one_point(client: Client) -> None:
    data = client.data(query_text("viewer"))

    assert data["viewer"]["login"]
    assert data["rateLimit"]["cost"] == 1


@pytest.mark.parametrize("first", [1, 7, 29, 100])
def test_a_backfill_in_pages_of_any_size_meets_the_export_exactly(
    client: Client, first: int
) -> None:
    seen: list[int] = []
    after, more = None, True
    while more:
        connection = client.connection(first=first, after=after)
        seen += [edge["node"]["number"] for edge in connection["edges"]]
        assert connection["edges"][-1]["cursor"] == connection["pageInfo"]["endCursor"]
        after, more = connection["pageInfo"]["endCursor"], connection["pageInfo"]["hasNextPage"]

    assert seen == [truth["number"] for truth in client.sandbox.export(REPOSITORY)]
    assert connection["totalCount"] == len(seen)


def test_a_page_says_the_same_as_the_export(client: Client) -> None:
    edges = client.connection(first=40)["edges"]

    for edge, truth in zip(edges, client.sandbox.export(REPOSITORY), strict=True):
        node = edge["node"]
        assert node["fullDatabaseId"] == str(truth["full_database_id"])
        for ours, theirs in (("title", "title"), ("body", "body"), ("mergedAt", "merged_at")):
            assert node[ours] == truth[theirs]
        states = [review["state"] for review in truth["reviews"] if review["state"] != "PENDING"]
        assert node["reviews"]["totalCount"] == len(states)
        assert [review["state"] for review in node["reviews"]["nodes"]] == states[:100]
        assert (node["author"] or {}).get("login") == (truth["author"] or {}).get("login")


def test_a_long_list_goes_on_by_node_id(client: Client) -> None:
    more = """
      query($id: ID!, $after: String) { node(id: $id) { ... on PullRequest {
        comments(first: 100, after: $after) {
          nodes { fullDatabaseId } pageInfo { hasNextPage } } } } }
    """
    nodes = [edge["node"] for edge in client.connection(first=40)["edges"]]
    long = next(node for node in nodes if node["comments"]["pageInfo"]["hasNextPage"])

    rest = client.data(more, id=long["id"], after=long["comments"]["pageInfo"]["endCursor"])

    found = long["comments"]["nodes"] + rest["node"]["comments"]["nodes"]
    assert (
        len({comment["fullDatabaseId"] for comment in found})
        == 120
        == long["comments"]["totalCount"]
    )
    assert not rest["node"]["comments"]["pageInfo"]["hasNextPage"]


def test_review_comments_belong_to_reviews_and_to_threads(client: Client) -> None:
    selection = """nodes { totalCommentsCount comments { totalCount }
        reviews(first: 100) { nodes { fullDatabaseId comments(first: 40) { totalCount nodes {
          fullDatabaseId path line pullRequestReview { fullDatabaseId }
          replyTo { fullDatabaseId } } } } }
        reviewThreads(first: 50) { totalCount nodes { isResolved
          comments(first: 10) { totalCount } } } }"""
    found = client.data(pull_requests("(first: 40)", selection))["repository"]["pullRequests"]

    for node in found["nodes"]:
        for review in node["reviews"]["nodes"]:
            for comment in review["comments"]["nodes"]:
                assert comment["pullRequestReview"] == {"fullDatabaseId": review["fullDatabaseId"]}
        by_review = sum(review["comments"]["totalCount"] for review in node["reviews"]["nodes"])
        by_thread = sum(
            thread["comments"]["totalCount"] for thread in node["reviewThreads"]["nodes"]
        )
        if node["reviews"]["nodes"] and len(node["reviews"]["nodes"]) < 100:
            assert by_review == by_thread
        assert node["totalCommentsCount"] == by_thread + node["comments"]["totalCount"]
    assert any(node["reviewThreads"]["totalCount"] for node in found["nodes"])


def test_orders_run_both_ways(client: Client) -> None:
    newest = numbers(client, "(first: 40, orderBy: {field: CREATED_AT, direction: DESC})")
    changed = numbers(client, "(last: 40, orderBy: {field: UPDATED_AT, direction: ASC})")

    assert newest[::-1] == numbers(client, "(first: 40)")
    assert sorted(changed) == sorted(newest)
    assert changed[::-1] == numbers(
        client, "(first: 40, orderBy: {field: UPDATED_AT, direction: DESC})"
    )


def test_repositories_of_an_owner_run_both_ways(open_client: Callable[..., Client]) -> None:
    client = open_client(RepositoryOptions("octo/a"), others=[RepositoryOptions("octo/b")])
    text = """
      { repositoryOwner(login: "octo") {
          repositories(first: 9, orderBy: {field: %s, direction: %s}) { nodes { name } } } }
    """

    def names(direction: str) -> list[str]:
        found = client.data(text % ("NAME", direction))["repositoryOwner"]["repositories"]
        return [node["name"] for node in found["nodes"]]

    assert names("ASC") == ["a", "b"]
    assert names("DESC") == ["b", "a"]
    assert "PUSHED_AT" in client.errors(text % ("PUSHED_AT", "ASC"))[0]["message"]


def test_states_divide_the_list(client: Client) -> None:
    parts = [numbers(client, f"(first: 100, states: {s})") for s in ("OPEN", "CLOSED", "MERGED")]

    assert sorted(chain(*parts)) == sorted(numbers(client, "(first: 100)"))


def test_a_number_is_found_or_is_no_pull_request(client: Client) -> None:
    text = """
      { repository(owner: "octo-sandbox", name: "rehearsal") { pullRequest(number: %d) { url } } }
    """
    number = numbers(client, "(first: 1)")[0]

    assert client.data(text % number)["repository"]["pullRequest"]["url"].endswith(f"/{number}")
    assert client.errors(text % 999_999)[0]["type"] == "NOT_FOUND"


def test_an_unknown_repository_is_null_with_githubs_sentence(client: Client) -> None:
    document = client.ask('{ repository(owner: "o", name: "r") { id } }').json()

    assert document["data"] == {"repository": None}
    assert document["errors"] == [
        {
            "type": "NOT_FOUND",
            "path": ["repository"],
            "locations": [{"line": 1, "column": 3}],
            "message": "Could not resolve to a Repository with the name 'o/r'.",
        }
    ]


def test_unknown_node_ids_are_null_beside_those_that_are_known(client: Client) -> None:
    known = client.repository()["id"]

    document = client.ask("query($i: [ID!]!) { nodes(ids: $i) { id } }", i=[known, "R_x"]).json()

    assert document["data"] == {"nodes": [{"id": known}, None]}
    assert document["errors"][0]["type"] == "NOT_FOUND"
    assert document["errors"][0]["path"] == ["nodes", 1]


def test_more_than_a_hundred_node_ids_are_refused(client: Client) -> None:
    error = client.errors("query($i: [ID!]!) { nodes(ids: $i) { id } }", i=["x"] * 101)[0]

    assert error["type"] == "ARGUMENT_LIMIT"
    assert error["message"].endswith("you provided 101.")


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        ("", "MISSING_PAGINATION_BOUNDARIES"),
        ("(first: 3, last: 3)", "MISSING_PAGINATION_BOUNDARIES"),
        ("(first: 101)", "EXCESSIVE_PAGINATION"),
        ("(last: 101)", "EXCESSIVE_PAGINATION"),
        ("(first: 0)", "INVALID_PAGINATION"),
        ('(first: 3, after: "abc")', "INVALID_CURSOR_ARGUMENTS"),
    ],
)
def test_wrong_paging_is_an_error_of_the_connection(
    client: Client, arguments: str, kind: str
) -> None:
    document = client.ask(pull_requests(arguments)).json()

    assert document["data"] == {"repository": None}
    assert document["errors"][0]["type"] == kind
    assert document["errors"][0]["path"] == ["repository", "pullRequests"]


def test_a_connection_that_is_only_counted_needs_no_boundary(client: Client) -> None:
    assert client.data(pull_requests("", ""))["repository"]["pullRequests"]["totalCount"] == 40


def test_too_many_nodes_are_refused_without_any_data(open_client: Callable[..., Client]) -> None:
    client = open_client(limits=Limits(node_limit=99))

    document = client.ask(pull_requests("(first: 100)")).json()

    assert "data" not in document
    assert document["errors"][0]["type"] == "MAX_NODE_LIMIT_EXCEEDED"


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"query": "{ viewer { login } }", "variables": [1]}']
)
def test_a_body_that_is_no_request_is_400(client: Client, body: bytes) -> None:
    response = client.session.post(client.sandbox.graphql_url, data=body, timeout=120)

    assert (response.status_code, response.json()["message"]) == (400, "Problems parsing JSON")


@pytest.mark.parametrize(
    "text", ["{", "{ nothing }", "mutation { a }", "query A { a } query B { b }"]
)
def test_a_text_that_is_no_query_has_errors_and_no_data(client: Client, text: str) -> None:
    document = client.ask(text).json()

    assert "data" not in document
    assert document["errors"][0]["message"]


def test_an_operation_is_chosen_by_name(client: Client) -> None:
    body: dict[str, Any] = {"query": "query A { viewer { login } } query B { viewer { id } }"}
    url = client.sandbox.graphql_url

    chosen = client.session.post(url, json={**body, "operationName": "B"}, timeout=120).json()
    unsettled = client.session.post(url, json=body, timeout=120).json()

    assert set(chosen["data"]["viewer"]) == {"id"}
    assert "data" not in unsettled


def test_an_empty_repository_has_one_empty_page(open_client: Callable[..., Client]) -> None:
    connection = open_client(RepositoryOptions(pull_requests=0)).connection()

    assert connection == {
        "totalCount": 0,
        "pageInfo": {"endCursor": None, "hasNextPage": False},
        "edges": [],
    }
