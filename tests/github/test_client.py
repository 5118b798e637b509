"""The one place that sends, and what it makes of a connection that breaks."""

import json
from pathlib import Path

import pytest
import requests
import responses

from contributor_backfill.domain.clock import SystemClock
from contributor_backfill.domain.errors import BackfillError, NotConfigured
from contributor_backfill.github.client import MOST_REDIRECTS, GitHubClient, new_session
from contributor_backfill.github.documents import query_text
from contributor_backfill.github.faults import SecondaryLimit, TooHeavy, Unavailable, Unusable

URL = "https://github.invalid/graphql"
REST = "https://github.invalid/rest"
TOKEN = "ghp_do-not-show-me"


def client(url: str = URL, rest: str = REST) -> GitHubClient:
    return GitHubClient(new_session, SystemClock(), token=TOKEN, graphql_url=url, api_url=rest)


@responses.activate
def test_a_query_goes_out_with_token_and_variables() -> None:
    responses.post(URL, json={"data": {"viewer": {"login": "ada"}}})
    sending = client()

    response = sending.execute(query_text("viewer"), {"first": 25})

    sent = responses.calls[0].request
    assert sent.headers["Authorization"] == f"Bearer {TOKEN}"
    body = json.loads(sent.body or "")
    assert "query Viewer" in body["query"]
    assert body["variables"] == {"first": 25}
    assert response.data["viewer"]["login"] == "ada"
    assert sending.requests_sent == 1
    assert sending.bytes_received == len('{"data": {"viewer": {"login": "ada"}}}')


@responses.activate
def test_a_document_is_asked_for_with_token_version_and_parameters() -> None:
    responses.get(f"{REST}/repos/octo/one/pulls/comments", json=[{"id": 1}])
    sending = client(rest=f"{REST}/")

    response = sending.get("/repos/octo/one/pulls/comments", {"per_page": 100, "sort": "updated"})

    sent = responses.calls[0].request
    assert sent.headers["Authorization"] == f"Bearer {TOKEN}"
    assert sent.headers["X-GitHub-Api-Version"] == "2022-11-28"
    assert sent.url == f"{REST}/repos/octo/one/pulls/comments?per_page=100&sort=updated"
    assert response.document == [{"id": 1}]
    assert sending.requests_sent == 1


@responses.activate
def test_a_renamed_repository_is_followed() -> None:
    moved = f"{REST}/repositories/1/pulls/comments"
    responses.get(f"{REST}/repos/octo/old/pulls/comments", status=301, headers={"location": moved})
    responses.get(moved, json=[])

    assert client().get("/repos/octo/old/pulls/comments").document == []


def redirected(times: int) -> str:
    """Lead from one address to the next so many times, and return the path of the first."""
    for hop in range(times):
        following = {"location": f"{REST}/{hop + 1}"}
        responses.get(f"{REST}/{hop}", status=302, headers=following)
    responses.get(f"{REST}/{times}", json=["found"])
    return "/0"


@responses.activate
def test_what_the_last_allowed_redirect_leads_to_is_read() -> None:
    sending = client()

    assert sending.get(redirected(MOST_REDIRECTS)).document == ["found"]
    assert sending.requests_sent == MOST_REDIRECTS + 1


@responses.activate
def test_redirects_without_an_end_are_refused() -> None:
    with pytest.raises(Unusable, match="redirects for ever"):
        client().get(redirected(MOST_REDIRECTS + 1))


BROKEN = [
    (requests.ReadTimeout(), TooHeavy),
    (requests.ConnectTimeout(), Unavailable),
    (requests.ConnectionError(f"Bearer {TOKEN}"), Unavailable),
    (requests.exceptions.ChunkedEncodingError(), Unavailable),
]


@pytest.mark.parametrize(("error", "fault"), BROKEN)
@responses.activate
def test_a_broken_connection_is_a_fault_that_does_not_show_the_token(
    error: Exception, fault: type[BackfillError]
) -> None:
    responses.post(URL, body=error)

    with pytest.raises(fault) as raised:
        client().execute("query", {})

    assert TOKEN not in str(raised.value)


@pytest.mark.parametrize(("error", "fault"), BROKEN)
@responses.activate
def test_so_it_is_where_a_document_was_asked_for(
    error: Exception, fault: type[BackfillError]
) -> None:
    responses.get(f"{REST}/x", body=error)

    with pytest.raises(fault) as raised:
        client().get("/x")

    assert TOKEN not in str(raised.value)


def test_an_address_that_is_none_is_a_matter_of_configuration() -> None:
    with pytest.raises(NotConfigured, match="GITHUB_GRAPHQL_URL"):
        client("nonsense").execute("query", {})
    with pytest.raises(NotConfigured, match="GITHUB_API_URL"):
        client(rest="nonsense").get("/x")


@responses.activate
def test_a_password_file_does_not_replace_the_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine github.invalid login ada password other\n")
    monkeypatch.setenv("NETRC", str(netrc))
    responses.post(URL, json={"data": {"viewer": {"login": "ada"}}})

    client().execute("query", {})

    assert responses.calls[0].request.headers["Authorization"] == f"Bearer {TOKEN}"


@responses.activate
def test_header_names_are_read_in_any_case() -> None:
    responses.post(URL, status=429, headers={"ReTrY-aFtEr": "9"}, json={})

    with pytest.raises(SecondaryLimit) as raised:
        client().execute("query", {})

    assert raised.value.retry_after == 9
