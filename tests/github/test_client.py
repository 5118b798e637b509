"""The one place that sends, and what it makes of a connection that breaks."""

import json

import pytest
import requests
import responses

from contributor_backfill.domain.clock import SystemClock
from contributor_backfill.domain.errors import BackfillError, NotConfigured
from contributor_backfill.github.client import GitHubClient, new_session
from contributor_backfill.github.faults import TooHeavy, Unavailable

URL = "https://github.invalid/graphql"
TOKEN = "ghp_do-not-show-me"


def client(url: str = URL) -> GitHubClient:
    return GitHubClient(new_session(), SystemClock(), token=TOKEN, graphql_url=url)


@responses.activate
def test_a_query_goes_out_with_token_and_name() -> None:
    responses.post(URL, json={"data": {"viewer": {"login": "ada"}}})
    sending = client()

    answer = sending.execute("viewer", {})

    sent = responses.calls[0].request
    assert sent.headers["Authorization"] == f"Bearer {TOKEN}"
    assert "query Viewer" in json.loads(sent.body or "")["query"]
    assert answer.data["viewer"]["login"] == "ada"
    assert sending.requests_sent == 1


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (requests.ReadTimeout(), TooHeavy),
        (requests.ConnectTimeout(), Unavailable),
        (requests.ConnectionError(f"Bearer {TOKEN}"), Unavailable),
        (requests.exceptions.ChunkedEncodingError(), Unavailable),
    ],
)
@responses.activate
def test_a_broken_connection_is_a_fault_that_does_not_show_the_token(
    error: Exception, fault: type[BackfillError]
) -> None:
    responses.post(URL, body=error)

    with pytest.raises(fault) as raised:
        client().execute("viewer", {})

    assert TOKEN not in str(raised.value)


def test_an_address_that_is_none_is_a_matter_of_configuration() -> None:
    with pytest.raises(NotConfigured, match="GITHUB_GRAPHQL_URL"):
        client("nonsense").execute("viewer", {})
