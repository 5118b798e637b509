"""Faults that a test orders in advance: what happens between a client and its database."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event, Lock
from typing import Literal
from urllib.parse import urlsplit

from tests.support.postgrest_errors import error_reply, gateway_reply
from tests.support.postgrest_http import Reply, Request
from tests.support.postgrest_keys import Keys

Kind = Literal[
    "bad_gateway",
    "unavailable",
    "html_200",
    "empty_200",
    "cut_before",
    "cut_after",
    "unauthorized",
    "too_large",
    "slow",
]
PREFIX = "/rest/v1/rpc/"
_HTML = "text/html"
REPLIES: dict[str, Reply] = {
    "bad_gateway": Reply(502, b"<html><h1>502 Bad Gateway</h1></html>", _HTML),
    "unavailable": error_reply(503, "PGRST001", "Database client error. Retrying the connection."),
    "html_200": Reply(200, b"<html><h1>Please sign in to this network</h1></html>", _HTML),
    "empty_200": Reply(200, b""),
    "unauthorized": gateway_reply("Invalid API key"),
    "too_large": Reply(413, b"<html><h1>413 Request Entity Too Large</h1></html>", _HTML),
}
"""The responses that the client gets in the database's stead."""


@dataclass(frozen=True)
class Fault:
    """One fault for one call; without a function, for the next call of any."""

    kind: Kind
    function: str = ""
    seconds: float = 0.0


class Faults:
    """The faults still to come, first ordered first served; used from many threads."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = Lock()

    def order(self, fault: Fault, times: int) -> None:
        """Put the fault at the end of the line."""
        with self._lock:
            self._waiting += [fault] * times

    def take(self, function: str) -> Fault | None:
        """Remove and return the fault for a call of this function, if one is due."""
        with self._lock:
            for fault in self._waiting:
                if fault.function in {"", function}:
                    self._waiting.remove(fault)
                    return fault
        return None


class FaultyProxy:
    """Passes calls on to a PostgREST, and fails on order: `url` and `keys` are for a client."""

    def __init__(self, behind: Callable[[Request], Reply], keys: Keys) -> None:
        self.url = ""
        self.keys = keys
        self.calls: list[str] = []
        self._behind = behind
        self._faults = Faults()
        self._closing = Event()

    def fail_next(
        self, kind: Kind, times: int = 1, *, function: str = "", seconds: float = 0.0
    ) -> None:
        """Let the next calls, of one function or of any, fail in this way.

        `cut_before` ends the connection before the call reaches the database, `cut_after` when it
        has been committed; `slow` waits for `seconds` and then responds.
        """
        self._faults.order(Fault(kind, function, seconds), times)

    def answer(self, request: Request) -> Reply | None:
        """Return the response, or None to cut the connection."""
        path = urlsplit(request.path).path
        function = path.removeprefix(PREFIX)
        if function == path:
            return error_reply(404, "PGRST205", f"This server only knows {PREFIX}")
        self.calls.append(function)
        fault = self._faults.take(function)
        if fault is None or fault.kind in {"slow", "cut_after"}:
            self._closing.wait(fault.seconds if fault else 0)
            reply = self._behind(request)
            return None if fault and fault.kind == "cut_after" else reply
        return REPLIES.get(fault.kind)

    def close(self) -> None:
        """Wake the slow calls."""
        self._closing.set()
