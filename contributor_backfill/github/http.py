"""GitHub over HTTP without any I/O: a request out; status, headers and bytes in.

`parse_graphql` and `parse_rest` are pure functions. Each returns a response or raises exactly one
fault. Errors and limits look alike in both, but for the status: REST uses it. Header names are in
lower case. The rules are GitHub's:
https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
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
from contributor_backfill.net.responses import http_date, retry_after

LONGEST_REASON = 1_000
"""Characters; GitHub's own are of one or two sentences."""
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def clean(text: str | None) -> str | None:
    """Remove NUL and lone surrogates from a text."""
    return UNSTORABLE.sub("", text) if text else text


def reason(text: object) -> str:
    """Return a message of a response, clean and no longer than a person reads."""
    # It ends on a screen, in records and in issues, and a server may make it 64 MB long.
    whole = str(text or "")
    start = clean(whole[:LONGEST_REASON]) or ""
    return f"{start}…" if len(whole) > LONGEST_REASON else start


Headers = Mapping[str, str]


@dataclass(frozen=True)
class HttpResponse:
    """A response as it came: its status, its headers in lower case, its body unpacked."""

    status: int
    headers: Headers
    body: bytes


SECONDARY_LIMIT_TEXTS = ("secondary rate limit", "abuse detection")
# The newer spelling is real: see githubkit issue 271.
SPENT_TYPES = frozenset({"RATE_LIMITED", "RATE_LIMIT"})


def limit_fault(
    received: HttpResponse, types: frozenset[str], message: str, now: datetime
) -> GitHubFault | None:
    """Tell the two kinds of rate limit apart: a secondary limit never waits for the reset.

    `types` are those of GraphQL's errors. `now` dates a reset that GitHub did not name.
    """
    status, headers = received.status, received.headers
    # GraphQL tells of a limit with 200, REST with 403 or 429.
    if status not in {200, 403, 429}:
        return None
    wait = retry_after(headers, now)
    # Before the hour is looked at: an hour that is spent as well does not end a secondary limit.
    if any(text in message.lower() for text in SECONDARY_LIMIT_TEXTS):
        return SecondaryLimit(f"GitHub's secondary rate limit: {message}", wait)
    spent = bool(types & SPENT_TYPES)
    # With 200 a zero only says that this was the last good response of the hour.
    if status != 200 and headers.get("x-ratelimit-remaining") == "0":
        spent = True
    if spent:
        reset = reset_at(headers) or now + timedelta(hours=1)
        return PrimaryLimit(f"GitHub's hourly limit is spent: {message}", reset)
    # A 403 that names no time to wait refuses access: waiting would not help.
    if status == 429 or (status == 403 and wait is not None):
        return SecondaryLimit(f"GitHub asks to wait: {status} {message}", wait)
    return None


def rate_limit(headers: Headers, field: Mapping[str, Any] | None = None) -> RateLimit | None:
    """Return what is left of the hour: by the headers, else by the field `rateLimit` of a query.

    None when neither says it: an Enterprise Server may have its limits switched off.
    """
    reset = reset_at(headers)
    if reset and "x-ratelimit-remaining" in headers and "x-ratelimit-limit" in headers:
        limit, remaining = headers["x-ratelimit-limit"], headers["x-ratelimit-remaining"]
        return RateLimit(int(limit), int(remaining), reset)
    if field and {"limit", "remaining", "resetAt"} <= field.keys():
        reset = datetime.fromisoformat(field["resetAt"])
        return RateLimit(int(field["limit"]), int(field["remaining"]), reset)
    return None


def reset_at(headers: Headers) -> datetime | None:
    """Return when the hour ends."""
    reset = headers.get("x-ratelimit-reset", "")
    return datetime.fromtimestamp(int(reset), UTC) if reset.isdigit() else None


SUBJECTS = ("node", "repository", "viewer")
"""The root fields of most queries. Others ask for several things, each under a name of ours."""
WITHHOLDING = frozenset({"FORBIDDEN", "INSUFFICIENT_SCOPES"})
ACCOUNT_TEXTS = ("account was suspended", "login attempt")
TOO_LARGE = frozenset({"RESOURCE_LIMITS_EXCEEDED", "MAX_NODE_LIMIT_EXCEEDED"})
"""Types of errors that a smaller page does not have."""
REFUSALS = frozenset(
    {
        "ARGUMENT_LIMIT",
        "BAD_REQUEST",
        "EXCESSIVE_PAGINATION",
        "INVALID_CURSOR_ARGUMENTS",
        "INVALID_PAGINATION",
        "MISSING_PAGINATION_BOUNDARIES",
        "UNPROCESSABLE",
    }
)
"""Types of errors that a query has at any size and at any time."""


