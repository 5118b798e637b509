"""Composition: from settings to a database, a client for GitHub, and a run on record."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from contributor_backfill.actions.runner import workflow_run
from contributor_backfill.cli.holder import this_process
from contributor_backfill.cli.options import sandbox_data_is_allowed
from contributor_backfill.cli.output import echo, hint_once
from contributor_backfill.cli.session import command_name, session
from contributor_backfill.cli.settings import Settings, Store
from contributor_backfill.domain.bounds import Stop
from contributor_backfill.domain.clock import Clock, SystemClock
from contributor_backfill.domain.database_address import database_address
from contributor_backfill.domain.errors import (
    BackfillError,
    BudgetReached,
    DriftFound,
    NotConfigured,
    PermissionMissing,
    StoreClosed,
)
from contributor_backfill.domain.redaction import shown
from contributor_backfill.domain.runs import (
    FINISHED,
    Afterwards,
    Counts,
    Note,
    Outcome,
    RunBegin,
    RunEnd,
    RunReport,
    Severity,
    late,
)
from contributor_backfill.domain.storage import UNSAID, Wish, Wishes
from contributor_backfill.reports.budget_words import how_to_go_on, paused
from contributor_backfill.reports.wording import duration

if TYPE_CHECKING:
    from contributor_backfill.db.gateway import Gateway
    from contributor_backfill.db.transport import Transport
    from contributor_backfill.domain.budget import MonthlyBudget
    from contributor_backfill.github.client import GitHubClient

WAITS = (0.5, 1.0, 2.0, 4.0)
"""Seconds before each repetition of a call that the database did not answer."""


@contextmanager
def open_gateway(
    settings: Settings,
    asked: Store | None,
    *,
    read_only: bool = False,
    bring_up_to_date: bool = True,
    check_version: bool = True,
    storage: Wish = UNSAID,
    clock: Clock | None = None,
) -> Iterator["Gateway"]:
    """Open the database that the settings name, in read-only transactions if asked.

    `storage` is what a capture's `--bodies` and `--diff-hunks` say: more than what a repository
    has stored, which is more than what the settings say.

    The embedded one is ours alone and is brought up to date on the way; no other is. One of another
    version is refused, by one call, unless `check_version` says that whoever asks does it.

    With a `clock` the database goes by it too; without one, each by its own machine's.

    Over Supabase a read-only call is read-only because its function is declared `stable`, and
    PostgREST gives such a function a transaction that cannot write.
    """
    store = settings.store(asked)
    _refuse_sandbox_data(settings, store)
    wishes = Wishes(option=storage, configured=settings.storage)
    # In a pipe nobody waits, and a command without problems says nothing but its results.
    if store is not Store.EMBEDDED and sys.stderr.isatty():
        kind = "Supabase" if store is Store.SUPABASE else "the database"
        hint_once(f"Using {kind} at {settings.location(store)}.")
    if store is Store.SUPABASE:
        from contributor_backfill.db.supabase import RpcTransport

        rpc = RpcTransport(
            settings.supabase_url,
            settings.supabase_key,
            settings.network,
            schema=settings.schema,
        )
        yield from _serving(rpc, wishes, clock, check_version=check_version)
        return
    # Reading the demo's database harms nothing, and is what the demo itself offers.
    if store is Store.EMBEDDED and not read_only:
        _keep_out_of_demo(settings)
    with open_conninfo(settings, store) as conninfo:
        if store is Store.EMBEDDED and bring_up_to_date:
            from contributor_backfill.db.migrate import apply

            apply(conninfo, settings.schema)
            check_version = False
        from contributor_backfill.db.postgres import PostgresTransport

        postgres = PostgresTransport(conninfo, schema=settings.schema, read_only=read_only)
        yield from _serving(postgres, wishes, clock, check_version=check_version)


def _refuse_sandbox_data(settings: Settings, store: Store) -> None:
    """Raise `NotConfigured` where an invented GitHub would be written over a real database."""
    if (
        settings.has_local_github
        and not settings.has_local_data(store)
        and not sandbox_data_is_allowed()
    ):
        raise NotConfigured(
            "GITHUB_API_URL or GITHUB_GRAPHQL_URL is on this machine and the database is not:"
            " invented data would be written over real data.",
            advice="Unset it, name a database on this machine, or give --allow-sandbox-data.",
        )


@contextmanager
def open_conninfo(settings: Settings, store: Store) -> Iterator[str]:
    """Give the address of a Postgres that takes direct connections; start the embedded one."""
    if store is Store.POSTGRES:
        yield database_address(settings.database_url, settings.ssl_mode).conninfo
        return
    from contributor_backfill.db.embedded import default_home, embedded_postgres, is_made

    home = settings.home or default_home()
    now = f"Using the embedded Postgres in {home}"
    if not is_made(home):
        now = f"Making an embedded Postgres in {home}, which takes some seconds"
    hint_once(f"{now}; DATABASE_URL or SUPABASE_URL choose another.")
    with embedded_postgres(home, binaries=settings.postgres_binaries) as conninfo:
        yield conninfo


def direct_store(settings: Settings, asked: Store | None, lack: str) -> Store:
    """Return the store that takes SQL: Supabase's API does not, its database address does."""
    store = settings.store(asked)
    if store is not Store.SUPABASE:
        return store
    if not settings.database_url:
        raise NotConfigured(
            f"Supabase's API {lack}.",
            advice="Set DATABASE_URL to the project's database, or use its SQL editor;"
            " `contributor-backfill migrate --print` prints the migrations for it.",
        )
    # Supabase itself is a Postgres: its database address leads to the same tables.
    return Store.POSTGRES


