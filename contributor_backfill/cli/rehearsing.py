"""The composition root for a rehearsal: the real commands against the sandbox on a moved clock."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from contributor_backfill.cli.recording import recorded
from contributor_backfill.cli.run_ends import end_of_current
from contributor_backfill.cli.running import Bounding, run
from contributor_backfill.cli.session import Session
from contributor_backfill.cli.settings import Settings
from contributor_backfill.domain.prices import DEFAULT_PRICES

if TYPE_CHECKING:
    from contributor_backfill.domain.clock import Clock
    from contributor_backfill.sandbox.rehearsal import Figures, Journal, Plan

BEGIN = datetime(2026, 11, 23, 0, 7, tzinfo=UTC)
"""When a rehearsal begins: at a moment of the workflow's cron line."""
TOKEN = "sandbox"  # noqa: S105  # the sandbox takes any


class RealCommands:
    """The commands as the workflow runs them, each on record under its own name."""

    def __init__(
        self, settings: Settings, clock: "Clock", journal: "Journal", minutes: float
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._journal = journal
        self._minutes = minutes

    def track(self, full_name: str) -> None:
        """Take a repository in."""
        from contributor_backfill.github.repositories import look_up
        from contributor_backfill.operations.intake import take_in

        with (
            _invoked("track"),
            recorded(self._settings, None, repository=full_name, clock=self._clock) as recording,
        ):
            row, _ = look_up(recording.client(), full_name)
            take_in(recording.gateway, row, None, backfill=True)

    def backfill(self) -> bool:
        """Run once and return whether work is left that could go on at once."""
        bounding = Bounding(max_minutes=self._minutes)
        with _invoked("progressive-backfill"):
            report = run(
                self._settings,
                None,
                None,
                bounding,
                None,
                clock=self._clock,
                watcher=self._journal,
            )
        end = end_of_current(report)
        if end.exit_code:
            self._journal.job_failed(end.error)
        return end.more_work

    def start_successor(self, run_id: int) -> bool:
        """Start the next run after `run_id` and return whether it was."""
        from contributor_backfill.cli.commands.start_successor import FEWEST_MINUTES
        from contributor_backfill.operations.successor import Workflow, start
        from contributor_backfill.sandbox.rehearsal import SITE, WORKFLOW

        with (
            _invoked("start-successor"),
            recorded(self._settings, None, repository=SITE, clock=self._clock) as recording,
        ):
            return start(
                recording.gateway,
                recording.client(),
                Workflow(SITE, WORKFLOW, "main"),
                run_id=run_id,
                inputs={},
                minutes=FEWEST_MINUTES,
            ).is_started


@contextmanager
def _invoked(name: str) -> Iterator[None]:
    """Let a command run under its own name, with a session whose report is nobody's."""
    with click.Context(click.Command(name), info_name=name, obj=Session()):
        yield


def rehearse_on(
    conninfo: str,
    plan: "Plan",
    watch: "Callable[[Journal], None]",
    tell: "Callable[[Figures], None]",
) -> None:
    """Rehearse a plan in an empty database that is up to date, and tell the figures at the end.

    `watch` hears of every page. The figures are told even of a rehearsal that is interrupted or
    `Stuck`, which is raised afterwards.
    """
    from contributor_backfill.sandbox import Sandbox, SandboxClock
    from contributor_backfill.sandbox.rehearsal import (
        WORK,
        Drive,
        Journal,
        figures,
        fleet_world,
        limits,
        names,
    )

    clock = SandboxClock(BEGIN)
    world = fleet_world(plan)
    with Sandbox(world, clock=clock, limits=limits(plan), work_model=WORK) as sandbox:
        settings = Settings(
            github_token=TOKEN,
            graphql_url=sandbox.graphql_url,
            api_url=sandbox.url,
            database_url=conninfo,
        )
        journal = Journal(clock, names(plan), watch)
        commands = RealCommands(settings, clock, journal, plan.minutes)
        try:
            Drive(plan, sandbox, commands, journal).run()
        finally:
            tell(figures(plan, sandbox, journal, DEFAULT_PRICES))