@dataclass(frozen=True)
class GraphQLError:
    """One entry of `errors`. `path` leads to the field that failed, as keys and positions.

    `code` says what is wrong with the query's text, as `undefinedField`; empty for all else.
    """

    message: str
    type: str
    path: tuple[str | int, ...]
    code: str = ""

    @property
    def withholds(self) -> bool:
        """Whether the token lacks a permission for the field; where that may be null, it is."""
        return self.type in WITHHOLDING

    @property
    def refuses_the_query(self) -> bool:
        """Whether the query's text or arguments are wrong, which no other size and time mends."""
        about_text = bool(self.path) and str(self.path[0]).startswith(("query", "fragment "))
        return bool(self.code) or about_text or self.type in REFUSALS


@dataclass(frozen=True)
class Response:
    """The data of a GraphQL response, with the errors that left some of it null.

    `points` is what the query cost, by GitHub's own account; `date` is GitHub's clock.
    """

    data: dict[str, Any]
    errors: tuple[GraphQLError, ...]
    rate_limit: RateLimit | None
    points: int
    date: datetime | None


def request_headers(token: str) -> dict[str, str]:
    """Return the headers of every request."""
    # GitHub refuses requests without a User-Agent.
    return {
        "Authorization": f"Bearer {token}",
        "Accept": "application/vnd.github+json",
        "User-Agent": "contributor-backfill",
    }


@contextmanager
def expected_shape(status: int = 200) -> Iterator[None]:
    """Raise `Unusable` where a response has another shape than the one that is read in here."""
    try:
        yield
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
        # Whatever a proxy makes up must not end in a traceback.
        why = reason(repr(error))
        raise Unusable(
            f"GitHub's response ({status}) does not have the expected shape: {why}."
        ) from error


def parse_graphql(received: HttpResponse, now: datetime) -> Response:
    """Turn an HTTP response into data, or raise the one fault that it stands for.

    `now` dates a reset that GitHub did not name.
    """
    status, headers = received.status, received.headers
    with expected_shape(status):
        document = _parsed(received.body)
        # A list or a word is no response of GraphQL, but of something on the way.
        if not isinstance(document, dict):
            document = None
        errors = _errors(document or {})
        message = reason((document or {}).get("message")) or (errors[0].message if errors else "")
        types = frozenset(error.type for error in errors)
        if fault := fault_of(received, types, message, now):
            raise fault
        if document is None:
            raise Unavailable(f"GitHub's response ({status}) is not JSON, or was cut short.")
        if status != 200:
            raise refusal(status, message)
        if types & TOO_LARGE:
            raise TooHeavy(f"GitHub ran out of resources for the query: {errors[0].message}")
        data = document.get("data")
        if not isinstance(data, dict) or _is_empty(data, errors):
            raise fault_without_data(errors)
        quota = data.get("rateLimit") or {}
        # Only the field names the cost of this query.
        points = int(quota.get("cost") or 1)
        date = http_date(headers.get("date", ""))
        return Response(data, errors, rate_limit(headers, quota), points, date)


def fault_of(
    received: HttpResponse, types: frozenset[str], message: str, now: datetime
) -> GitHubFault | None:
    """Return the fault of a bad token, of a limit, or of a query that was cut off, if it is one."""
    status = received.status
    if status == 401:
        return BadCredentials(
            "GitHub does not accept the token (401 Bad credentials).",
            advice="Set GITHUB_TOKEN to a token that is valid and not expired.",
        )
    if status == 403 and any(text in message.lower() for text in ACCOUNT_TEXTS):
        return BadCredentials(
            f"GitHub does not accept the token (403 {sentence(message)[:-1]}).",
            advice="This concerns its account, not a repository. Set GITHUB_TOKEN to another one.",
        )
    if limit := limit_fault(received, types, message, now):
        return limit
    # GitHub ends a query after ten seconds, with one of these.
    if status in {500, 502, 504}:
        why = message or "without a reason"
        return TooHeavy(f"GitHub cut the query off ({status} {why}).", may_be_chance=True)
    return None


def _parsed(body: bytes) -> Any:
    """Return the JSON of a body; null where it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _errors(document: dict[str, Any]) -> tuple[GraphQLError, ...]:
    entries = document.get("errors")
    return tuple(
        GraphQLError(
            # It ends in the database, as every error does.
            message=reason(entry.get("message")),
            type=reason(entry.get("type")),
            path=tuple(entry.get("path") or ()),
            code=_code(entry.get("extensions")),
        )
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, dict)
    )


def _code(extensions: object) -> str:
    code = extensions.get("code") if isinstance(extensions, dict) else None
    return code if isinstance(code, str) else ""


def sentence(message: str) -> str:
    """Return GitHub's words as the end of a sentence of ours: with one full stop."""
    return f"{message.strip().rstrip('.') or 'it gave no reason'}."


