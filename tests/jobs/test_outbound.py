"""Sending to an address that is a secret."""

import traceback

import pytest
import requests
import responses

from contributor_backfill.operations.outbound import (
    Response,
    Undelivered,
    exchange,
    is_address,
    post,
)

URL = "https://hooks.example/services/planted-4711"


@pytest.mark.parametrize(
    ("url", "may"),
    [
        (URL, True),
        ("https://hooks.example:8443/x", True),
        ("http://localhost:8080/x", True),
        ("http://127.0.0.1/x", True),
        ("http://[::1]:80/x", True),
        ("http://hooks.example/x", False),
        ("http://localhost.evil.example/x", False),
        ("http://localhost@evil.example/x", False),
        ("ftp://hooks.example/x", False),
        ("hooks.example/x", False),
        ("https://", False),
        ("https://[x/", False),
        ("https://hooks.example:99999/", False),
        ("https://hooks.example/a b", False),
        ("https://hooks.example/\r\nX: y", False),
        ("", False),
    ],
)
def test_an_address_is_safe_or_this_machines(url: str, may: bool) -> None:
    assert is_address(url) is may


@responses.activate
def test_a_document_arrives_as_json() -> None:
    responses.post(URL, status=204)

    post(URL, {"text": "hello"})

    (call,) = responses.calls
    assert call.request.body == b'{"text": "hello"}'
    assert call.request.headers["Content-Type"] == "application/json"
    assert "Authorization" not in call.request.headers


@responses.activate
def test_nobody_is_followed_elsewhere() -> None:
    responses.post(URL, status=307, headers={"Location": "https://evil.example/"})

    with pytest.raises(Undelivered, match="307"):
        post(URL, {"text": "hello"})

    assert len(responses.calls) == 1


@responses.activate
@pytest.mark.parametrize(
    "error",
    [
        requests.ConnectionError(f"cannot reach {URL}"),
        requests.ReadTimeout(URL),
        requests.exceptions.InvalidURL(URL),
        requests.exceptions.SSLError(URL),
    ],
)
def test_no_error_ever_shows_the_address(error: Exception) -> None:
    responses.post(URL, body=error)

    with pytest.raises(Undelivered) as raised:
        post(URL, {"text": "hello"})

    shown = "".join(traceback.format_exception(raised.value))
    assert "planted-4711" not in shown
    assert type(error).__name__ in str(raised.value)


@responses.activate
def test_a_response_is_read_with_its_status_whatever_that_is() -> None:
    responses.post(URL, json={"ids": ["01"]}, status=200)
    responses.post(URL, body="<html>", status=429, headers={"Retry-After": "30"})
    responses.post(
        URL, body="", status=500, headers={"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}
    )

    replies = [exchange(URL, [{"name": "x"}]) for _ in range(3)]

    assert replies == [
        Response(200, {"ids": ["01"]}, None),
        Response(429, None, 30.0),
        Response(500, None, None),
    ]


@responses.activate
def test_a_response_that_does_not_come_says_nothing_of_the_address() -> None:
    responses.post(URL, body=requests.ConnectionError(URL))

    with pytest.raises(Undelivered) as raised:
        exchange(URL, [])

    assert "planted" not in "".join(traceback.format_exception(raised.value))
