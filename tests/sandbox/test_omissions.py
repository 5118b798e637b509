"""Lists from which GitHub leaves items out, and does not count them either."""

from typing import Any

from contributor_backfill.sandbox import FaultKind, Rule, When
from tests.sandbox.client import REPOSITORY, Client

COUNTS = "number reviews { totalCount } comments { totalCount }"
PAGE = f"""
  query Page($first: Int!) {{ repository(owner: "octo-sandbox", name: "rehearsal") {{
    pullRequests(first: $first) {{ nodes {{ {COUNTS} }} }} }} }}
"""
NODES = f"query Nodes($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on PullRequest {{ {COUNTS} }} }} }}"


def counts(client: Client) -> dict[int, tuple[int, int]]:
    found = client.data(PAGE, first=40)["repository"]["pullRequests"]["nodes"]
    return {pull_request["number"]: _lengths(pull_request) for pull_request in found}


def counts_by_id(client: Client) -> dict[int, tuple[int, int]]:
    ids = [pull_request["node_id"] for pull_request in client.sandbox.export(REPOSITORY)]
    return {
        pull_request["number"]: _lengths(pull_request)
        for pull_request in client.data(NODES, ids=ids)["nodes"]
    }


def _lengths(node: dict[str, Any]) -> tuple[int, int]:
    return node["reviews"]["totalCount"], node["comments"]["totalCount"]


def _shorter(whole: dict[int, tuple[int, int]]) -> dict[int, tuple[int, int]]:
    return {number: (max(0, r - 1), max(0, c - 1)) for number, (r, c) in whole.items()}


def test_without_a_number_every_pull_request_of_a_page_is_struck(client: Client) -> None:
    whole = counts(client)

    client.sandbox.add_fault(Rule(FaultKind.OMIT_NESTED))

    assert counts(client) == _shorter(whole) != whole


def test_with_a_number_one_pull_request_is_struck(client: Client) -> None:
    whole = counts(client)
    number = next(number for number, (r, c) in whole.items() if r and c)

    client.sandbox.add_fault(Rule(FaultKind.OMIT_NESTED, When(number=number)))

    found = counts(client)
    assert {key for key in whole if found[key] != whole[key]} == {number}


def test_with_an_operation_one_query_is_struck(client: Client) -> None:
    whole = counts(client)

    client.sandbox.add_fault(Rule(FaultKind.OMIT_NESTED, When(operation="Nodes")))

    assert counts(client) == whole
    assert counts_by_id(client) == _shorter(whole)


def test_comments_on_the_diff_are_left_out_too(reviewed_client: Client) -> None:
    text = """{ repository(owner: "octo-sandbox", name: "rehearsal") {
      pullRequests(first: 40) { nodes { reviews(first: 50) { nodes { comments { totalCount } } } }
    } } }"""

    def total() -> int:
        nodes = reviewed_client.data(text)["repository"]["pullRequests"]["nodes"]
        reviews = [review for node in nodes for review in node["reviews"]["nodes"]]
        return sum(review["comments"]["totalCount"] for review in reviews)

    whole = total()
    reviewed_client.sandbox.add_fault(Rule(FaultKind.OMIT_NESTED))

    assert total() < whole