def has_embedded(settings: Settings) -> bool:
    """Tell whether an embedded database was made before and can be used. Nothing is started."""
    if settings.in_actions:
        return False
    from contributor_backfill.db.embedded import default_home, is_made

    try:
        return is_made(settings.home or default_home())
    except NotConfigured:
        return False


def demo_mark(home: Path) -> Path:
    """Return the file that says that a home is the demo's."""
    return home / "this-is-the-demo"


def _keep_out_of_demo(settings: Settings) -> None:
    """Raise `NotConfigured` for a home whose database the next demo empties.

    The demo itself takes its mark away while it is at work.
    """
    if settings.home and demo_mark(settings.home).exists():
        raise NotConfigured(
            f"{settings.home} is the demo's, and the next demo empties it.",
            advice="Set CONTRIBUTOR_BACKFILL_HOME to a directory of yours for what is to stay.",
        )


def _serving(
    transport: "Transport", wishes: Wishes, clock: Clock | None, *, check_version: bool
) -> Iterator["Gateway"]:
    """Give a gateway that repeats calls while the database is away, and close it afterwards."""
    from contributor_backfill.db.gateway import Gateway
    from contributor_backfill.db.transport import RetryingTransport

    if clock is not None:
        from contributor_backfill.db.transport import TimeTellingTransport

        transport = TimeTellingTransport(transport, clock)
    try:
        # Repetition is outermost: a call that is repeated gets the moment of its repetition.
        gateway = Gateway(RetryingTransport(transport, clock or SystemClock(), WAITS), wishes)
        if check_version:
            gateway.check_version()
        yield gateway
    finally:
        transport.close()


def open_client(settings: Settings, clock: Clock | None = None) -> "GitHubClient":
    """Return a client for the token that is set. Raises `NotConfigured` when none is."""
    token = settings.token()
    from contributor_backfill.github.client import GitHubClient, new_session

    return GitHubClient(
        # A session costs 0.2 s to import, and a run with nothing due needs none.
        partial(new_session, settings.network),
        clock or SystemClock(),
        token=token,
        graphql_url=settings.graphql_url,
        api_url=settings.api_url,
        tokens_of_owners=settings.github_tokens,
    )


BUDGET = "budget"
"""Why a run stopped, in its record; `backfill_run_problems_v1` goes by it."""
AFTERWARDS = timedelta(minutes=1)
"""How long a run counts and follows renames at its end; the next one goes on with what is left."""
INTERRUPTED = RunEnd(Outcome.DEFERRED, "interrupted", exit_code=130)
UNREAD = RunEnd(Outcome.DEFERRED, "interrupted")
"""Nobody reads what it says any more, as in `… 2>&1 | head -1`: it goes on another time."""


class Recording:
    """A run on record: its gateway and clock keep the heartbeat going, its client is counted."""

    def __init__(self, settings: Settings, plain: "Gateway", clock: Clock) -> None:
        from contributor_backfill.db.gateway import Gateway
        from contributor_backfill.db.transport import BeatingClock, BeatingTransport, Heartbeat

        self.run_id = str(uuid4())
        self.end = FINISHED
        self.may_be_recorded = True
        self.budget: MonthlyBudget | None = None
        self._settings = settings
        self._plain = plain
        self._client: GitHubClient | None = None
        self._afterwards = Afterwards()
        heartbeat = Heartbeat(clock, self._beat)
        self.clock: Clock = BeatingClock(clock, heartbeat)
        # The record itself is written over `plain`: a heartbeat must not set off another one.
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
        # Cron alone has a rhythm to be late against.
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

    def refused_tokens(self) -> tuple[Note, ...]:
        """Return what is to be said of owners' tokens that GitHub did not accept."""
        owners = sorted(self._client.refused_owners) if self._client else []
        if not owners:
            return ()
        from contributor_backfill.github.tokens import refused

        return tuple(Note(Severity.WARNING, str(refused(owner))) for owner in owners)

    def write_end(self) -> None:
        """Write the record's end."""
        self._afterwards = self._plain.end_run(self.run_id, self.end, self.counts())

    def tidy_up(self) -> None:
        """Count what is complete and follow renames, for a minute at most; the next run goes on."""
        until = self.clock.now() + AFTERWARDS
        counts_left, renames_left = self._afterwards.counts_left, self._afterwards.renames_left
        # Each call does one piece, because Postgres ends a statement after eight seconds.
        while counts_left and self.clock.now() < until:
            counts_left = self._plain.count_repositories()
        while renames_left and self.clock.now() < until:
            renames_left = self._plain.follow_renames()

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
            # Also after Ctrl-C and SystemExit: a record without an end counts as a lost run.
            run.end = _end_of(error)
            _keep(run, repository, notes)
            if run.may_be_recorded:
                # The error itself is what is told; without an end, the record is closed by the end
                # of its heartbeat, or by GitHub's word.
                with suppress(BackfillError):
                    run.write_end()
            raise
        _keep(run, repository, notes)
        run.write_end()
        # The run is on record as done; this is nobody's reason to call it failed.
        with suppress(BackfillError):
            run.tidy_up()


def _keep(run: Recording, repository: str | None, notes: tuple[Note, ...]) -> None:
    """Hand the run's report on to whoever tells of it when the process ends."""
    # Notes of the beginning come after those of the end, which matter more.
    run.end = replace(run.end, notes=(*run.end.notes, *notes, *run.refused_tokens()))
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
