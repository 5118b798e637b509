"""Connections: how long a whole response may take, and which certificates are believed.

A read timeout bounds only the pauses in a response: a server that sends one byte every five seconds
never reaches it. So what is read from the socket, headers included, has until the end of the
request's time, and never more bytes than a response may have.
"""

import io
import socket
import ssl
import time
from functools import partial
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

from urllib3 import PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from contributor_backfill.domain.errors import NotConfigured
from contributor_backfill.domain.network import Network

MOST_BYTES = 128 * 1024 * 1024
"""No more is read from a socket for one response; `net.responses` limits its body."""


class _Bounds:
    """The time and the bytes that are left for the present response."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.begin()

    def begin(self) -> None:
        """Begin again: another request goes out."""
        self._ends = time.monotonic() + self._seconds
        self._left = MOST_BYTES

    def seconds_left(self) -> float:
        """Return the time that is left. Raises `TimeoutError` when it is over."""
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError(f"the response was not whole after {self._seconds} seconds")
        return left

    def count(self, size: int) -> None:
        """Count bytes that came. Raises `OSError` when they are too many."""
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
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        """Read what there is, but wait no longer than the response may take."""
        left = self._bounds.seconds_left()
        timeout = self._socket.gettimeout()
        # Never longer than before: urllib3 set the timeout for a single pause.
        if timeout is None or left < timeout:
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

    def __init__(self, sock: socket.socket, *args: Any, bounds: _Bounds, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        # `http.client` has made a file of the socket by now, and read nothing from it yet.
        raw = self.fp.detach()
        self.fp = io.BufferedReader(_BoundedReader(raw, sock, bounds))


class _Bounded(HTTPConnection):
    """A connection that bounds its responses; `seconds` is a response's time."""

    seconds: float

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._bounds = bounds = _Bounds(self.seconds)
        # `http.client` makes every response with it, that of a proxy's tunnel too.
        self.response_class = partial(_BoundedResponse, bounds=bounds)  # type: ignore[assignment]

    def connect(self) -> None:
        """Connect, and bound the response of a proxy on the way."""
        self._bounds.begin()
        super().connect()

    def request(self, *args: Any, **kwargs: Any) -> None:
        """Send a request, and begin its time."""
        self._bounds.begin()
        super().request(*args, **kwargs)


def bound(manager: PoolManager, seconds: float) -> None:
    """Give every response on the connections of a manager so many seconds in all."""
    # The pools make their connections themselves, so the seconds must be in the class.

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


def certificates(network: Network) -> str | None:
    """Return the file or folder of certificates that the environment names, if any.

    Raises `NotConfigured` for a bad one: `requests` would say so at the first request, without
    the variable.
    """
    name, value = network.certificates
    if not value:
        return None
    path = Path(value)
    try:
        if not path.is_dir():
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)
    except (OSError, ValueError):
        raise NotConfigured(
            f"{name} names no file of certificates.",
            advice="Correct or unset it; it is a file in PEM format.",
        ) from None
    return value
