"""Connections on which a whole response has a time, and not only each pause in it.

A server that sends one byte each five seconds never makes a read time out. So what is read from
the socket, headers included, has until the end of the request's time, and never more bytes than a
response may have.
"""

import io
import socket
import time
from functools import partial
from http.client import HTTPResponse
from typing import Any

from urllib3 import PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

MOST_BYTES = 128 * 1024 * 1024
"""More comes from no socket for one response, whatever it is; `reading` has the limit of bodies."""


class _Bounds:
    """When the present response must be there, and how much of it has come."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.begin()

    def begin(self) -> None:
        """Begin anew: another request goes out."""
        self._ends = time.monotonic() + self._seconds
        self._left = MOST_BYTES

    def seconds_left(self) -> float:
        """Return the time that is left. Raises `TimeoutError` when it is over."""
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError(f"the response was not whole after {self._seconds} seconds")
        return left

    def count(self, size: int) -> None:
        """Count what came. Raises `OSError` when it is too much."""
        self._left -= size
        if self._left < 0:
            raise OSError("the response has no end")


class _BoundedReader(io.RawIOBase):
    """Read from a socket within the bounds of the present response."""

    def __init__(self, raw: io.RawIOBase, connected: socket.socket, bounds: _Bounds) -> None:
        self._raw = raw
        self._socket = connected
        self._bounds = bounds

    def readable(self) -> bool:
        """Say yes."""
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        """Read what there is, but wait no longer than the response may take."""
        left = self._bounds.seconds_left()
        patience = self._socket.gettimeout()
        if patience is None or left < patience:
            self._socket.settimeout(left)
        size: int | None = self._raw.readinto(buffer)
        self._bounds.count(size or 0)
        return size

    def close(self) -> None:
        """Close the socket's end as well."""
        self._raw.close()
        super().close()


class _BoundedResponse(HTTPResponse):
    """A response that is read within its bounds, from its first line on."""

    def __init__(self, sock: socket.socket, *how: Any, bounds: _Bounds, **named: Any) -> None:
        super().__init__(sock, *how, **named)
        raw = self.fp.detach()
        self.fp = io.BufferedReader(_BoundedReader(raw, sock, bounds))


class _Bounded(HTTPConnection):
    """A connection that bounds its responses; `seconds` is a response's time."""

    seconds: float

    def __init__(self, *how: Any, **named: Any) -> None:
        super().__init__(*how, **named)
        self._bounds = bounds = _Bounds(self.seconds)
        # http.client makes every response by it, that of a proxy's tunnel too.
        self.response_class = partial(_BoundedResponse, bounds=bounds)  # type: ignore[assignment]

    def connect(self) -> None:
        """Connect; the proxy's response counts as well."""
        self._bounds.begin()
        super().connect()

    def request(self, *what: Any, **how: Any) -> None:
        """Send a request, and begin its time."""
        self._bounds.begin()
        super().request(*what, **how)


def bound(manager: PoolManager, seconds: float) -> None:
    """Give every response that comes through a manager of connections so many seconds in all."""

    class Protected(_Bounded, HTTPSConnection):
        pass

    class Plain(_Bounded):
        pass

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class ProtectedPool(HTTPSConnectionPool):
        ConnectionCls = Protected

    Plain.seconds = Protected.seconds = seconds
    manager.pool_classes_by_scheme = {"http": PlainPool, "https": ProtectedPool}
