"""Every scripted fault, in the shape in which GitHub shows it."""

from typing import Any

import pytest
import requests

from contributor_backfill.domain.errors import InvalidInput
from contributor_backfill.sandbox import FaultKind, Rule, When
from contributor_backfill.sandbox.faults import EFFECTS, MARRED_BODIES, rule_of
from tests.sandbox.client import REPOSITORY, Client

BREAKS_OFF = {FaultKind.CONNECTION_RESET, FaultKind.CUT_CONNECTION}

WHOLE_ANSWERS = [
    ("bad_gateway_json", 502, "Something went wrong while executing your query"),
    ("poison", 502, "Something went wrong while executing your query"),
    ("bad_gateway_html", 502, "<center>nginx</center>"),
    ("unicorn_html", 502, "Unicorn!"),
    ("service_unavailable", 503, "<html>"),
    ("gateway_timeout", 504, "<html>"),
    ("rate_limited_200", 200, '"type":"RATE_LIMITED"'),
    ("rate_limit_200_new_type", 200, '"code":"graphql_rate_limit"'),
    ("secondary_403_retry_after", 403, "secondary rate limit"),
    ("secondary_403", 403, "secondary rate limit"),
    ("secondary_200", 200, "secondary rate limit"),
    ("unauthorized", 401, "Bad credentials"),
    ("forbidden_integration", 403, "Resource not accessible by integration"),
    ("rest_rate_limited", 403, "API rate limit exceeded"),
    ("empty", 200, "{}"),
    ("data_null", 200, '"data":null'),
    ("node_null", 200, '"node":null'),
    ("error_without_type", 200, "No idea"),
    ("not_in_time", 200, "respond to your request in time"),
]


def strike(client: Client, **rule: Any) -> requests.Response:
    client.sandbox.add_fault(rule)
    return client.page(first=8)


@pytest.mark.parametrize(("kind", "status", "text"), WHOLE_ANSWERS)
def test_a_fault_that_replaces_the_response(
    client: Client, kind: str, status: int, text: str
) -> None:
    response = strike(client, kind=kind)

    assert response.status_code == status
    assert text in response.text
    assert client.sandbox.counters()["faults"] == {kind: 1}


def test_every_kind_is_one_of_the_three_sorts() -> None:
    replacing = {FaultKind(kind) for kind, _, _ in WHOLE_ANSWERS} | {FaultKind.CONNECTION_RESET}

    assert replacing | EFFECTS | MARRED_BODIES == set(FaultKind)


def test_a_scripted_rate_limit_says_that_nothing_is_left(client: Client) -> None:
    assert strike(client, kind="rate_limited_200").headers["x-ratelimit-remaining"] == "0"


def test_a_unicorn_can_come_with_status_200(client: Client) -> None:
    response = strike(client, kind="unicorn_html", status=200)

    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/html")


def test_only_one_kind_of_secondary_limit_says_how_long_to_wait(client: Client) -> None:
    assert strike(client, kind="secondary_403_retry_after", times=1).headers["retry-after"] == "60"
    assert (
        strike(client, kind="secondary_403", times=1, retry_after=7).headers["retry-after"] == "7"
    )
    assert "retry-after" not in strike(client, kind="secondary_200").headers


def test_a_truncated_body_has_the_length_it_says_and_is_no_json(client: Client) -> None:
    response = strike(client, kind="truncated_json")

    assert int(response.headers["content-length"]) == len(response.content)
    with pytest.raises(requests.JSONDecodeError):
        response.json()


def test_a_cut_connection_breaks_off_in_the_middle_of_the_body(client: Client) -> None:
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        strike(client, kind="cut_connection")


def test_a_reset_comes_before_the_first_byte(client: Client) -> None:
    with pytest.raises(requests.ConnectionError):
        strike(client, kind="connection_reset")


def test_after_a_broken_connection_the_next_query_is_answered(client: Client) -> None:
    for kind in BREAKS_OFF:
        with pytest.raises(requests.RequestException):
            strike(client, kind=kind, times=1)

    assert client.connection()["totalCount"] == 40


def test_saml_gives_null_an_extension_and_a_header(client: Client) -> None:
    response = strike(client, kind="saml")

    assert response.status_code == 200
    assert response.json()["data"]["node"] is None
    assert response.json()["errors"][0]["type"] == "FORBIDDEN"
    assert response.json()["errors"][0]["extensions"] == {"saml_failure": True}
    assert response.headers["x-github-sso"].startswith("required")


def test_a_repository_can_be_gone_for_a_moment(client: Client) -> None:
    document = strike(client, kind="not_found", times=1).json()

    assert document["data"]["node"] is None
    assert document["errors"][0]["type"] == "NOT_FOUND"
    assert client.connection()["totalCount"] == 40


