"""Ask a Postgres socket whether someone serves it, without the cost of a database library."""

import socket
import struct
from contextlib import suppress
from pathlib import Path

_PROTOCOL = 3 << 16  # version 3.0, which every supported server speaks
_SECONDS = 5.0
_TERMINATE = struct.pack("!ci", b"X", 4)
# SQLSTATE cannot_connect_now as a field of an error message: starting up or shutting down.
_NOT_NOW = b"C57P03\0"


def answers(address: Path) -> bool:
    """Tell whether a server takes sessions at this socket.

    A server that refuses only this one session, for want of free slots, does answer.
    Messages: PostgreSQL documentation, "Message Formats", StartupMessage and ErrorResponse.
    """
    with socket.socket(socket.AF_UNIX) as connection, suppress(OSError):
        connection.settimeout(_SECONDS)
        connection.connect(str(address))
        connection.sendall(_startup_message())
        reply = connection.recv(1024)
        connection.sendall(_TERMINATE)
        return bool(reply) and _NOT_NOW not in reply
    return False


def _startup_message() -> bytes:
    body = struct.pack("!i", _PROTOCOL) + b"user\0postgres\0database\0postgres\0\0"
    return struct.pack("!i", len(body) + 4) + body
