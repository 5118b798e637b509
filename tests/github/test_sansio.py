"""Every shape that GitHub's responses take stands for one thing."""

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
from contributor_backfill.github.http import HttpResponse, parse_graphql, request_headers

NOW = datetime(2026, 1, 1, tzinfo=UTC)
RESET = NOW + timedelta(minutes=20)
LIMITS = {
    "x-ratelimit-limit": "1000",
    "x-ratelimit-remaining": "700",
    "x-ratelimit-reset": str(int(RESET.timestamp())),
}
SPENT = {**LIMITS, "x-ratelimit-remaining": "0"}
SECONDARY = (
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
)
CUT_OFF = "Something went wrong while executing your query. This may be the result of a timeout."


def errors(message: str, **fields: Any) -> dict[str, Any]:
    return {"errors": [{"message": message, **fields}]}


SHAPES: list[tuple[int, dict[str, str], Any, type[GitHubFault]]] = [
    (401, {}, {"message": "Bad credentials"}, BadCredentials),
    (403, {}, {"message": "Sorry. Your account was suspended"}, BadCredentials),
    (403, {}, {"message": "Max number of login attempt exceeded"}, BadCredentials),
    (200, SPENT, errors("API rate limit exceeded", type="RATE_LIMITED"), PrimaryLimit),
    (
        200,
        {},
        errors("already exceeded", type="RATE_LIMIT", code="graphql_rate_limit"),
        PrimaryLimit,
    ),
    (403, SPENT, {"message": "API rate limit exceeded for user ID 1."}, PrimaryLimit),
    (429, SPENT, {"message": "Too many"}, PrimaryLimit),
    (403, {}, {"message": SECONDARY}, SecondaryLimit),
    (403, SPENT, {"message": SECONDARY}, SecondaryLimit),
    (200, {}, errors(SECONDARY), SecondaryLimit),
    (200, {}, {"message": SECONDARY}, SecondaryLimit),
    (429, {}, {"message": "Too many"}, SecondaryLimit),
    (403, {"retry-after": "60"}, {"message": "Wait"}, SecondaryLimit),
    (502, {}, {"data": None, **errors(CUT_OFF)}, TooHeavy),
    (502, {}, b"<html><h1>502 Bad Gateway</h1></html>", TooHeavy),
    (504, {}, b"", TooHeavy),
    (500, {}, b"", TooHeavy),
    (200, {}, {"data": None, **errors(CUT_OFF)}, TooHeavy),
    (
        200,
        {},
        {"data": {"node": {}}, **errors("Resource limits", type="RESOURCE_LIMITS_EXCEEDED")},
        TooHeavy,
    ),
    (503, {}, b"<html>Unicorn!</html>", Unavailable),
    (503, {}, {"message": "Service unavailable"}, Unavailable),
    (200, {}, b"<html>Unicorn!</html>", Unavailable),
    (200, {}, b'{"data": {"node": {"id": "R_', Unavailable),
    (200, {}, b"", Unavailable),
    (200, {}, b"[1, 2]", Unavailable),
    (200, {}, b"\xff\xfe\x00", Unavailable),
    (200, {}, b'{"data": ' + b"[" * 100_000, Unavailable),
    (403, {}, b"<html>blocked on the way</html>", Unavailable),
    (403, {}, {"message": "Resource not accessible by integration"}, Forbidden),
    (
        200,
        {},
        {"data": {"node": None}, **errors("SAML", type="FORBIDDEN", path=["node"])},
        Forbidden,
    ),
    (
        200,
        {},
        {"data": {"repository": None}, **errors("Could not resolve", type="NOT_FOUND")},
        Gone,
    ),
    (200, {}, {"data": {"node": None}}, TooHeavy),
    (200, {}, {"data": {"repository": None, "rateLimit": {"cost": 1}}}, TooHeavy),
    (200, {}, {}, TooHeavy),
    (200, {}, {"data": None}, TooHeavy),
    (200, {}, {"data": {"rateLimit": {"cost": 1}}}, TooHeavy),
    (200, {}, {"data": {"l0": None, "l1": None}}, TooHeavy),
    (200, {}, {"message": "Log in to the hotel's network"}, TooHeavy),
    (200, {}, errors("No idea."), TooHeavy),
    (200, {}, errors("Too many nodes", type="MAX_NODE_LIMIT_EXCEEDED"), TooHeavy),
    (200, {}, errors("No cursor", type="INVALID_CURSOR_ARGUMENTS"), Unusable),
    (200, {}, errors("No such field", extensions={"code": "undefinedField"}), Unusable),
    (200, {}, errors("No such field", path=["fragment Account", "name"]), Unusable),
    (451, {}, {"message": "Unavailable for legal reasons"}, Gone),
    (404, {}, {"message": "Not Found"}, Unusable),
    (400, {}, {"message": "Problems parsing JSON"}, Unusable),
    (200, {}, {"data": {"node": {}}, "errors": [{"message": "x", "path": 5}]}, Unusable),
    (200, {}, {"data": {"node": {}, "rateLimit": {"cost": "dear"}}}, Unusable),
    (200, {}, {"data": {"node": {}, "rateLimit": [1]}}, Unusable),
    (200, {**LIMITS, "x-ratelimit-limit": "many"}, {"data": {"node": {}}}, Unusable),
    (200, {**LIMITS, "x-ratelimit-reset": "9" * 30}, {"data": {"node": {}}}, Unusable),
    (200, {}, errors("Field 'x' doesn't exist", path=["query"]), Unusable),
]


