"""GraphQL over HTTP without any I/O: a request out; status, headers and bytes in.

`decipher` is a pure function. It returns an `Answer` or raises exactly one fault. The rules and the
shapes of the errors are GitHub's (facts/github.md A4 and A5).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from contributor_backfill.domain.types import RateLimit
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
from contributor_backfill.github.parsing import clean

Headers = Mapping[str, str]
SECONDARY_LIMIT_TEXTS = ("secondary rate limit", "abuse detection")
SUBJECTS = ("node", "repository", "viewer")
"""What our queries ask for."""
LONGEST_WAIT = 86_400.0
"""Seconds. What asks for more is no answer of GitHub's."""


@dataclass(frozen=True)
class GraphQLError:
    """One entry of `errors`. `path` leads to the field that failed, as keys and positions."""

    message: str
    type: str
    path: tuple[str | int, ...]


@dataclass(frozen=True)
class Answer:
    """The data of a GraphQL answer, with the errors that left some of it null.

    `points` is what the query cost, by GitHub's own account; `date` is GitHub's clock.
    """

    data: dict[str, Any]
    errors: tuple[GraphQLError, ...]
    rate_limit: RateLimit | None
    points: int
    date: datetime | None


def request_headers(token: str) -> dict[str, str]:
    """Return the headers of a GraphQL request."""
    return {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Accept": "application/json",
        "User-Agent": "contributor-backfill",
    }


def request_body(query: str, variables: Mapping[str, Any]) -> bytes:
    """Return the body of a GraphQL request."""
    return json.dumps({"query": query, "variables": dict(variables)}).encode()


def decipher(status: int, headers: Headers, body: bytes, now: datetime) -> Answer:
    """Turn an HTTP answer into data, or raise the one fault that it stands for.

    Header names are taken in lower case. `now` dates a reset that GitHub did not name.
    """
    try:
        return _decipher(status, headers, body, now)
    except (AttributeError, OverflowError, TypeError, ValueError) as error:
        # JSON, but not as GitHub writes it: whatever a proxy makes up must not end in a traceback.
        raise Unusable(f"GitHub's answer ({status}) makes no sense: {error!r}.") from error


def _decipher(status: int, headers: Headers, body: bytes, now: datetime) -> Answer:
    document = _document(body)
    message = _message(document)
    if status == 401:
        raise BadCredentials(
            "GitHub does not accept the token (401 Bad credentials).",
            advice="Set GITHUB_TOKEN to a token that is valid and not expired.",
        )
    if limit := _limit_fault(status, headers, document, message, now):
        raise limit
    if status in {500, 502, 504}:
        raise TooHeavy(f"GitHub cut the query off ({status} {message or 'without a reason'}).")
    if document is None:
        raise Unavailable(f"GitHub's answer ({status}) is not JSON, or was cut short.")
    if status != 200:
        raise _refusal(status, message)
    return _answer(document, headers)


def _document(body: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _message(document: dict[str, Any] | None) -> str:
    if document is None:
        return ""
    errors = _errors(document)
    message = clean(str(document.get("message") or ""))
    return message or (errors[0].message if errors else "")


def _errors(document: dict[str, Any]) -> tuple[GraphQLError, ...]:
    entries = document.get("errors")
    return tuple(
        GraphQLError(
            # It ends in the database, as every error does.
            message=clean(str(entry.get("message", ""))) or "",
            type=str(entry.get("type", "")),
            path=tuple(entry.get("path") or ()),
        )
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, dict)
    )


def _limit_fault(
    status: int, headers: Headers, document: dict[str, Any] | None, message: str, now: datetime
) -> GitHubFault | None:
    """Tell the two kinds of rate limit apart: a secondary limit never waits for the reset."""
    if status not in {200, 403, 429}:
        return None
    retry_after = _retry_after(headers, now)
    if any(text in message.lower() for text in SECONDARY_LIMIT_TEXTS):
        return SecondaryLimit(f"GitHub's secondary rate limit: {message}", retry_after)
    types = {error.type for error in _errors(document or {})}
    # The newer spelling is real: see githubkit issue 271.
    spent = bool(types & {"RATE_LIMITED", "RATE_LIMIT"})
    if status != 200 and headers.get("x-ratelimit-remaining") == "0":
        spent = True
    if spent:
        return PrimaryLimit(
            f"GitHub's hourly limit is spent: {message}", _reset_at(headers) or _in_an_hour(now)
        )
    if status == 429 or (status == 403 and retry_after is not None):
        return SecondaryLimit(f"GitHub asks to wait: {status} {message}", retry_after)
    return None


