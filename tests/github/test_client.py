"""The one place that sends, and what it makes of a connection that breaks."""

import json
from pathlib import Path

import pytest
import requests
import responses

from contributor_backfill.domain.clock import SystemClock
from contributor_backfill.domain.errors import BackfillError, NotConfigured
from contributor_backfill.github.client import GitHubClient, new_session
from contributor_backfill.github.faults import SecondaryLimit, TooHeavy, Unavailable

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


@responses.activate
def test_a_password_file_does_not_replace_the_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine github.invalid login ada password other\n")
    monkeypatch.setenv("NETRC", str(netrc))
    responses.post(URL, json={"data": {"viewer": {"login": "ada"}}})

    client().execute("viewer", {})

    assert responses.calls[0].request.headers["Authorization"] == f"Bearer {TOKEN}"


@responses.activate
def test_header_names_are_read_in_any_case() -> None:
    responses.post(URL, status=429, headers={"ReTrY-aFtEr": "9"}, json={})

    with pytest.raises(SecondaryLimit) as raised:
        client().execute("viewer", {})

    assert raised.value.retry_after == 9
