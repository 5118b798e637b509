"""One bounded run over sources from the command line: composed, on record, watched, reported."""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, fields
from datetime import datetime
from functools import reduce, wraps
from typing import TYPE_CHECKING, Any, cast

from contributor_backfill.cli.app import Recording, open_gateway, recorded
from contributor_backfill.cli.capture_report import echo_due, echo_due_backfills, echo_reports
from contributor_backfill.cli.holder import is_dead, this_process
from contributor_backfill.cli.options import (
    Command,
    dry_run_option,
    job_option,
    storage_options,
    store_option,
)
from contributor_backfill.cli.output import echo
from contributor_backfill.cli.progress import watching
from contributor_backfill.cli.session import command_name
from contributor_backfill.cli.settings import Settings, Store, load
from contributor_backfill.domain.bounds import Bounds, Stop, run_deadline
from contributor_backfill.domain.clock import Clock, SystemClock
from contributor_backfill.domain.errors import NotFound
from contributor_backfill.domain.forecast import Forecast, forecast, last_of
from contributor_backfill.domain.runs import WAITS, RunEnd, run_end
from contributor_backfill.domain.sources import SourceName, Wanted
from contributor_backfill.domain.storage import UNSAID, Keep, Wish
from contributor_backfill.reports.wording import STOPS, plural

if TYPE_CHECKING:
    from contributor_backfill.capture.engine import Sources
    from contributor_backfill.capture.report import Progress, Report, Turn
    from contributor_backfill.db.gateway import Gateway
    from contributor_backfill.github.client import GitHubClient

    Compose = Callable[[Gateway, GitHubClient, Clock, Progress], Sources]


@dataclass(frozen=True)
class RunOptions:
    """The bounds of a run, how it captures and where it stores, as the command line says."""

    max_minutes: float = 5
    reserve: int | None = None
    max_chunks: int | None = None
    max_items: int | None = None
    max_points: int | None = None
    chunk_size: int | None = None
    storage: Wish = UNSAID
    job_id: str | None = None
    refresh_days: int | None = None
    store: Store | None = None
    is_dry: bool = False


def run_options(command: Command) -> Command:
    """Add what every capture takes. The command gets it as `options`, with its own bounds."""

    @wraps(command)
    def with_options(
        *, bodies: Keep | None, diff_hunks: Keep | None, dry_run_: bool, **given: Any
    ) -> None:
        names = {field.name for field in fields(RunOptions)} & given.keys()
        options = RunOptions(
            storage=Wish(bodies, diff_hunks),
            is_dry=dry_run_,
            **{name: given.pop(name) for name in names},
        )
        command(options=options, **given)

    added = (store_option, dry_run_option, job_option, storage_options)
    return reduce(lambda made, option: option(made), added, cast("Command", with_options))


def capture(wanted: Wanted, options: RunOptions) -> None:
    """Run, report to stdout, and exit 1 when something could not be captured.

    A dry run only says what would be done.
    """
    if options.is_dry:
        dry_run(wanted, options)
        return
    settings = load()
    with recorded_run(settings, wanted, options) as recording:
        reports = capture_on(recording, settings, wanted, options)
        # A misspelt name would otherwise look like a repository that is up to date.
        if wanted.only and not any(report.turns for report in reports):
            _refuse_unknown(wanted.only, recording.gateway)
        # Here, where the record still counts the calls.
        done = when_done(recording.gateway, reports, recording.clock.now())
    echo_reports(reports, SystemClock().now(), done)
    if any(report.failed for report in reports):
        sys.exit(1)


def _refuse_unknown(names: tuple[str, ...], gateway: "Gateway") -> None:
    """Raise `NotFound` when none of the repositories that were named is tracked."""
    for name in names:
        with suppress(NotFound):
            (line,) = gateway.read_status(full_name=name)
            if line.full_name.lower() == name.lower():
                return
    raise NotFound(
        f"None of {', '.join(names)} is tracked.",
        advice="Begin with: contributor-backfill track OWNER/NAME",
    )


def run(
    settings: Settings,
    wanted: Wanted,
    options: RunOptions,
    *,
    clock: Clock | None = None,
    progress: "Progress | None" = None,
) -> "tuple[Report, ...]":
    """Run once within the bounds and return what was done.

    A rehearsal has a clock of its own, and hears of progress itself.
    """
    with recorded_run(settings, wanted, options, clock) as recording:
        return capture_on(recording, settings, wanted, options, progress=progress)


def recorded_run(
    settings: Settings,
    wanted: Wanted,
    options: RunOptions,
    clock: Clock | None = None,
) -> AbstractContextManager[Recording]:
    """Open the database for a run, on record."""
    return recorded(
        settings,
        options.store,
        repository=wanted.full_name or wanted.repository_id or ",".join(wanted.only),
        storage=options.storage,
        capture_job_id=options.job_id,
        spends=True,
        clock=clock,
    )