@pytest.mark.parametrize(("status", "headers", "body", "fault"), SHAPES)
def test_each_shape_is_one_fault(
    status: int, headers: dict[str, str], body: Any, fault: type[GitHubFault]
) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()

    with pytest.raises(GitHubFault) as raised:
        parse_graphql(HttpResponse(status, headers, content), NOW)

    assert type(raised.value) is fault


def test_the_last_good_response_of_the_hour_is_good() -> None:
    body = {"data": {"node": {"id": "R_1"}, "rateLimit": {"cost": 3}}}

    response = parse_graphql(HttpResponse(200, SPENT, json.dumps(body).encode()), NOW)

    assert response.points == 3
    assert response.rate_limit is not None
    assert response.rate_limit.remaining == 0


def test_headers_win_over_the_field_and_the_field_stands_in_for_them() -> None:
    field = {"cost": 1, "limit": 5_000, "remaining": 12, "resetAt": "2026-01-01T00:40:00Z"}
    body = json.dumps({"data": {"node": {}, "rateLimit": field}}).encode()

    by_headers = parse_graphql(HttpResponse(200, LIMITS, body), NOW).rate_limit
    by_field = parse_graphql(HttpResponse(200, {}, body), NOW).rate_limit

    assert by_headers is not None
    assert (by_headers.limit, by_headers.remaining, by_headers.reset_at) == (1_000, 700, RESET)
    assert by_field is not None
    assert (by_field.limit, by_field.remaining) == (5_000, 12)


def test_data_beside_errors_is_kept_with_the_paths_of_the_errors() -> None:
    path = ["node", "pullRequests", "edges", 3, "node", "additions"]
    body = {"data": {"node": {"id": "R_1"}}, **errors("unavailable", path=path)}

    response = parse_graphql(HttpResponse(200, LIMITS, json.dumps(body).encode()), NOW)

    assert response.errors[0].path == tuple(path)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("17", 17.0),
        ("Thu, 01 Jan 2026 00:01:30 GMT", 90.0),
        ("Thu, 01 Jan 2026 00:01:30 -0000", 90.0),
        ("Wed, 31 Dec 2025 23:00:00 GMT", 0.0),
        ("9" * 400, 86_400.0),
        ("Thu, 01 Jan 9999 00:00:00 GMT", 86_400.0),
        ("soon", None),
        (None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str | None, seconds: float | None) -> None:
    headers = {} if value is None else {"retry-after": value}

    with pytest.raises(SecondaryLimit) as raised:
        parse_graphql(HttpResponse(429, headers, json.dumps({"message": SECONDARY}).encode()), NOW)

    assert raised.value.retry_after == seconds


def test_what_github_says_of_an_error_can_be_stored() -> None:
    body = json.dumps(errors("Field \x00 \ud800 failed", path=["query"])).encode()

    with pytest.raises(Unusable) as raised:
        parse_graphql(HttpResponse(200, {}, body), NOW)

    assert str(raised.value).endswith("Field   failed.")


def test_githubs_clock_is_read_with_its_zone_or_not_at_all() -> None:
    body = json.dumps({"data": {"node": {}}}).encode()

    for zone in ("GMT", "-0000"):
        headers = {"date": f"Thu, 01 Jan 2026 00:00:00 {zone}"}
        assert parse_graphql(HttpResponse(200, headers, body), NOW).date == NOW
    assert parse_graphql(HttpResponse(200, {"date": "today"}, body), NOW).date is None


def test_a_limit_without_a_reset_is_waited_for_an_hour() -> None:
    with pytest.raises(PrimaryLimit) as raised:
        parse_graphql(
            HttpResponse(200, {}, json.dumps(errors("x", type="RATE_LIMITED")).encode()), NOW
        )

    assert raised.value.reset_at == NOW + timedelta(hours=1)


documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["data", "errors", "message", "node", "type", "path", "rateLimit", "cost"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
header_values = st.text(max_size=12) | st.integers().map(str)


@given(
    st.sampled_from([200, 301, 400, 401, 403, 404, 422, 429, 451, 500, 502, 503, 504, 520]),
    st.dictionaries(st.sampled_from([*LIMITS, "retry-after", "date"]), header_values, max_size=5),
    documents.map(lambda document: json.dumps(document).encode()) | st.binary(max_size=40),
)
def test_whatever_comes_it_is_a_response_or_a_fault(
    status: int, headers: dict[str, str], body: bytes
) -> None:
    try:
        response = parse_graphql(HttpResponse(status, headers, body), NOW)
    except GitHubFault:
        return
    assert isinstance(response.data, dict)


def test_a_request_carries_the_token() -> None:
    assert request_headers("secret")["Authorization"] == "Bearer secret"
