"""Faults that a test orders in advance: what happens between a client and its database."""

from dataclasses import dataclass
from threading import Lock
from typing import Literal

from tests.support.postgrest_errors import error_reply, gateway_reply
from tests.support.postgrest_http import Reply

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
_HTML = "text/html"
REPLIES: dict[str, Reply] = {
    "bad_gateway": Reply(502, b"<html><h1>502 Bad Gateway</h1></html>", _HTML),
    "unavailable": error_reply(503, "PGRST001", "Database client error. Retrying the connection."),
    "html_200": Reply(200, b"<html><h1>Please sign in to this network</h1></html>", _HTML),
    "empty_200": Reply(200, b""),
    "unauthorized": gateway_reply("Invalid API key"),
    "too_large": Reply(413, b"<html><h1>413 Request Entity Too Large</h1></html>", _HTML),
}
"""What the client gets in the database's stead."""


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
