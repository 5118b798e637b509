"""Every run is on record, from its start to its end, whatever ends it."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from contributor_backfill.actions.runner import workflow_run
from contributor_backfill.cli.github import open_client
from contributor_backfill.cli.holder import this_process
from contributor_backfill.cli.output import echo
from contributor_backfill.cli.session import command_name, session
from contributor_backfill.cli.settings import Settings, Store
from contributor_backfill.cli.stores import open_gateway
from contributor_backfill.domain.budget import Stop
from contributor_backfill.domain.clock import Clock, SystemClock
from contributor_backfill.domain.errors import (
    BackfillError,
    BudgetReached,
    DriftFound,
    NotConfigured,
    PermissionMissing,
    StoreClosed,
    StoreFault,
)
from contributor_backfill.domain.redaction import shown
from contributor_backfill.domain.runs import (
    FINISHED,
    Counts,
    Note,
    Outcome,
    RunBegin,
    RunEnd,
    RunReport,
    Severity,
    late,
)
from contributor_backfill.domain.storage import UNSAID, Wish
from contributor_backfill.reports.budget_words import how_to_go_on, paused
from contributor_backfill.reports.wording import duration

if TYPE_CHECKING:
    from contributor_backfill.db.gateway import Gateway
    from contributor_backfill.domain.monthly_budget import MonthlyBudget
    from contributor_backfill.github.client import GitHubClient

BUDGET = "budget"
"""Why a run stopped, in its record; `find_trouble` goes by it."""
AFTERWARDS = timedelta(minutes=1)
"""How long a run follows renames at its end; the next one goes on with what is left."""
INTERRUPTED = RunEnd(Outcome.DEFERRED, "interrupted", exit_code=130)
UNREAD = RunEnd(Outcome.DEFERRED, "interrupted")
"""Nobody reads what it says any more, as in `… 2>&1 | head -1`: it goes on another time."""


class Recording:
    """A run on record: its gateway and clock keep the heartbeat going, its client is counted."""

    def __init__(self, settings: Settings, plain: "Gateway", clock: Clock) -> None:
        from contributor_backfill.db.gateway import Gateway
        from contributor_backfill.db.heartbeat import BeatingClock, BeatingTransport, Heartbeat

        self.run_id = str(uuid4())
        self.end = FINISHED
        self.may_be_recorded = True
        self.budget: MonthlyBudget | None = None
        self._settings = settings
        self._plain = plain
        self._client: GitHubClient | None = None
        self._renames_left = 0
        heartbeat = Heartbeat(clock, self._beat)
        self.clock: Clock = BeatingClock(clock, heartbeat)
        self.gateway = Gateway(BeatingTransport(plain.transport, heartbeat), plain.wishes)
        self._started = self.clock.now()

    def client(self) -> "GitHubClient":
        """Return the client for GitHub. Raises `NotConfigured` without a token."""
        if self._client is None:
            self._client = open_client(self._settings, self.clock)
        return self._client

    def ends(self, end: RunEnd) -> None:
        """Say how the run ends; without it, it is done."""
        self.end = end

    def counts(self) -> Counts:
        """Return what was done and used so far."""
        tally, client = self.gateway.tally, self._client
        return Counts(
            chunks=tally.chunks,
            rows=tally.rows,
            points=client.points_spent if client else 0,
            requests=client.requests_sent if client else 0,
            database_calls=self._plain.transport.calls,
            bytes=client.bytes_received if client else 0,
            quota=client.quota if client else None,
        )

    def begin(self, repository: str, capture_job_id: str | None) -> tuple[Note, ...]:
        """Write the record's beginning, and return what is to be said of the last run."""
        where = workflow_run()
        begin = RunBegin(
            self.run_id, command_name(), this_process(), repository, capture_job_id, where
        )
        try:
            begun = self._plain.begin_run(begin)
        except NotConfigured:
            self.may_be_recorded = False  # a database of another version is left as it is
            raise
        self.budget = begun.budget
        if begun.repository_now:
            echo(f"{repository} is {begun.repository_now} now.", err=True)
        if where is None or where.event != "schedule":
            return ()
        interval = timedelta(minutes=self._settings.interval_minutes)
        gap = late(begun.previous_started_at, self.clock.now(), interval)
        return () if gap is None else (_late_note(begin.command, gap, interval),)

    def check_budget(self) -> None:
        """Raise `BudgetReached` when the month's budget was used up as the run began."""
        if self.budget is not None and self.budget.reached:
            raise BudgetReached(paused(self.budget), advice=how_to_go_on(self.budget))

    def report(self, repository: str) -> RunReport:
        """Return the run as it is shown."""
        seconds = (self.clock.now() - self._started).total_seconds()
        return RunReport(command_name(), repository, self.end, self.counts(), seconds)

    def write_end(self) -> None:
        """Write the record's end."""
        self._renames_left = self._plain.end_run(self.run_id, self.end, self.counts())

    def follow_renames(self) -> None:
        """Write new names beside what is stored, for a minute at most; the next run goes on."""
        until = self.clock.now() + AFTERWARDS
        while self._renames_left and self.clock.now() < until:
            self._renames_left = self._plain.follow_renames()

    def _beat(self) -> None:
        self._plain.beat_run(self.run_id, self.counts())


