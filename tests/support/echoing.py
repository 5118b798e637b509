"""A host that answers every request with an error, and repeats in it what it was sent."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import unquote

SHOWN = ("authorization", "apikey")


class EchoServer(ThreadingHTTPServer):
    """`status` is what it answers with; `bodies` are those that it received."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = 400
        self.is_html = False
        self.bodies: list[str] = []
        self.requests = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *_: object) -> None:
        """A client that hangs up is none of ours."""


class _Handler(BaseHTTPRequestHandler):
    server: EchoServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        server = self.server
        server.requests += 1
        length = int(self.headers.get("content-length") or 0)
        server.bodies.append(self.rfile.read(length).decode(errors="replace"))
        said = f"bad header {[self.headers.get(n) for n in SHOWN]} for {unquote(self.path)}"
        self._answer(said)

    # http.server calls these by name.
    do_GET = do_PATCH = do_PUT = do_POST  # noqa: N815

    def _answer(self, said: str) -> None:
        error = {"message": said, "type": "FORBIDDEN", "path": ["repository"], "code": "22000"}
        document = {"message": said, "code": "22000", "hint": said, "details": said}
        if self.server.status == 200:
            document = {"data": None, "errors": [error]}  # type: ignore[dict-item]
        text = f"<html>{said}" if self.server.is_html else json.dumps(document)
        body = text.encode()
        self.send_response_only(self.server.status, "Bad")
        self.send_header("content-type", "text/html" if self.server.is_html else "application/json")
        self.send_header("content-length", str(len(body)))
        if 300 <= self.server.status < 400:
            key = self.headers.get("apikey") or self.headers.get("authorization", "").split()[-1:]
            self.send_header("location", f"http://127.0.0.1:9/else?key={key}")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def echo_server() -> Iterator[EchoServer]:
    """Serve until the end of the block."""
    with EchoServer() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
