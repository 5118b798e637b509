"""Scripted faults strike REST too, where a rule says so."""

from typing import Any

import pytest
import requests

from contributor_backfill.sandbox import FaultKind, Rule, When
from tests.sandbox.client import REPOSITORY, Client

PULLS = f"/repos/{REPOSITORY}/pulls"
FEED = f"{PULLS}/comments"

ANSWERS = [
    ("bad_gateway_json", 502, "Something went wrong"),
    ("bad_gateway_html", 502, "<center>nginx</center>"),
    ("unicorn_html", 502, "Unicorn!"),
    ("gateway_timeout", 504, "<html>"),
    ("service_unavailable", 503, "<html>"),
    ("secondary_403", 403, "secondary rate limit"),
    ("secondary_403_retry_after", 403, "secondary rate limit"),
    ("unauthorized", 401, "Bad credentials"),
    ("forbidden_integration", 403, "Resource not accessible by integration"),
    ("rest_rate_limited", 403, "API rate limit exceeded"),
    ("not_found", 404, "Not Found"),
    ("saml", 403, "SAML enforcement"),
]


def strike(client: Client, kind: str, **rule: Any) -> requests.Response:
    client.sandbox.add_fault({"kind": kind, "when": {"rest_path": "/pulls/comments"}, **rule})
    return client.get(FEED)


@pytest.mark.parametrize(("kind", "status", "text"), ANSWERS)
def test_a_fault_replaces_the_response(client: Client, kind: str, status: int, text: str) -> None:
    response = strike(client, kind, times=1)

    assert response.status_code == status
    assert text in response.text
    assert client.sandbox.counters()["faults"] == {kind: 1}
    assert client.get(FEED).status_code == 200


def test_a_scripted_limit_says_that_nothing_is_left_of_rest(client: Client) -> None:
    response = strike(client, "rest_rate_limited")

    assert response.headers["x-ratelimit-remaining"] == "0"
    assert response.headers["x-ratelimit-resource"] == "core"


def test_a_wait_can_be_given(client: Client) -> None:
    assert strike(client, "secondary_403", retry_after=7).headers["retry-after"] == "7"


@pytest.mark.parametrize("kind", ["connection_reset", "cut_connection"])
def test_a_connection_can_break(reviewed_client: Client, kind: str) -> None:
    with pytest.raises(requests.RequestException):
        strike(reviewed_client, kind, times=1)

    assert reviewed_client.get(FEED).status_code == 200


def test_a_body_can_end_in_the_middle(reviewed_client: Client) -> None:
    response = strike(reviewed_client, "truncated_json")

    assert response.status_code == 200
    with pytest.raises(requests.JSONDecodeError):
        response.json()


def test_a_rule_without_a_path_is_about_graphql_alone(client: Client) -> None:
    client.sandbox.add_fault({"kind": "gateway_timeout"})

    assert client.get(FEED).status_code == 200
    assert client.page().status_code == 504


def test_a_rule_with_a_path_is_about_rest_alone(client: Client) -> None:
    assert strike(client, "gateway_timeout").status_code == 504
    assert client.page().status_code == 200
    assert client.get(f"{PULLS}/999999").status_code == 404


def test_a_rule_can_be_about_large_pages_alone(client: Client) -> None:
    client.sandbox.add_fault(Rule(FaultKind.GATEWAY_TIMEOUT, When(per_page_at_least=51)))

    assert client.get(FEED, per_page=51).status_code == 504
    assert client.get(FEED, per_page=50).status_code == 200
    assert client.page(first=100).status_code == 200


def test_a_rule_can_be_about_one_pull_request(client: Client) -> None:
    (one, other, *_) = (line["number"] for line in client.sandbox.export(REPOSITORY))
    when = When(rest_path="/comments", number=one)
    client.sandbox.add_fault(Rule(FaultKind.GATEWAY_TIMEOUT, when))

    assert client.get(f"{PULLS}/{one}/comments").status_code == 504
    assert client.get(f"{PULLS}/{other}/comments").status_code == 200


def test_a_rule_can_wait_take_turns_and_come_to_an_end(client: Client) -> None:
    client.sandbox.add_fault(
        Rule(FaultKind.GATEWAY_TIMEOUT, When(rest_path="/"), times=2, every=2, after_requests=1)
    )

    statuses = [client.get(FEED).status_code for _ in range(7)]

    assert statuses == [200, 200, 504, 200, 504, 200, 200]


def test_what_a_fault_refuses_at_the_gate_is_not_charged(client: Client) -> None:
    strike(client, "service_unavailable", times=1)

    assert client.get(FEED).headers["x-ratelimit-used"] == "1"
