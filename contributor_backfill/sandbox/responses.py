"""Answers before they are sent, and the bodies that GitHub always words the same."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from contributor_backfill.sandbox.budget import Standing

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"

SINGLE_SIGN_ON = {"x-github-sso": "required; url=https://github.com/orgs/sandbox/sso"}
"""The header that tells where to sign on."""

_DOCUMENTATION = "https://docs.github.com/graphql"
_SECONDARY = (
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. "
    "If you reach out to GitHub Support for help, please include the request ID SANDBOX."
)
_SOMETHING_WENT_WRONG = (
    "Something went wrong while executing your query. This may be the result of a timeout, or it "
    "could be a GitHub bug. Please include `SANDBOX` when reporting this issue."
)


class Delivery(Enum):
    """How the bytes of an answer reach the client."""

    WHOLE = "whole"
    CUT = "cut"
    RESET = "reset"


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer. `stream` takes the place of `body` where an answer has no known length.

    CUT breaks the connection off in the middle of the body, RESET before the first byte.
    `held_seconds` is how long the answer really waits before it is sent.
    """

    status: int
    body: bytes = b""
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    delivery: Delivery = Delivery.WHOLE
    stream: Iterator[bytes] | None = None
    held_seconds: float = 0.0


def encode(document: object) -> bytes:
    """Return JSON in ASCII alone, so that NUL and lone surrogates travel as escapes."""
    return json.dumps(document, separators=(",", ":")).encode("ascii")


def of_json(status: int, document: object, headers: Mapping[str, str] | None = None) -> Answer:
    """Return an answer with a JSON body."""
    return Answer(status, encode(document), headers=headers or {})


def bad_credentials() -> Answer:
    """Return 401 for a missing or unknown token."""
    return of_json(401, {"message": "Bad credentials", "documentation_url": _DOCUMENTATION})


def resource_not_accessible(headers: Mapping[str, str]) -> Answer:
    """Return 403 for a token without the permission to read pull requests."""
    message = "Resource not accessible by integration"
    return of_json(403, {"message": message, "documentation_url": _DOCUMENTATION}, headers)


def rate_limited(standing: Standing, *, new_type: bool = False) -> Answer:
    """Return 200 for a spent hour, in either of the two shapes GitHub uses."""
    error: dict[str, Any] = {
        "type": "RATE_LIMITED",
        "message": "API rate limit exceeded for user ID 1.",
    }
    if new_type:
        error = {
            "type": "RATE_LIMIT",
            "code": "graphql_rate_limit",
            "message": "API rate limit already exceeded for user ID 1.",
        }
    return of_json(200, {"errors": [error]}, standing.headers())


def secondary_limit(status: int, retry_after: int | None, headers: Mapping[str, str]) -> Answer:
    """Return the answer to requests that come too fast; `retry_after` is in seconds."""
    document = {"documentation_url": _DOCUMENTATION, "message": _SECONDARY}
    wait = {} if retry_after is None else {"retry-after": str(retry_after)}
    return of_json(status, document, {**headers, **wait})


def something_went_wrong(status: int, headers: Mapping[str, str]) -> Answer:
    """Return the JSON of a query that took too long."""
    document = {"data": None, "errors": [{"message": _SOMETHING_WENT_WRONG}]}
    return of_json(status, document, headers)


def gateway_page(status: int, reason: str) -> Answer:
    """Return the HTML of the proxy in front of GitHub."""
    title = f"{status} {reason}"
    page = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n"
        f"<center><h1>{title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    )
    return Answer(status, page.encode(), HTML)


def unicorn_page(status: int) -> Answer:
    """Return the HTML page with the unicorn."""
    page = (
        "<!DOCTYPE html>\n<html>\n<head><title>Unicorn! &middot; GitHub</title></head>\n<body>\n"
        "<p><strong>We had issues producing the response to your request.</strong></p>\n"
        "</body>\n</html>\n"
    )
    return Answer(status, page.encode(), HTML)