@contextmanager
def recorded(
    settings: Settings,
    store: Store | None,
    *,
    repository: str | None = None,
    storage: Wish = UNSAID,
    capture_job_id: str | None = None,
    needs_token: bool = True,
    spends: bool = False,
    clock: Clock | None = None,
) -> Iterator[Recording]:
    """Open the database for a run and record it: its beginning, its heartbeat and its end.

    A run that ends by an error is recorded with it, and the error goes on its way. With a `clock`
    the run goes by it, and so does the database. With `spends` it does nothing, and `BudgetReached`
    is raised, while the month's budget is used up: this costs no further call.
    """
    if needs_token and not settings.in_actions:
        # On a machine of one's own this is said at once; in Actions it is put on record.
        settings.token()
    with open_gateway(settings, store, storage=storage, clock=clock, check_version=False) as plain:
        run = Recording(settings, plain, clock or SystemClock())
        notes: tuple[Note, ...] = ()
        try:
            notes = run.begin(repository or "", capture_job_id)
            if spends:
                run.check_budget()
            if needs_token:
                run.client()
            yield run
        except BaseException as error:
            run.end = _end_of(error)
            _keep(run, repository, notes)
            if run.may_be_recorded:
                # The record is closed by the end of its heartbeat, or by GitHub's word.
                with suppress(StoreFault):
                    run.write_end()
            raise
        _keep(run, repository, notes)
        run.write_end()
        # The run is on record as done; this is nobody's reason to call it failed.
        with suppress(StoreFault):
            run.follow_renames()


def _keep(run: Recording, repository: str | None, notes: tuple[Note, ...]) -> None:
    """Hand the run's report on to whoever tells of it when the process ends."""
    run.end = replace(run.end, notes=(*run.end.notes, *notes))
    session().report = run.report(repository or "")


def _end_of(error: BaseException) -> RunEnd:
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED
    if isinstance(error, BrokenPipeError):
        return UNREAD
    if isinstance(error, BudgetReached):
        note = Note(Severity.NOTICE, str(error))
        return RunEnd(Outcome.DEFERRED, BUDGET, notes=(note,))
    if isinstance(error, DriftFound):
        note = Note(Severity.WARNING, str(error))
        return RunEnd(Outcome.DONE, "drift found", error.exit_code, notes=(note,))
    reason = Stop.REFUSED if isinstance(error, StoreClosed | PermissionMissing) else "error"
    message = str(error) if isinstance(error, BackfillError) else shown(repr(error))
    code = error.exit_code if isinstance(error, BackfillError) else 1
    return RunEnd(Outcome.FAILED, reason, code, message, notes=(Note(Severity.ERROR, message),))


def _late_note(command: str, gap: timedelta, interval: timedelta) -> Note:
    return Note(
        Severity.WARNING,
        f"The last run of {command} began {duration(gap)} ago, although one is due every"
        f" {duration(interval)}: the schedule is late.",
    )