def refusal(status: int, message: str) -> GitHubFault:
    """Return what a status stands for that is neither success nor a limit."""
    if status == 403:
        return Forbidden(
            f"GitHub refuses access: {sentence(message or '403')}",
            advice="Give the token read access to pull requests, then track the repository again.",
        )
    # 451 is "unavailable for legal reasons", as after a takedown notice.
    if status == 451:
        return Gone(f"GitHub does not show the repository for legal reasons: {sentence(message)}")
    if status >= 500:
        return Unavailable(f"GitHub answered {sentence(f'{status} {message}')}")
    return Unusable(
        f"GitHub answered {sentence(f'{status} {message}')}",
        advice="Check GITHUB_GRAPHQL_URL and GITHUB_API_URL, if they are set.",
    )


def _is_empty(data: Mapping[str, Any], errors: tuple[GraphQLError, ...]) -> bool:
    """Tell whether a response has nothing of what was asked for."""
    subjects = [key for key in data if key != "rateLimit"]
    if any(data[key] is not None for key in subjects):
        return False
    # Of several things each may be gone for itself: that is for whoever asked.
    are_several = bool(subjects) and subjects[0] not in SUBJECTS
    return not (are_several and errors and all(e.type == "NOT_FOUND" for e in errors))


def fault_without_data(errors: tuple[GraphQLError, ...]) -> GitHubFault:
    """Return the fault of errors that left nothing of a response.

    Without a known reason a smaller page may come where this one did not.
    """
    types = {error.type for error in errors}
    message = errors[0].message if errors else ""
    if "NOT_FOUND" in types:
        return gone(message)
    if types & WITHHOLDING:
        return Forbidden(
            f"GitHub refuses access: {sentence(message)}",
            advice="Authorise the token for the organization, then track the repository again.",
        )
    if any(error.refuses_the_query for error in errors):
        return Unusable(f"GitHub refused the query: {sentence(message)}")
    return no_data(message)


def no_data(message: str = "") -> GitHubFault:
    """Return the fault of a success that carries no data: a smaller page may come all the same."""
    return TooHeavy(f"GitHub sent no data: {message or 'it gave no reason'}", has_no_data=True)


def gone(message: str) -> GitHubFault:
    """Return the fault of a repository that GitHub does not show."""
    return Gone(
        f"GitHub does not show the repository: {sentence(message)}",
        advice="It was deleted, or made private, or the token may not see it.",
    )


def repository_of(response: Response) -> dict[str, Any]:
    """Return the repository that a query by node id found. Raises `Gone`."""
    repository: dict[str, Any] = response.data.get("node") or {}
    if repository.get("__typename") != "Repository":
        raise Gone("GitHub has no repository with this id any more.")
    return repository


@dataclass(frozen=True)
class RestResponse:
    """The document of a response. `rate_limit` is of REST's own hour.

    `etag` is GitHub's tag of the document. With `is_unchanged` there is no document: it is still
    the one whose tag was sent along.
    """

    document: Any
    rate_limit: RateLimit | None
    has_next_page: bool
    etag: str | None = None
    is_unchanged: bool = False
    date: datetime | None = None


def rest_headers(token: str, etag: str | None = None) -> dict[str, str]:
    """Return the headers of a REST request, for a client that has the document of `etag`."""
    condition = {"If-None-Match": etag} if etag else {}
    return {**request_headers(token), "X-GitHub-Api-Version": "2022-11-28", **condition}


def parse_rest(
    received: HttpResponse, now: datetime, *, is_conditional: bool = False
) -> RestResponse:
    """Turn an HTTP response into a document, or raise the one fault that it stands for.

    A 304 is taken only as the response to a conditional request.
    """
    status, headers = received.status, received.headers
    with expected_shape(status):
        if status == 304 and is_conditional:
            left = rate_limit(headers)
            return RestResponse(None, left, has_next_page=False, is_unchanged=True)
        document = _parsed(received.body)
        message = reason(document.get("message")) if isinstance(document, dict) else ""
        if fault := fault_of(received, frozenset(), message, now):
            raise fault
        if document is None and status != 204:
            raise Unavailable(f"GitHub's response ({status}) is not JSON, or was cut short.")
        if status in {404, 410}:
            raise gone(f"{status} {message}")
        if status not in {200, 201, 204}:
            raise refusal(status, message)
        # No document that we ask for is empty.
        if document == {}:
            raise no_data()
        has_next_page = 'rel="next"' in headers.get("link", "")
        # The tag ends in the database, so it is as clean as any text.
        etag = clean(headers.get("etag", "")) or None
        date = http_date(headers.get("date", ""))
        return RestResponse(document, rate_limit(headers), has_next_page, etag, date=date)
