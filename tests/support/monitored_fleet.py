"""Some days in the life of a fleet on a moved clock, for what shows how everything stands.

Every half hour the backfill runs, every six hours the sync and the watchdog, in workflow runs that
GitHub knows of. Now and then GitHub is away, a run is killed, a repository goes.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import pytest

from contributor_backfill.sandbox import (
    Limits,
    ListSizes,
    RepositoryOptions,
    Sandbox,
    SandboxClock,
    Spending,
    WorkModel,
    World,
)
from tests.support.commands import variables_for
from tests.support.databases import Database
from tests.support.entry import Done
from tests.support.moved_time import MovedTime
from tests.support.runners import Runner

SITE = "me/site"
MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
NEWEST = "2026-11-15T12:00:00Z"
HALF_HOUR = 1_800.0
SHORT = ListSizes(1.0)
BACKFILL, SYNC, WATCHDOG = (
    "progressive-backfill.yml",
    "historical-pr-sync-graphql.yml",
    "recovery.yml",
)
GITHUB = WorkModel(
    milliseconds_per_request=400,
    milliseconds_per_pull_request=45,
    milliseconds_per_node=4,
    spending=Spending.CLOCK,
)


@dataclass
class Fleet:
    """The world of those days."""

    sandbox: Sandbox
    database: Database
    time: MovedTime
    directory: Path

    @property
    def variables(self) -> dict[str, str]:
        """Return the variables that commands are run with."""
        return variables_for(self.sandbox, self.database, "ghs_token")

    def run(self, *arguments: str) -> Done:
        """Run a command by hand."""
        return self.time.run(self.variables, *arguments)

    def live(self, half_hours: int, *, max_chunks: int = 1_000) -> None:
        """Let time pass, with what the schedule and chance have for it."""
        limit = ("--max-chunks", str(max_chunks))
        for tick in range(half_hours):
            if tick % 37 == 20:
                self.sandbox.add_fault({"kind": "service_unavailable"})
            self._workflow(BACKFILL, "progressive-backfill", *limit, is_killed=tick % 61 == 17)
            self.sandbox.clear_faults()
            if tick % 12 == 11:
                self._workflow(SYNC, "sync-historical")
                self._workflow(WATCHDOG, "recover")
            self.time.advance(HALF_HOUR)

    def lose(self, name: str) -> None:
        """Take a repository from this token's sight."""
        self.sandbox.change("set_access", repository=name, access="gone")

    def _workflow(self, file: str, *command: str, is_killed: bool = False) -> None:
        made = self.sandbox.change(
            "add_workflow_run", repository=SITE, workflow=file, status="in_progress", jobs=["run"]
        )
        runner = Runner(self.directory, run_id=made["run_id"], workflow=file)
        with pytest.MonkeyPatch.context() as patch:
            if is_killed:
                for method in ("commit", "release", "end_run"):
                    patch.setattr(f"contributor_backfill.db.gateway.Gateway.{method}", _killed)
            self.time.run(self.variables | runner.variables, *command)


def _killed(*_: object, **__: object) -> NoReturn:
    """End as `kill -9` does: before the page, the lease or the record is written."""
    raise KeyboardInterrupt


@contextmanager
def fleet(
    sizes: Mapping[str, int],
    database: Database,
    patch: pytest.MonkeyPatch,
    directory: Path,
    tracked: Iterable[str] | None = None,
) -> Iterator[Fleet]:
    """Serve repositories of these sizes, and track them, or those that are named."""
    patch.chdir(directory)
    invented = [
        RepositoryOptions(
            name, pull_requests=size, reviews=SHORT, comments=SHORT, seed=number + 1, newest=NEWEST
        )
        for number, (name, size) in enumerate(sizes.items())
    ]
    world = World.of([*invented, RepositoryOptions(SITE, pull_requests=0)])
    clock = SandboxClock(MONDAY)
    with Sandbox(
        world, clock=clock, limits=Limits(hourly_points=1_000), work_model=GITHUB
    ) as sandbox:
        for file in (BACKFILL, SYNC, WATCHDOG):
            sandbox.change("add_workflow", repository=SITE, file=file)
        fleet = Fleet(sandbox, database, MovedTime(clock, patch), directory)
        for name in sizes if tracked is None else tracked:
            assert fleet.run("track", name).exit_code == 0
        yield fleet
