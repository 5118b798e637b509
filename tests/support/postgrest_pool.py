"""Idle database connections, for calls that come one after another and sometimes together."""

from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, LifoQueue

import psycopg


class ConnectionPool:
    """As many connections as there are calls at once; the warmest is used first."""

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self._idle: LifoQueue[psycopg.Connection] = LifoQueue()

    @contextmanager
    def connection(self) -> Iterator[psycopg.Connection]:
        """Lend a connection; it goes back only if the block did not break it."""
        connection = self._usable()
        try:
            yield connection
        finally:
            if not connection.closed:
                self._idle.put(connection)

    def close(self) -> None:
        """Close the idle connections."""
        while not self._idle.empty():
            self._idle.get_nowait().close()

    def _usable(self) -> psycopg.Connection:
        try:
            return self._idle.get_nowait()
        except Empty:
            # No prepared statements: tests change functions while a connection is idle.
            return psycopg.connect(self._conninfo, prepare_threshold=None)
