"""The sandbox on a socket: HTTP/1.1, loopback only, one thread a connection."""

import socket
import struct
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from contributor_backfill.sandbox.messages import Delivery, Request, Response
from contributor_backfill.sandbox.server import control, rest
from contributor_backfill.sandbox.server.service import Service
from contributor_backfill.sandbox.server.sinks import INNGEST

_GRAPHQL_PATHS = frozenset({"/graphql", "/api/graphql"})


def route(service: Service, request: Request) -> Response:
    """Return the response to a request."""
    if request.path.startswith("/_sandbox/"):
        return control.respond(service, request)
    if request.method == "POST" and request.path.startswith(INNGEST):
        with service.lock:
            return service.inngest.take(request, service.bad_tokens)
    with service.lock:
        service.counters.requests += 1
    is_graphql = request.method == "POST" and request.path in _GRAPHQL_PATHS
    response = service.graphql(request) if is_graphql else rest.respond(service, request)
    return response.with_headers(service.headers())


LOOPBACK = "127.0.0.1"
# Closes with a reset instead of an orderly end, which a client would take for an empty response.
_LINGER_NOT = struct.pack("ii", 1, 0)


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
    disable_nagle_algorithm = True  # or every keep-alive response waits 40 ms for an ACK

    def do_GET(self) -> None:
        """Answer a request of any method that the sandbox knows."""
        latency = self.server.service.work_model.latency_milliseconds
        if latency:
            time.sleep(latency / 1000)
        response = route(self.server.service, self._request())
        if response.held_seconds:
            time.sleep(response.held_seconds)
        self._send(response)

    do_POST = do_PATCH = do_DELETE = do_GET  # noqa: N815  # the names that the base class calls

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
        """Write no log: the counters tell what was asked."""

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

    def _send(self, response: Response) -> None:
        match response.delivery:
            case Delivery.RESET:
                self._reset()
            case Delivery.CUT:
                # The head promises the whole length, so that the client notices what is missing.
                whole = self._head(response) + response.body
                self.wfile.write(whole[: len(whole) - len(response.body) // 2])
                self.close_connection = True
            case Delivery.WHOLE if response.stream is not None:
                self._stream(response)
            case _:
                self.wfile.write(self._head(response) + response.body)

    def _head(self, response: Response) -> bytes:
        """Return status line and headers."""
        # Sent in one piece with the body, for the client to read it with one call.
        length = (
            {"transfer-encoding": "chunked"}
            if response.stream is not None
            else {"content-length": str(len(response.body))}
        )
        headers = {"content-type": response.content_type, **length, **response.headers}
        lines = [f"HTTP/1.1 {response.status} {self.responses[response.status][0]}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def _stream(self, response: Response) -> None:
        self.wfile.write(self._head(response))
        for piece in response.stream or ():
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
        self.connection.close()
        self.close_connection = True
