"""A week of schedule on a moved clock, with everything in it that goes wrong in a year.

Every half hour the backfill runs, every ninety minutes the watchdog, each in a workflow run that
GitHub knows of. Afterwards no run is unexplained, no repository is stuck, nothing is missing, and
people heard of each trouble once.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any, NoReturn

import pytest

from contributor_backfill.sandbox import Limits, RepositoryOptions, Sandbox, World
from contributor_backfill.sandbox.clock import SandboxClock
from tests.support.commands import variables_for
from tests.support.databases import Database
from tests.support.entry import Done
from tests.support.moved_time import MovedTime
from tests.support.runners import Runner
from tests.support.truth import differences

SITE, FILE, WATCHDOG = "me/site", "progressive-backfill.yml", "recovery.yml"
SIZES = {"octo/giant": 900, "octo/middle": 150, "octo/gone": 110}
MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
HALF_HOUR = 1_800.0
TICKS = 7 * 48
DROPPED = 0.15
"""The share of scheduled runs that GitHub never starts."""


def hours(begin: float, end: float) -> range:
    """Return the ticks of a span of hours."""
    return range(int(begin * 2), int(end * 2))


CRON_IS_LATE = hours(24.5, 28.5)
GITHUB_IS_DOWN = hours(49, 52)
DATABASE_IS_AWAY = hours(85.5, 88)
TOKEN_IS_REVOKED = hours(98, 106)
REPOSITORY_IS_HIDDEN = hours(120, 136)
KILLED_AT = (3, 4, 90)
CHANGES_EVERY = 16
INCIDENTS = {
    "no run succeeds": 1,
    "runs were lost": 2,
    "runs fail again and again": 1,
    "octo/gone: cannot be read": 1,
}
"""The times that each problem came up; those that were over before a notification are left out."""


@dataclass
class Week:
    """The world of that week, and its schedule."""

    sandbox: Sandbox
    database: Database
    time: MovedTime
    directory: Path
    ended: dict[int, str] = field(default_factory=dict)

    def variables(self, tick: int) -> dict[str, str]:
        """Return what the repository's secrets and settings are at a tick."""
        token = "revoked" if tick in TOKEN_IS_REVOKED else f"token-{tick // 200}"
        return variables_for(self.sandbox, self.database, token)

    def tick(self, tick: int, *, dropped: bool) -> None:
        """Let half an hour pass, with what the schedule has for it."""
        self._happenings(tick)
        is_late = tick in CRON_IS_LATE
        if not dropped and not is_late:
            self._workflow(tick, FILE, ["progressive-backfill"], is_killed=tick in KILLED_AT)
        if tick % 3 == 2:
            self._workflow(tick, WATCHDOG, ["recover", "sync-runs", "alert"])
        self.time.advance(HALF_HOUR)

    def _happenings(self, tick: int) -> None:
        self.time.database_is_away = tick in DATABASE_IS_AWAY
        if tick == GITHUB_IS_DOWN.start:
            self.sandbox.add_fault({"kind": "service_unavailable"})
            self.sandbox.add_fault({"kind": "service_unavailable", "when": {"rest_path": "/"}})
        if tick == GITHUB_IS_DOWN.stop:
            self.sandbox.clear_faults()
        for edge, access in (
            (REPOSITORY_IS_HIDDEN.start, "gone"),
            (REPOSITORY_IS_HIDDEN.stop, "open"),
        ):
            if tick == edge:
                self.sandbox.change("set_access", repository="octo/gone", access=access)
        # The last day is for the syncs that are due every twelve hours.
        if tick % CHANGES_EVERY == 0 and tick < TICKS - 48 and tick not in REPOSITORY_IS_HIDDEN:
            for name in SIZES:
                number = max(line["number"] for line in self.sandbox.export(name))
                self.sandbox.change("add_comment", repository=name, number=number)

    def _workflow(
        self, tick: int, file: str, commands: list[str], *, is_killed: bool = False
    ) -> None:
        made = self.sandbox.change(
            "add_workflow_run", repository=SITE, workflow=file, status="in_progress", jobs=["run"]
        )
        runner = Runner(self.directory, run_id=made["run_id"], workflow=file)
        with pytest.MonkeyPatch.context() as patch:
            if is_killed:
                for method in ("commit", "release", "end_run"):
                    patch.setattr(f"contributor_backfill.db.gateway.Gateway.{method}", _killed)
            variables = self.variables(tick) | runner.variables
            ended = [self.time.run(variables, command) for command in commands]
        conclusion = _conclusion(ended, is_killed=is_killed)
        self.ended[made["run_id"]] = conclusion
        self.sandbox.change(
            "move_workflow_run",
            repository=SITE,
            run_id=made["run_id"],
            status="completed",
            conclusion=conclusion,
        )


