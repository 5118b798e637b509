"""Requests and responses as the sandbox sees them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

JSON = "application/json; charset=utf-8"

SINGLE_SIGN_ON = {"x-github-sso": "required; url=https://github.com/orgs/sandbox/sso"}
"""The header that tells where to sign on."""


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request. Header names are in small letters; `path` has no query string."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def token(self) -> str:
        """Return the token of `Authorization: bearer …` or `token …`, or "" for none."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() in ("bearer", "token") else ""

    @property
    def server(self) -> str:
        """Return the address under which the client knows the server."""
        host = self.headers.get("host")
        return f"http://{host}" if host else "https://api.github.com"


class Delivery(Enum):
    """The ways in which the bytes of a response reach the client, or do not."""

    WHOLE = "whole"
    CUT = "cut"
    RESET = "reset"


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP response. `stream` takes the place of `body` where it has no known length.

    CUT breaks the connection off in the middle of the body, RESET before the first byte.
    `held_seconds` is how long the response really waits before it is sent.
    """

    status: int
    body: bytes = b""
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    delivery: Delivery = Delivery.WHOLE
    stream: Iterator[bytes] | None = None
    held_seconds: float = 0.0

    def with_headers(self, headers: Mapping[str, str]) -> "Response":
        """Return the response with further headers."""
        return replace(self, headers={**headers, **self.headers})


def encode(document: object) -> bytes:
    """Return JSON in ASCII alone, so that NUL and lone surrogates travel as escapes."""
    return json.dumps(document, separators=(",", ":")).encode("ascii")


def of_json(status: int, document: object, headers: Mapping[str, str] | None = None) -> Response:
    """Return a response with a JSON body."""
    return Response(status, encode(document), headers=headers or {})


def bad_credentials() -> Response:
    """Return 401 for a missing or unknown token."""
    document = {
        "message": "Bad credentials",
        "documentation_url": "https://docs.github.com/graphql",
    }
    return of_json(401, document)
