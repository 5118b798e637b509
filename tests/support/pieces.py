"""Tell whether a server sends a response in one piece, or holds the second one back."""

import json
import socket
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

HANG_SECONDS = 120.0


def first_piece(url: str, body: Any, headers: Mapping[str, str]) -> tuple[bytes, int]:
    """Post a document; return the body's part of what arrives first, and its whole length.

    A server that sends head and body apart is held back 40 ms by Nagle's algorithm and delayed
    acknowledgements, on every response.
    """
    place = urlsplit(url)
    content = json.dumps(body).encode()
    lines = [f"POST {place.path} HTTP/1.1", f"Host: {place.netloc}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += ["Content-Type: application/json", f"Content-Length: {len(content)}", "", ""]
    with socket.create_connection((place.hostname, place.port), HANG_SECONDS) as connection:
        connection.sendall("\r\n".join(lines).encode() + content)
        head, _, piece = connection.recv(1 << 20).partition(b"\r\n\r\n")
    length = next(
        line.partition(b":")[2]
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length:")
    )
    return piece, int(length)
