"""Read a response's body piece by piece, and no more of it than it may have."""

import zlib
from dataclasses import dataclass

from urllib3 import BaseHTTPResponse

PIECE = 64 * 1024
MEBIBYTE = 1024 * 1024
ACCEPTED = "gzip"
"""What is asked for and understood: of other encodings no library here limits the unpacked size."""


class TooLong(Exception):
    """A body is longer than it may be."""


class Garbled(Exception):
    """A body cannot be unpacked."""


@dataclass(frozen=True)
class Limit:
    """How many bytes a body may have: as it comes, if it is packed, and unpacked."""

    packed: int
    unpacked: int


def read_body(response: BaseHTTPResponse, limit: Limit) -> bytes:
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


def _plain(response: BaseHTTPResponse, limit: Limit) -> bytes:
    pieces, size = [], 0
    for piece in response.stream(PIECE, decode_content=False):
        size += len(piece)
        _check(size, limit.unpacked)
        pieces.append(piece)
    return b"".join(pieces)


def _unpacked(response: BaseHTTPResponse, limit: Limit) -> bytes:
    unpacking = _gzip()
    pieces, came, size = [], 0, 0
    for piece in response.stream(PIECE, decode_content=False):
        came += len(piece)
        _check(came, limit.packed)
        rest = piece
        while rest:
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
