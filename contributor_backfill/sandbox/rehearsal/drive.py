"""The schedule at work: run after run of the workflow on a clock that never waits."""

from collections import deque
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Protocol

from contributor_backfill.domain.errors import BackfillError
from contributor_backfill.sandbox.rehearsal.journal import Journal
from contributor_backfill.sandbox.rehearsal.plan import SITE, WORKFLOW, Plan, Until
from contributor_backfill.sandbox.rehearsal.schedule import Tick, beginnings, ticks
from contributor_backfill.sandbox.sandbox import Sandbox

PATIENCE = timedelta(hours=48)
"""The longest time without anything stored before a rehearsal is given up."""


class Commands(Protocol):
    """The commands of the workflow and of the person who sets it up, run to their ends."""

    def track(self, full_name: str) -> None:
        """Take a repository in."""

    def backfill(self) -> bool:
        """Run once and return whether work is left that could go on at once."""

    def start_successor(self, run_id: int) -> bool:
        """Start the next run after `run_id` and return whether it was."""


class Stuck(BackfillError):
    """Nothing was stored for too long."""


class Drive:
    """Let the schedule run until the fleet is captured.

    Runs of the workflow queue up and work one at a time, as its concurrency group has it.
    """

    def __init__(self, plan: Plan, sandbox: Sandbox, commands: Commands, journal: Journal) -> None:
        self._plan = plan
        self._sandbox = sandbox
        self._clock = sandbox.clock
        self._commands = commands
        self._journal = journal
        self._queued: deque[int] = deque()
        cron = ticks(plan.schedule, self._clock.now(), plan.seed)
        self._beginnings: Iterator[tuple[Tick, ...]] = beginnings(cron)
        self._next = next(self._beginnings)

    def run(self) -> None:
        """Track the fleet and run until it is captured. Raises `Stuck`."""
        self._sandbox.change("add_workflow", repository=SITE, file=WORKFLOW)
        for full_name in self._journal.totals:
            self._commands.track(full_name)
        while not self._is_over():
            self._arrive()
            if not self._queued:
                self._wait_for_cron()
            self._workflow(self._queued.popleft())

    def _is_over(self) -> bool:
        journal = self._journal
        if self._plan.until is Until.COMPLETE:
            return journal.is_complete
        return journal.mostly_at is not None

    def _wait_for_cron(self) -> None:
        begins_at = self._next[-1].begins_at
        if begins_at is not None:  # the last one of a group always begins
            if begins_at - self._journal.moved_at > PATIENCE:
                raise self._stuck()
            self._clock.advance(max(0.0, (begins_at - self._clock.now()).total_seconds()))
        self._arrive()

    def _arrive(self) -> None:
        """Queue the runs that cron has started by now."""
        while (begins_at := self._next[-1].begins_at) and begins_at <= self._clock.now():
            runs = self._journal.runs
            runs.dropped += len(self._next) - 1
            runs.scheduled += 1
            runs.lateness.append(self._next[-1].lateness)
            self._queued.append(
                self._sandbox.change("add_workflow_run", repository=SITE, workflow=WORKFLOW)[
                    "run_id"
                ]
            )
            self._next = next(self._beginnings)

    def _workflow(self, run_id: int) -> None:
        self._move(run_id, "in_progress")
        conclusion, more_work = self._job(self._commands.backfill)
        self._arrive()
        if more_work and self._plan.chain:
            ended, is_started = self._job(lambda: self._commands.start_successor(run_id))
            conclusion = conclusion if ended == "success" else ended
            if is_started:
                self._take_dispatch()
        self._move(run_id, "completed", conclusion=conclusion)
        if self._clock.now() - self._journal.moved_at > PATIENCE:
            raise self._stuck()

    def _job(self, command: Callable[[], bool]) -> tuple[str, bool]:
        """Set a job up, run a command in it, and return its conclusion and the command's result."""
        began_at = self._clock.now()
        self._clock.advance(self._plan.setup_seconds)
        failed = self._journal.runs.failed
        try:
            more_work = command()
        except BackfillError as error:
            self._journal.job_failed(str(error))
            more_work = False
        finally:
            seconds = (self._clock.now() - began_at).total_seconds()
            self._journal.runs.job_seconds.append(seconds)
        return ("success" if self._journal.runs.failed == failed else "failure"), more_work

    def _take_dispatch(self) -> None:
        """Queue the run that was dispatched just now."""
        dispatch = self._sandbox.dispatches(SITE)[-1]
        self._queued.append(int(dispatch["run_id"]))
        self._journal.runs.successors += 1

    def _move(self, run_id: int, status: str, **values: str) -> None:
        self._sandbox.change(
            "move_workflow_run", repository=SITE, run_id=run_id, status=status, **values
        )

    def _stuck(self) -> Stuck:
        reason = self._journal.runs.last_error or "no run failed, and none captured anything."
        return Stuck(
            f"Nothing was stored for {PATIENCE // timedelta(hours=1)} simulated hours: {reason}",
            advice="Give it more points, or another schedule.",
        )
