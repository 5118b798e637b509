"""One clock for the commands, the database and the sandbox GitHub, that can be moved by hours.

The commands run in this process, as `main` runs them, over a real Postgres: every SQL function that
takes the present moment as `p_now` is given the moved one.
"""

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from contributor_backfill.db.postgres import PostgresTransport
from contributor_backfill.db.transport import functions_that_take_time
from contributor_backfill.domain.clock import SystemClock
from contributor_backfill.domain.errors import StoreUnreachable
from contributor_backfill.sandbox.clock import SandboxClock
from tests.support.entry import Done, run_here


class MovedTime:
    """Run commands at a time that the sandbox's clock tells."""

    def __init__(self, clock: SandboxClock, monkeypatch: pytest.MonkeyPatch) -> None:
        self.database_is_away = False
        self._clock = clock
        self._directory = Path.cwd()
        call = PostgresTransport.call

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

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return self._clock.now()

    def advance(self, seconds: float) -> None:
        """Move the clock."""
        self._clock.advance(seconds)

    def run(self, variables: Mapping[str, str], *arguments: str) -> Done:
        """Run a command with these variables to its end."""
        return run_here({**os.environ, **variables}, self._directory, *arguments)
