"""One clock for the commands, the database and the sandbox GitHub, that can be moved by hours.

The commands run in this process, as `main` runs them, over a real Postgres: every SQL function that
takes the present moment as `p_now` is given the moved one.
"""

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from contributor_backfill.db.postgres import PostgresTransport
from contributor_backfill.db.transport import functions_that_take_time
from contributor_backfill.domain.clock import SystemClock
from contributor_backfill.domain.errors import StoreUnreachable
from contributor_backfill.sandbox.clock import SandboxClock
from tests.support.entry import Done, run_here

Connection = psycopg.Connection[tuple[Any, ...]]


def _key(transport: PostgresTransport) -> tuple[str, bool]:
    """Tell connections apart that are not the same to a command."""
    return transport._conninfo, transport._read_only  # noqa: SLF001  # no other way in


class MovedTime:
    """Run commands at a time that the sandbox's clock tells."""

    def __init__(self, clock: SandboxClock, monkeypatch: pytest.MonkeyPatch) -> None:
        self.database_is_away = False
        self._clock = clock
        self._directory = Path.cwd()
        call = PostgresTransport.call
        self._warm: dict[tuple[str, bool], Connection] = {}
        self._hand_connections_on(monkeypatch)

        def call_now(
            transport: PostgresTransport, function: str, arguments: dict[str, Any]
        ) -> dict[str, Any]:
            if self.database_is_away:
                raise StoreUnreachable("The database does not answer: it is away.")
            now = {"p_now": self.now()} if function in functions_that_take_time() else {}
            return call(transport, function, now | arguments)

        monkeypatch.setattr(SystemClock, "now", lambda _: self.now())
        monkeypatch.setattr(SystemClock, "sleep", lambda _, seconds: self.advance(seconds))
        monkeypatch.setattr(PostgresTransport, "call", call_now)

    def __del__(self) -> None:
        for connection in self._warm.values():
            connection.close()

    def _hand_connections_on(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let a command take over the connection of the last one: a new one compiles all anew."""
        connect, close = PostgresTransport._connect, PostgresTransport.close  # noqa: SLF001  # no other way in

        def take(transport: PostgresTransport) -> Connection:
            if transport._connection is None:  # noqa: SLF001  # the same
                transport._connection = self._warm.pop(_key(transport), None)  # noqa: SLF001  # the same
            return connect(transport)

        def give(transport: PostgresTransport) -> None:
            connection, key = transport._connection, _key(transport)  # noqa: SLF001  # the same
            if connection is None or connection.info.transaction_status or key in self._warm:
                close(transport)
            else:
                transport._connection, self._warm[key] = None, connection  # noqa: SLF001  # the same

        monkeypatch.setattr(PostgresTransport, "_connect", take)
        monkeypatch.setattr(PostgresTransport, "close", give)

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return self._clock.now()

    def advance(self, seconds: float) -> None:
        """Move the clock."""
        self._clock.advance(seconds)

    def run(self, variables: Mapping[str, str], *arguments: str) -> Done:
        """Run a command with these variables to its end."""
        return run_here({**os.environ, **variables}, self._directory, *arguments)
