"""The only place beside GitHub's client that sends anything over HTTP.

It sends documents to addresses that a person configured, and that are secrets.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests

from contributor_backfill.domain.errors import BackfillError

CONNECT_SECONDS = 10
READ_SECONDS = 20
HERE = frozenset({"localhost", "127.0.0.1", "::1"})


class Undelivered(BackfillError):
    """A document did not arrive, as far as can be told. The message never holds the address."""


def is_address(url: str) -> bool:
    """Tell whether a document may be sent to a URL: by https, or to this machine."""
    if not re.fullmatch(r"[!-~]+", url):
        return False
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        is_web = parts.port is None or 0 < parts.port < 65_536
    except ValueError:
        return False
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and host in HERE)
    return bool(host) and is_web and is_safe


def post(url: str, document: Mapping[str, Any]) -> None:
    """Post a document as JSON, without following anybody elsewhere. Raises `Undelivered`."""
    try:
        with requests.post(
            url,
            json=document,
            headers={"User-Agent": "contributor-backfill"},
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            allow_redirects=False,
            # Without this, `requests` adds a password of `.netrc`.
            auth=_as_it_is,
            # The body of the answer is nobody's business, however long it is.
            stream=True,
        ) as response:
            status = response.status_code
    except (requests.RequestException, UnicodeError, ValueError) as error:
        # Its text names the address, and so would a traceback of what caused this.
        raise Undelivered(f"it does not answer ({type(error).__name__})") from None
    if not 200 <= status < 300:
        raise Undelivered(f"it answered {status}")


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