def capture_on(
    recording: Recording,
    settings: Settings,
    wanted: Wanted,
    options: RunOptions,
    *,
    compose: "Compose | None" = None,
    progress: "Progress | None" = None,
) -> "tuple[Report, ...]":
    """Capture what is wanted on an open record, and note how it ended."""
    from contributor_backfill.capture.engine import Engine, Holder
    from contributor_backfill.capture.freshness import FreshnessProbe, concerns_everyone
    from contributor_backfill.capture.sources import all_sources

    gateway, clock = recording.gateway, recording.clock
    with watching(sys.stderr) if progress is None else nullcontext(progress) as watcher:
        client = recording.client()
        client.tokens.reserve = options.reserve
        bounds = _bounds(settings, options, clock)
        if options.refresh_days is not None:
            gateway.set_refresh(options.refresh_days, wanted.full_name, wanted.repository_id)
        sources = (
            compose(gateway, client, clock, watcher)
            if compose
            else all_sources(gateway, client, clock, watcher, chunk_size=options.chunk_size)
        )
        holder = Holder(this_process(), is_dead)
        engine = Engine(gateway, client, clock, watcher, sources, holder=holder)
        # One query asks about a hundred repositories, which pays only where all are meant.
        probe = (
            FreshnessProbe(gateway, client, clock, watcher, command_name())
            if concerns_everyone(wanted)
            else None
        )
        reports = engine.capture(wanted, bounds, probe)
    recording.ends(end_of(reports))
    return reports


def when_done(gateway: "Gateway", reports: "tuple[Report, ...]", now: datetime) -> Forecast | None:
    """Return when what is left of a run's backfills is done, as everybody else names it."""
    turns = (
        turn for report in reports for turn in report.turns if turn.source is SourceName.BACKFILL
    )
    last = {turn.repository.full_name: turn for turn in turns}
    left = {name: turn.left for name, turn in last.items() if turn.left > 0}
    paces = gateway.read_turns([*left]) if left else {}
    return last_of(
        forecast(count, paces.get(name), now, last[name].next_attempt_at)
        for name, count in left.items()
    )


def _bounds(settings: Settings, options: RunOptions, clock: Clock) -> Bounds:
    """Return the bounds of a run that begins now. None outlives its token."""
    deadline = run_deadline(clock.now(), options.max_minutes, settings.token_minutes)
    return Bounds(
        deadline,
        options.max_chunks,
        options.reserve,
        waits_until=deadline,
        items=options.max_items,
        points=options.max_points,
    )


def dry_run(wanted: Wanted, options: RunOptions) -> None:
    """Say what a run would do and spend, in transactions that cannot write. GitHub is not asked."""
    now = SystemClock().now()
    with open_gateway(load(), options.store, read_only=True, bring_up_to_date=False) as gateway:
        if SourceName.BACKFILL in wanted.sources:
            _echo_due_backfills(gateway, wanted, options, now)
        else:
            echo_due(*gateway.peek_sources(wanted), now)
    echo("Dry run: nothing was written, and GitHub was not asked.", err=True)


def _echo_due_backfills(
    gateway: "Gateway", wanted: Wanted, options: RunOptions, now: datetime
) -> None:
    backfills, idle = gateway.peek_backfills(
        repository_id=wanted.repository_id, full_name=wanted.full_name
    )
    repositories = {due.repository.full_name: due.repository for due in backfills}
    paces = gateway.read_turns(list(repositories)) if repositories else {}
    forecasts = {
        full_name: forecast(repository.total - repository.stored, paces.get(full_name), now)
        for full_name, repository in repositories.items()
    }
    echo_due_backfills(
        backfills,
        idle,
        forecasts,
        now,
        fixed_size=options.chunk_size,
        max_chunks=options.max_chunks,
    )


def end_of(reports: "tuple[Report, ...]") -> RunEnd:
    """Return how a run ended, for its record."""
    stops = [stop for report in reports for stop in _stops(report)]
    failed = [turn for report in reports for turn in report.turns if turn.failed]
    failed_probes = [report.probed for report in reports if report.probed and report.probed.failed]
    failures = [f"All repositories: {probe.reason}" for probe in failed_probes]
    return run_end(stops, [*failures, *map(_failure, failed)])


def _stops(report: "Report") -> Iterator[Stop]:
    """Yield why turns wait, which a run that went on to others does not say, and why it ended."""
    if report.probed and report.probed.stop in WAITS:
        yield report.probed.stop
    # A turn that waits for quota or a database is no failure, but it is unfinished work.
    yield from (turn.stop for turn in report.turns if turn.stop in WAITS)
    yield report.stop


def _failure(turn: "Turn") -> str:
    name = turn.repository.full_name
    if turn.stop is Stop.ERROR:
        return f"{name}: {turn.reason or STOPS[turn.stop]}"
    rows = plural(turn.rejected, "row")
    return f"{name}: {rows} could not be stored whole; see backfill_rejects."
