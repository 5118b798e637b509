"""One clock for the commands, the database and the sandbox GitHub, that can be moved by hours.

The commands run in this process, as `main` runs them, over a real Postgres: every SQL function that
takes the present moment as `p_now` is given the moved one.
"""

import io
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from contributor_backfill.cli.main import main
from contributor_backfill.db.postgres import PostgresTransport
from contributor_backfill.domain.clock import SystemClock
from contributor_backfill.domain.errors import StoreUnreachable
from contributor_backfill.sandbox.clock import SandboxClock
from tests.support.databases import Database

TAKES_TIME = "select proname from pg_proc where 'p_now' = any (proargnames)"


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    exit_code: int
    output: str
    talk: str


class MovedTime:
    """Run commands at a time that the sandbox's clock tells."""

    def __init__(
        self, clock: SandboxClock, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.database_is_away = False
        self._clock = clock
        self._monkeypatch = monkeypatch
        takes_time = {row["proname"] for row in database.rows(TAKES_TIME)}
        call = PostgresTransport.call

        def call_now(
            transport: PostgresTransport, function: str, arguments: dict[str, Any]
        ) -> dict[str, Any]:
            if self.database_is_away:
                raise StoreUnreachable("The database does not answer: it is away.")
            now = {"p_now": self.now()} if function in takes_time else {}
            return call(transport, function, now | arguments)

        monkeypatch.setattr(SystemClock, "now", lambda _: self.now())
        monkeypatch.setattr(SystemClock, "sleep", lambda _, seconds: self.advance(seconds))
        monkeypatch.setattr(PostgresTransport, "call", call_now)
        # The handlers are the process's, and this process has its own.
        monkeypatch.setattr("contributor_backfill.cli.main.signal.signal", lambda *_: None)

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return self._clock.now()

    def advance(self, seconds: float) -> None:
        """Move the clock."""
        self._clock.advance(seconds)

    def run(self, variables: Mapping[str, str], *arguments: str) -> Done:
        """Run a command with these variables to its end."""
        output, talk = io.StringIO(), io.StringIO()
        with self._monkeypatch.context() as patch:
            for name, value in variables.items():
                patch.setenv(name, value)
            patch.setattr("sys.argv", ["contributor-backfill", *arguments])
            with redirect_stdout(output), redirect_stderr(talk):
                exit_code = _exit_code(main)
        return Done(exit_code, output.getvalue(), talk.getvalue())


def _exit_code(run: Callable[[], object]) -> int:
    with pytest.raises(SystemExit) as ended:
        run()
    return int(ended.value.code or 0)
