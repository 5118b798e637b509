"""Every shape that a response of REST takes stands for one thing."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contributor_backfill.github.faults import (
    BadCredentials,
    Forbidden,
    GitHubFault,
    Gone,
    PrimaryLimit,
    SecondaryLimit,
    TooHeavy,
    Unavailable,
    Unusable,
)
from contributor_backfill.github.http import HttpResponse, parse_rest, rest_headers

NOW = datetime(2026, 1, 1, tzinfo=UTC)
RESET = NOW + timedelta(minutes=20)
LIMITS = {
    "x-ratelimit-limit": "5000",
    "x-ratelimit-remaining": "4990",
    "x-ratelimit-reset": str(int(RESET.timestamp())),
}
SPENT = {**LIMITS, "x-ratelimit-remaining": "0"}
SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes."

SHAPES: list[tuple[int, dict[str, str], Any, type[GitHubFault]]] = [
    (401, {}, {"message": "Bad credentials"}, BadCredentials),
    (403, SPENT, {"message": "API rate limit exceeded for user ID 1."}, PrimaryLimit),
    (429, SPENT, {"message": "Too many"}, PrimaryLimit),
    (403, {}, {"message": SECONDARY}, SecondaryLimit),
    (403, SPENT, {"message": SECONDARY}, SecondaryLimit),
    (429, {}, {"message": "Too many"}, SecondaryLimit),
    (403, {"retry-after": "60"}, {"message": "Wait"}, SecondaryLimit),
    (403, LIMITS, {"message": "Resource not accessible by integration"}, Forbidden),
    (403, {}, {"message": "Resource protected by organization SAML enforcement."}, Forbidden),
    (404, {}, {"message": "Not Found"}, Gone),
    (410, {}, {"message": "This was deleted"}, Gone),
    (451, {}, {"message": "Repository access blocked"}, Gone),
    (500, {}, b"", TooHeavy),
    (502, {}, {"message": "Server Error"}, TooHeavy),
    (502, {}, b"<html>Unicorn!</html>", TooHeavy),
    (504, {}, b"", TooHeavy),
    (503, {}, {"message": "Service unavailable"}, Unavailable),
    (200, {}, b"[{", Unavailable),
    (200, {}, b"", Unavailable),
    (200, {}, b"<html>Log in to the hotel's network</html>", Unavailable),
    (404, {}, b"<html>A proxy's</html>", Unavailable),
    (422, {}, {"message": "Validation Failed"}, Unusable),
    (304, {}, {"message": "Not modified"}, Unusable),
    (200, {**LIMITS, "x-ratelimit-limit": "many"}, [], Unusable),
]


@pytest.mark.parametrize(("status", "headers", "body", "fault"), SHAPES)
def test_each_shape_is_one_fault(
    status: int, headers: dict[str, str], body: Any, fault: type[GitHubFault]
) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()

    with pytest.raises(GitHubFault) as raised:
        parse_rest(HttpResponse(status, headers, content), NOW)

    assert type(raised.value) is fault


def test_a_document_comes_with_what_is_left_and_whether_there_is_more() -> None:
    link = '<https://api.github.com/x?page=2>; rel="next", <https://api.github.com/x>; rel="last"'

    response = parse_rest(HttpResponse(200, {**LIMITS, "link": link}, b'[{"id": 1}]'), NOW)
    last = parse_rest(HttpResponse(200, {"link": link.replace("next", "prev")}, b"[]"), NOW)

    assert response.document == [{"id": 1}]
    assert response.rate_limit is not None
    assert (response.rate_limit.remaining, response.rate_limit.reset_at) == (4990, RESET)
    assert (response.has_next_page, last.has_next_page) == (True, False)
    assert last.rate_limit is None


@given(st.integers(100, 599), st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_whatever_comes_is_a_document_or_one_fault(status: int, body: bytes) -> None:
    try:
        parse_rest(HttpResponse(status, {}, body), NOW)
    except GitHubFault:
        return
    assert status in {200, 201, 204}


def test_the_version_of_the_api_is_named() -> None:
    headers = rest_headers("token")

    assert headers["Authorization"] == "Bearer token"
    assert headers["Accept"] == "application/vnd.github+json"
    assert headers["X-GitHub-Api-Version"] == "2022-11-28"
