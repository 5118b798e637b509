"""REST over HTTP without any I/O: status, headers and bytes in, a document out.

The shapes of errors and limits are those of GraphQL, but for the status: REST uses it.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contributor_backfill.domain.types import RateLimit
from contributor_backfill.github.faults import Unavailable, Unusable
from contributor_backfill.github.limits import Headers, date, rate_limit
from contributor_backfill.github.sansio import fault_of, gone, no_data, refusal
from contributor_backfill.github.texts import clean, reason


@dataclass(frozen=True)
class RestAnswer:
    """The document of an answer. `rate_limit` is of REST's own hour.

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
    return {
        **condition,
        "Authorization": f"Bearer {token}",
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
        "User-Agent": "contributor-backfill",
    }


def decipher_rest(
    status: int, headers: Headers, body: bytes, now: datetime, *, is_conditional: bool = False
) -> RestAnswer:
    """Turn an HTTP answer into a document, or raise the one fault that it stands for.

    Only to a conditional request is 304 an answer.
    """
    try:
        if status == 304 and is_conditional:
            left = rate_limit(headers)
            return RestAnswer(None, left, has_next_page=False, is_unchanged=True)
        return _decipher(status, headers, body, now)
    except (AttributeError, OverflowError, TypeError, ValueError) as error:
        raise Unusable(
            f"GitHub's answer ({status}) makes no sense: {reason(repr(error))}."
        ) from error


def _decipher(status: int, headers: Headers, body: bytes, now: datetime) -> RestAnswer:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    message = reason(document.get("message")) if isinstance(document, dict) else ""
    if fault := fault_of(status, headers, frozenset(), message, now):
        raise fault
    if document is None and status != 204:
        raise Unavailable(f"GitHub's answer ({status}) is not JSON, or was cut short.")
    if status in {404, 410}:
        raise gone(f"{status} {message}")
    if status not in {200, 201, 204}:
        raise refusal(status, message)
    if document == {}:
        raise no_data()
    has_next_page = 'rel="next"' in headers.get("link", "")
    return RestAnswer(
        document, rate_limit(headers), has_next_page, _etag(headers), date=date(headers)
    )


def _etag(headers: Headers) -> str | None:
    """Return the tag as it is to be sent back; it ends in the database, as clean as any text."""
    return clean(headers.get("etag", "")) or None