def _refusal(status: int, message: str) -> GitHubFault:
    if status == 403:
        return Forbidden(
            f"GitHub refuses access: {message or 403}.",
            advice="Give the token read access to pull requests, then track the repository again.",
        )
    if status == 451:
        return Gone(f"GitHub does not show the repository for legal reasons: {message}.")
    if status >= 500:
        return Unavailable(f"GitHub answered {status} {message}.")
    return Unusable(
        f"GitHub answered {status} {message}.", advice="Check GITHUB_GRAPHQL_URL, if it is set."
    )


def _answer(document: dict[str, Any], headers: Headers) -> Answer:
    errors = _errors(document)
    types = {error.type for error in errors}
    data = document.get("data")
    if "RESOURCE_LIMITS_EXCEEDED" in types:
        raise TooHeavy(f"GitHub ran out of resources for the query: {errors[0].message}")
    if not isinstance(data, dict):
        raise fault_without_data(errors)
    subject = next((key for key in SUBJECTS if key in data), None)
    if subject is None or (data[subject] is None and errors):
        raise fault_without_data(errors)
    if data[subject] is None:
        raise _gone("no reason given")
    rate_limit, points = _rate_limit(data, headers)
    return Answer(data, errors, rate_limit, points, _date(headers))


def fault_without_data(errors: tuple[GraphQLError, ...]) -> GitHubFault:
    """Return what errors stand for that left nothing of an answer."""
    types = {error.type for error in errors}
    message = errors[0].message if errors else "no data and no reason"
    if "NOT_FOUND" in types:
        return _gone(message)
    if "FORBIDDEN" in types or "INSUFFICIENT_SCOPES" in types:
        return Forbidden(
            f"GitHub refuses access: {message}",
            advice="Authorise the token for the organization, then track the repository again.",
        )
    if "something went wrong" in message.lower() or "timeout" in message.lower():
        return TooHeavy(f"GitHub gave the query up: {message}")
    return Unusable(f"GitHub refused the query: {message}")


def _gone(message: str) -> GitHubFault:
    return Gone(
        f"GitHub does not show the repository: {message}",
        advice="It was deleted, or made private, or the token may not see it.",
    )


def _rate_limit(data: dict[str, Any], headers: Headers) -> tuple[RateLimit | None, int]:
    # GitHub prefers its headers over the field; only the field names the cost.
    field = data.get("rateLimit") or {}
    points = int(field.get("cost") or 1)
    reset_at = _reset_at(headers)
    if reset_at and "x-ratelimit-remaining" in headers and "x-ratelimit-limit" in headers:
        limit, remaining = headers["x-ratelimit-limit"], headers["x-ratelimit-remaining"]
        return RateLimit(int(limit), int(remaining), reset_at), points
    if {"limit", "remaining", "resetAt"} <= field.keys():
        reset_at = datetime.fromisoformat(field["resetAt"])
        return RateLimit(int(field["limit"]), int(field["remaining"]), reset_at), points
    return None, points


def _reset_at(headers: Headers) -> datetime | None:
    reset = headers.get("x-ratelimit-reset", "")
    return datetime.fromtimestamp(int(reset), UTC) if reset.isdigit() else None


def _date(headers: Headers) -> datetime | None:
    return _http_date(headers.get("date", ""))


def _http_date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, ValueError, OverflowError):
        return None
    # `-0000` is UTC from a clock that does not know its own zone.
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _in_an_hour(now: datetime) -> datetime:
    return now + timedelta(hours=1)


def _retry_after(headers: Headers, now: datetime) -> float | None:
    """Return the seconds that `Retry-After` asks for, given as seconds or as a date."""
    value = headers.get("retry-after")
    if value is None:
        return None
    if value.strip().isdigit():
        return min(float(value), LONGEST_WAIT)
    moment = _http_date(value)
    if moment is None:
        return None
    return min(max(0.0, (moment - now).total_seconds()), LONGEST_WAIT)
