"""A server that gives the responses that a test chooses, and keeps the paths of the requests."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

OF_THE_CONNECTION = {"connection", "content-encoding", "content-length", "transfer-encoding"}
"""Headers that were true of the connection on which a response was recorded."""


@dataclass(frozen=True)
class Recorded:
    """One response: its status, its headers in lower case, its body unpacked."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, file: Path) -> "Recorded":
        """Return the response in a file: `{status, headers, json or body or text}`."""
        document = json.loads(file.read_text(encoding="utf-8"))
        headers = {name.lower(): str(value) for name, value in document["headers"].items()}
        body = document.get("json", document.get("body"))
        text = document.get("text") or json.dumps(body)
        return cls(document["status"], text.encode(), headers)

    @classmethod
    def json(cls, document: object, status: int = 200) -> "Recorded":
        """Return a response with this document."""
        return cls(status, json.dumps(document).encode(), {"content-type": "application/json"})


@dataclass(frozen=True)
class Received:
    """One request, as far as a response goes by it."""

    path: str
    headers: Message
    body: str


Choose = Callable[[Received], Recorded]


class ReplayServer(ThreadingHTTPServer):
    """`choose` makes the response to a request; `paths` are those of the requests."""

    daemon_threads = True

    def __init__(self, choose: Choose) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.choose = choose
        self.paths: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *_: object) -> None:
        """A client that hangs up is none of ours."""


class _Handler(BaseHTTPRequestHandler):
    server: ReplayServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        self.server.paths.append(self.path)
        received = Received(self.path, self.headers, body.decode(errors="replace"))
        recorded = self.server.choose(received)
        self.send_response_only(recorded.status, "Recorded")
        for name, value in recorded.headers.items():
            if name not in OF_THE_CONNECTION:
                self.send_header(name, value.replace("\r", " ").replace("\n", " "))
        if recorded.status != 304:
            self.send_header("content-length", str(len(recorded.body)))
        self.end_headers()
        if recorded.status != 304:
            self.wfile.write(recorded.body)

    # http.server calls these by name.
    do_PATCH = do_POST = do_PUT = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def replaying(choose: Choose) -> Iterator[ReplayServer]:
    """Serve until the end of the block."""
    with ReplayServer(choose) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
