"""The only place beside GitHub's client that sends anything over HTTP.

It sends documents to addresses that a person configured, and that are secrets.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests
from urllib3.exceptions import HTTPError

from contributor_backfill.domain.addresses import Unreadable, parse
from contributor_backfill.domain.errors import BackfillError
from contributor_backfill.domain.network import DIRECT, Network
from contributor_backfill.domain.redaction import redacted_document
from contributor_backfill.net.responses import (
    MEBIBYTE,
    Garbled,
    Limit,
    TooLong,
    read_body,
    retry_after,
)
from contributor_backfill.net.sessions import Session
from contributor_backfill.net.tracing import traced

CONNECT_SECONDS = 10
READ_SECONDS = 20
TOTAL_SECONDS = 30
"""For a whole response; it is a word or two."""
LIMIT = Limit(packed=MEBIBYTE, unpacked=MEBIBYTE)


class Undelivered(BackfillError):
    """A document did not arrive, as far as is known. The message never holds the address."""


def is_address(url: str) -> bool:
    """Tell whether a document may be sent to a URL: by https, or to this machine."""
    try:
        address = parse(url)
    except Unreadable:
        return False
    return address.scheme == "https" or address.is_local


@dataclass(frozen=True)
class Response:
    """Its status, its JSON (null for anything else), and the seconds that it asks to wait."""

    status: int
    document: Any
    retry_after: float | None


def post(url: str, document: Mapping[str, Any], network: Network = DIRECT) -> None:
    """Post a document as JSON, without following anybody elsewhere. Raises `Undelivered`."""
    with _posted(url, document, network) as response:
        # The body is not read: nothing depends on it, and it may be of any length.
        status = response.status_code
    if not 200 <= status < 300:
        raise Undelivered(f"it answered {status}")


def exchange(url: str, document: Any, network: Network = DIRECT) -> Response:
    """Post a document as JSON and return the response of any status. Raises `Undelivered`."""
    with _posted(url, document, network) as response:
        body = read_body(response.raw, LIMIT)
        return Response(response.status_code, _json(body), retry_after(response.headers))


@contextmanager
def _posted(url: str, document: Any, network: Network) -> Iterator[requests.Response]:
    """Yield the response, its body not read yet. Raises `Undelivered` for all that goes wrong."""
    try:
        with (
            # The path is the secret.
            traced(f"POST {parse(url)}") as notes,
            Session(network, TOTAL_SECONDS) as session,
            session.post(
                url,
                json=redacted_document(document),
                headers={"User-Agent": "contributor-backfill"},
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
                stream=True,
            ) as response,
        ):
            notes.append(str(response.status_code))
            yield response
    except (Garbled, TooLong) as error:
        raise Undelivered(f"its response cannot be used: {error}") from None
    except requests.exceptions.ProxyError:
        raise Undelivered("the proxy on the way is down, or lets nothing through") from None
    except (requests.RequestException, HTTPError, OSError, UnicodeError, ValueError) as error:
        # Its text names the address, and so would a traceback of what caused this.
        raise Undelivered(f"it does not respond ({type(error).__name__})") from None


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