def test_exceeded_resources_leave_half_of_the_nodes_null(client: Client) -> None:
    document = strike(client, kind="resource_limits_exceeded").json()

    edges = document["data"]["node"]["pullRequests"]["edges"]
    assert [edge["node"] is None for edge in edges] == [False] * 4 + [True] * 4
    assert {error["type"] for error in document["errors"]} == {"RESOURCE_LIMITS_EXCEEDED"}
    assert document["errors"][0]["path"] == ["node", "pullRequests", "edges", 4, "node"]


def test_null_nodes_keep_their_cursors(client: Client) -> None:
    document = strike(client, kind="null_nodes", nodes=2).json()

    edges = document["data"]["node"]["pullRequests"]["edges"]
    assert [edge["node"] is None for edge in edges] == [False] * 6 + [True] * 2
    assert all(edge["cursor"] for edge in edges)
    assert len(document["errors"]) == 2


def test_a_half_page_loses_nothing(client: Client) -> None:
    client.sandbox.add_fault({"kind": "half_page"})
    connection = client.connection(first=8)

    following = client.connection(first=8, after=connection["pageInfo"]["endCursor"])

    client.sandbox.clear_faults()
    whole = client.connection(first=8)["edges"]
    assert len(connection["edges"]) == 4
    assert connection["pageInfo"]["hasNextPage"]
    assert connection["edges"] + following["edges"] == whole


def test_a_stuck_cursor_is_the_one_that_was_sent(client: Client) -> None:
    client.sandbox.add_fault({"kind": "stuck_cursor"})
    after = client.connection()["pageInfo"]["endCursor"]

    assert client.connection(after=after)["pageInfo"] == {"endCursor": after, "hasNextPage": True}


def test_omitted_items_are_not_counted_either(client: Client) -> None:
    number = next(line["number"] for line in client.sandbox.export(REPOSITORY) if line["reviews"])
    before = node_of(client, number)["reviews"]

    client.sandbox.add_fault({"kind": "omit_nested", "when": {"number": number}})

    after = node_of(client, number)["reviews"]
    assert after["totalCount"] == before["totalCount"] - 1


def test_a_field_that_fails_makes_its_pull_request_null(client: Client) -> None:
    number = client.connection(first=8)["edges"][2]["node"]["number"]

    response = strike(client, kind="field_error", when={"number": number})

    edges = response.json()["data"]["node"]["pullRequests"]["edges"]
    assert [position for position, edge in enumerate(edges) if edge["node"] is None] == [2]
    assert response.json()["errors"][0]["path"] == [
        "node", "pullRequests", "edges", 2, "node", "additions"
    ]  # fmt: skip
    assert "type" not in response.json()["errors"][0]
    assert client.page(first=8, withDiffStatistics=False).json()["data"]["node"]


def test_poison_strikes_the_pages_that_hold_its_pull_request(client: Client) -> None:
    first = client.connection(first=5)
    number = first["edges"][3]["node"]["number"]
    when = {"number": number, "with_diff_statistics": True}

    assert strike(client, kind="poison", when=when).status_code == 502
    assert client.page(first=3).status_code == 200
    assert client.page(first=4).status_code == 502
    assert client.page(first=4, withDiffStatistics=False).status_code == 200
    assert client.page(first=8, after=first["pageInfo"]["endCursor"]).status_code == 200


def test_a_rule_can_wait_take_turns_and_come_to_an_end(client: Client) -> None:
    client.sandbox.add_fault(Rule(FaultKind.GATEWAY_TIMEOUT, times=2, every=3, after_requests=1))

    statuses = [client.page(first=1).status_code for _ in range(12)]

    assert statuses == [200, 200, 200, 504, 200, 200, 504, 200, 200, 200, 200, 200]


def test_a_rule_can_be_about_large_pages_alone(client: Client) -> None:
    client.sandbox.add_fault(Rule(FaultKind.POISON, When(first_at_least=26)))

    assert client.page(first=26).status_code == 502
    assert client.page(first=25).status_code == 200


def test_a_rule_can_be_about_one_query_alone(client: Client) -> None:
    client.sandbox.add_fault({"kind": "poison", "when": {"operation": "Repository"}})

    assert client.page().status_code == 200


@pytest.mark.parametrize(
    "rule",
    [
        {},
        [],
        {"kind": "flood"},
        {"kind": "poison", "tmies": 1},
        {"kind": "poison", "when": 5},
        {"kind": "poison", "when": {"size": 5}},
        {"kind": "poison", "times": [1]},
    ],
)
def test_a_rule_with_a_word_it_does_not_know_is_refused(rule: Any) -> None:
    with pytest.raises(InvalidInput):
        rule_of(rule)


def node_of(client: Client, number: int) -> Any:
    edges = client.connection(first=40)["edges"]
    return next(edge["node"] for edge in edges if edge["node"]["number"] == number)
