"""The body of a response, read up to a limit, and how long a response asks to wait."""

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # What is only parsed, as in tests of parsing, needs no library of HTTP.
    from urllib3 import BaseHTTPResponse

PIECE = 64 * 1024
MEBIBYTE = 1024 * 1024
ACCEPTED = "gzip"
"""The encoding that is asked for: of others no library here limits the unpacked size."""


class TooLong(Exception):
    """A body is longer than it may be."""


class Garbled(Exception):
    """A body cannot be unpacked."""


@dataclass(frozen=True)
class Limit:
    """The most bytes of a body: packed, as it comes, and unpacked."""

    packed: int
    unpacked: int


def read_body(response: "BaseHTTPResponse", limit: Limit) -> bytes:
    """Return the body, unpacked. Raises `TooLong`, `Garbled`, and what urllib3 raises."""
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding in {"", "identity"}:
        return _plain(response, limit)
    if encoding not in {"gzip", "x-gzip"}:
        raise Garbled("it is encoded in a way that was not asked for")
    try:
        return _unpacked(response, limit)
    except zlib.error:
        raise Garbled("it is not what gzip makes") from None


def _plain(response: "BaseHTTPResponse", limit: Limit) -> bytes:
    pieces, size = [], 0
    for piece in response.stream(PIECE, decode_content=False):
        size += len(piece)
        _check(size, limit.unpacked)
        pieces.append(piece)
    return b"".join(pieces)


def _unpacked(response: "BaseHTTPResponse", limit: Limit) -> bytes:
    unpacking = _gzip()
    pieces, packed, size = [], 0, 0
    for piece in response.stream(PIECE, decode_content=False):
        packed += len(piece)
        _check(packed, limit.packed)
        rest = piece
        while rest:
            # A body of gzip may have several members, one after the other.
            if unpacking.eof:
                unpacking = _gzip()
            pieces.append(unpacking.decompress(rest, PIECE))
            size += len(pieces[-1])
            _check(size, limit.unpacked)
            rest = unpacking.unused_data if unpacking.eof else unpacking.unconsumed_tail
    return b"".join(pieces)


def _gzip() -> "zlib._Decompress":
    return zlib.decompressobj(zlib.MAX_WBITS | 16)


def _check(size: int, most: int) -> None:
    if size > most:
        raise TooLong(f"it is longer than {most // MEBIBYTE} MB")


LONGEST_WAIT = 86_400.0
"""Seconds. A server that asks for more does not mean it."""


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Return the seconds to wait by `Retry-After`; None where it asks nothing that can be read.

    It holds seconds, or a date: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after

    A date is held against `now`, or else against the response's own. Header names are in lower
    case, or the mapping does not care.
    """
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]+", value):
        return min(float(value), LONGEST_WAIT)
    until = http_date(value)
    now = now or http_date(headers.get("date", ""))
    if until is None or now is None:
        return None
    return min(max(0.0, (until - now).total_seconds()), LONGEST_WAIT)


def http_date(value: str) -> datetime | None:
    """Return a moment as HTTP writes it, or None for anything else."""
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, ValueError, OverflowError):
        return None
    # `-0000` is UTC from a clock that does not know its own zone.
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