def _killed(*_: object, **__: object) -> NoReturn:
    """End as `kill -9` does: before the page, the lease or the record is written."""
    raise KeyboardInterrupt


def _conclusion(ended: list[Done], *, is_killed: bool) -> str:
    if is_killed:
        return "cancelled"
    return "failure" if any(done.exit_code for done in ended) else "success"


@pytest.fixture
def week(database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Week]:
    monkeypatch.chdir(tmp_path)
    invented = [RepositoryOptions(name, pull_requests=size) for name, size in SIZES.items()]
    world = World.of([*invented, RepositoryOptions(SITE, pull_requests=0)])
    clock = SandboxClock(MONDAY)
    limits = Limits(hourly_points=70)

    with Sandbox(world, clock=clock, limits=limits, bad_tokens=frozenset({"revoked"})) as sandbox:
        for file in (FILE, WATCHDOG):
            sandbox.change("add_workflow", repository=SITE, file=file)
        week = Week(sandbox, database, MovedTime(clock, monkeypatch), tmp_path)
        for name in SIZES:
            assert week.time.run(week.variables(0), "track", name).exit_code == 0
        yield week


def test_after_a_week_of_problems_nothing_is_missing_stuck_unexplained_or_told_twice(
    week: Week, database: Database
) -> None:
    chance = random.Random(7)
    for tick in range(TICKS):
        week.tick(tick, dropped=chance.random() < DROPPED)
    settled = week.time.run(week.variables(TICKS), "sync-runs", "--repository", SITE, "--days", "7")

    source = chain.from_iterable(week.sandbox.export(name) for name in SIZES)
    assert differences(database, source, whole=True) == []
    assert stuck(database) == []
    assert settled.output.endswith("0 in progress, 0 unknown.\n")
    assert unexplained(database) == []
    assert week.ended == known(database)
    told = {issue["title"]: issue for issue in week.sandbox.issues(SITE)}
    assert len(told) == len(week.sandbox.issues(SITE)), "one issue for each kind of trouble"
    for kind, openings in INCIDENTS.items():
        issue = told[kind]
        assert issue["state"] == "CLOSED"
        assert len(issue["comments"]) == 2 * openings - 1, "each end, and each return, once"
    assert told.keys() == INCIDENTS.keys()
    assert database.value("select count(*) from backfill_alerts where state = 'open'") == 0


def stuck(database: Database) -> list[dict[str, Any]]:
    """Return whatever is held, half done, or waits for a person."""
    return database.rows("""
        select repository_id, status from progressive_backfill_state
        where status <> 'completed' or lease_expires_at is not null
        union all select repository_id, feed from backfill_feeds where lease_expires_at is not null
        union all select repository_id, status from backfill_chunks
        where status in ('processing', 'pending')
        union all select repository_id, access from backfill_repositories where access <> 'ok'
    """)


def unexplained(database: Database) -> list[dict[str, Any]]:
    """Return the runs of which nobody knows how or why they ended."""
    return database.rows("""
        select command, outcome, stop_reason from backfill_runs
        where outcome = 'running' or ended_at is null or stop_reason is null
          or (outcome = 'failed' and error is null and settled_by = 'run')
    """)


def known(database: Database) -> dict[int, str]:
    """Return how each workflow run ended, as it is on record."""
    rows = database.rows("select run_id, conclusion from backfill_workflow_runs")
    return {row["run_id"]: row["conclusion"] for row in rows}
