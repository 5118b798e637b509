"""A server of a few lines that sends bytes as it is told, however wrong, and keeps what it got."""

import re
import socket
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

Answer = Callable[[bytes], Iterable[bytes]]
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
MEBIBYTE = 1024 * 1024


class RawServer:
    """Answers each connection once; `requests` are the heads that came, `port` is where."""

    def __init__(self, answer: Answer) -> None:
        self.requests: list[bytes] = []
        self._answer = answer
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.is_over = threading.Event()

    def serve(self) -> None:
        """Serve until it is closed."""
        with suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                threading.Thread(target=self._talk, args=[connection], daemon=True).start()

    def close(self) -> None:
        """Take no connection any more, and end what drips."""
        self.is_over.set()
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _talk(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                came = connection.recv(65_536)
                if not came:
                    return
                head += came
            # What is not read when the connection is closed resets it, and loses what was sent.
            missing = _length(head) - len(head.partition(b"\r\n\r\n")[2])
            while missing > 0:
                missing -= len(connection.recv(65_536)) or missing
            self.requests.append(head)
            for piece in self._answer(head):
                connection.sendall(piece)


def _length(head: bytes) -> int:
    found = re.search(rb"(?i)\r\ncontent-length: *([0-9]+)", head)
    return int(found[1]) if found else 0


@contextmanager
def raw_server(answer: Answer) -> Iterator[RawServer]:
    """Serve a response for a while."""
    server = RawServer(answer)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.close()
        thread.join()


def bomb(mebibytes: int) -> Iterator[bytes]:
    """Send so many megabytes of zeros, packed a thousandfold."""
    packing = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    block = packing.compress(bytes(16 * MEBIBYTE)) + packing.flush(zlib.Z_FULL_FLUSH)
    yield OK + b"Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08\0\0\0\0\0\0\x03"
    for _ in range(mebibytes // 16):
        yield block


def flood(mebibytes: int) -> Iterator[bytes]:
    """Send so many megabytes as they are."""
    yield OK + b"\r\n"
    for _ in range(mebibytes):
        yield b" " * MEBIBYTE
