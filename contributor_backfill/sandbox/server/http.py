"""The sandbox on a socket: HTTP/1.1, loopback only, one thread a connection."""

import socket
import struct
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from contributor_backfill.sandbox.request import Request
from contributor_backfill.sandbox.responses import Answer, Delivery
from contributor_backfill.sandbox.server.routing import route
from contributor_backfill.sandbox.server.service import Service

LOOPBACK = "127.0.0.1"
_LINGER_NOT = struct.pack("ii", 1, 0)  # close with a reset instead of an orderly end


class SandboxServer(ThreadingHTTPServer):
    """A server for one service. Port 0 takes any free port."""

    daemon_threads = True

    def __init__(self, service: Service, port: int = 0) -> None:
        self.service = service
        super().__init__((LOOPBACK, port), _Handler)

    @property
    def url(self) -> str:
        """Return the address without a path."""
        return f"http://{LOOPBACK}:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that hangs up; anything else is a mistake of the sandbox."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: SandboxServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or every keep-alive answer waits 40 ms for an ACK

    def do_GET(self) -> None:
        """Answer GET."""
        self._answer()

    def do_POST(self) -> None:
        """Answer POST."""
        self._answer()

    def do_PATCH(self) -> None:
        """Answer PATCH."""
        self._answer()

    def do_DELETE(self) -> None:
        """Answer DELETE."""
        self._answer()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
        """Write no log: the counters tell what was asked."""

    def _answer(self) -> None:
        latency = self.server.service.work_model.latency_milliseconds
        if latency:
            time.sleep(latency / 1000)
        answer = route(self.server.service, self._request())
        if answer.held_seconds:
            time.sleep(answer.held_seconds)
        self._send(answer)

    def _request(self) -> Request:
        address = urlsplit(self.path)
        length = int(self.headers.get("content-length") or 0)
        return Request(
            method=self.command,
            path=address.path,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(length),
            parameters=dict(parse_qsl(address.query)),
        )

    def _send(self, answer: Answer) -> None:
        match answer.delivery:
            case Delivery.RESET:
                self._reset()
            case Delivery.CUT:
                whole = self._head(answer) + answer.body
                self.wfile.write(whole[: len(whole) - len(answer.body) // 2])
                self.close_connection = True
            case Delivery.WHOLE if answer.stream is not None:
                self._stream(answer)
            case _:
                self.wfile.write(self._head(answer) + answer.body)

    def _head(self, answer: Answer) -> bytes:
        """Return status line and headers, to be sent in one piece with the body."""
        length = (
            {"transfer-encoding": "chunked"}
            if answer.stream is not None
            else {"content-length": str(len(answer.body))}
        )
        headers = {"content-type": answer.content_type, **length, **answer.headers}
        lines = [f"HTTP/1.1 {answer.status} {self.responses[answer.status][0]}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def _stream(self, answer: Answer) -> None:
        self.wfile.write(self._head(answer))
        for piece in answer.stream or ():
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
        self.connection.close()
        self.close_connection = True
