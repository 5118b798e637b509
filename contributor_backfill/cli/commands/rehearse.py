"""`rehearse`: a whole fleet on a moved clock, with GitHub's schedule as it is."""

import resource
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from contributor_backfill.cli.app import recorded
from contributor_backfill.cli.capture import RunOptions, end_of, run
from contributor_backfill.cli.output import echo, echo_json, hint
from contributor_backfill.cli.session import Session
from contributor_backfill.cli.settings import Settings, load
from contributor_backfill.db.schema import PUBLIC
from contributor_backfill.domain.bounds import reserve_points
from contributor_backfill.domain.prices import DEFAULT_PRICES
from contributor_backfill.domain.sources import EVERYTHING, Wanted
from contributor_backfill.reports.wording import plural

if TYPE_CHECKING:
    from contributor_backfill.domain.clock import Clock
    from contributor_backfill.sandbox.rehearsal.journal import Figures, Journal
    from contributor_backfill.sandbox.rehearsal.plan import Plan

INTERRUPTED = 130


@click.command()
@click.option(
    "--repositories",
    type=click.IntRange(1, 2_000),
    default=96,
    show_default=True,
    help="How many the fleet has.",
)
@click.option(
    "--largest",
    type=click.IntRange(20, 1_000_000),
    default=110_000,
    show_default=True,
    help="Pull requests of the largest; the second has half of it, the third a third, at least 20.",
)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=1_000,
    show_default=True,
    help="Points, and REST requests, that the token has an hour.",
)
@click.option(
    "--schedule",
    type=click.Choice(["real", "punctual"]),
    default="real",
    show_default=True,
    help="Cron's runs late and dropped as they were in 2026, or all on time.",
)
@click.option(
    "--items",
    type=click.IntRange(0, 100),
    default=1,
    show_default=True,
    help="Reviews, comments and inline comments of every pull request.",
)
@click.option(
    "--minutes",
    type=click.FloatRange(0.1, 55),
    default=5.0,
    show_default=True,
    help="How long a run may take.",
)
@click.option("--chain/--no-chain", default=True, help="Whether runs start the next one.")
@click.option(
    "--until",
    type=click.Choice(["95", "complete"]),
    default="95",
    show_default=True,
    help="End when 95 % of all pull requests are stored, or all of them.",
)
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same figures.")
@click.option("--keep", is_flag=True, help="Keep the database, and say where it is.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def rehearse(
    *,
    repositories: int,
    largest: int,
    limit: int,
    schedule: str,
    items: int,
    minutes: float,
    chain: bool,
    until: str,
    seed: int,
    keep: bool,
    as_json: bool,
) -> None:
    """Capture a whole invented fleet, and say what it takes in days, points, minutes and dollars.

    Everything is real, the database too, but for GitHub, the time and its schedule. It needs no
    token and no network. The default fleet of 566,107 pull requests took 22 minutes on two cores,
    and 716 MB. Nothing is opened or changed on GitHub meanwhile, and only the workflow of the
    backfill runs: recovery's minutes come on top.
    """
    reserve = reserve_points(limit, None)
    if reserve >= limit:
        raise click.BadParameter(
            f"of {limit} points an hour {reserve} are always kept for others, so that no run would"
            f" ever begin a page. Give at least {reserve + 1}.",
            param_hint="--limit",
        )
    from contributor_backfill.sandbox.rehearsal.plan import Plan, Until
    from contributor_backfill.sandbox.rehearsal.schedule import SCHEDULES

    plan = Plan(
        repositories=repositories,
        largest=largest,
        limit=limit,
        schedule=SCHEDULES[schedule],
        items=items,
        minutes=minutes,
        chain=chain,
        until=Until(until),
        seed=seed,
    )
    hint("Making a database of its own for the rehearsal; it takes some seconds.")
    reached: list[Figures] = []
    try:
        configured = load()
        with (
            _scratch_database(configured, keep=keep) as conninfo,
            watching_rehearsal() as watch,
        ):
            rehearse_on(conninfo, plan, watch, reached.append, schema=configured.schema)
    except KeyboardInterrupt:
        echo("Interrupted: the figures are of what was reached by then.", err=True)
        sys.exit(INTERRUPTED)
    finally:
        for figures in reached:
            echo_figures(plan, figures, as_json=as_json)


@contextmanager
def _scratch_database(settings: Settings, *, keep: bool) -> Iterator[str]:
    """Give the address of a new database that is up to date, and remove it unless it is kept."""
    from contributor_backfill.db.embedded import embedded_postgres
    from contributor_backfill.db.migrate import apply

    home = Path(tempfile.mkdtemp(prefix="rehearsal-"))
    home.chmod(0o755)  # the server's account is another one where this is root's
    try:
        binaries = settings.postgres_binaries
        # It need not survive a power cut.
        with embedded_postgres(home, binaries=binaries, durable=False) as conninfo:
            apply(conninfo, settings.schema)
            yield conninfo
    finally:
        if keep:
            echo(
                f"The database is kept: CONTRIBUTOR_BACKFILL_HOME={shlex.quote(str(home))}"
                " contributor-backfill status --store embedded",
                err=True,
            )
        else:
            shutil.rmtree(home, ignore_errors=True)


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
        from contributor_backfill.operations.tracking import track_repository

        with (
            _invoked("track"),
            recorded(self._settings, None, repository=full_name, clock=self._clock) as recording,
        ):
            row, _ = look_up(recording.client(), full_name)
            track_repository(recording.gateway, row, None, backfill=True)

    def backfill(self) -> bool:
        """Run once and return whether work is left that could go on at once."""
        with _invoked("progressive-backfill"):
            reports = run(
                self._settings,
                Wanted(EVERYTHING),
                RunOptions(max_minutes=self._minutes),
                clock=self._clock,
                progress=self._journal,
            )
        end = end_of(reports)
        if end.exit_code:
            self._journal.job_failed(end.error)
        return end.more_work

    def start_successor(self, run_id: int) -> bool:
        """Start the next run after `run_id` and return whether it was."""
        from contributor_backfill.cli.commands.start_successor import FEWEST_MINUTES
        from contributor_backfill.operations.successor import Workflow, start
        from contributor_backfill.sandbox.rehearsal.plan import SITE, WORKFLOW

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
    # As a child it is as quiet as this command.
    parent = click.get_current_context(silent=True)
    with click.Context(click.Command(name), parent, info_name=name, obj=Session()):
        yield


def rehearse_on(
    conninfo: str,
    plan: "Plan",
    watch: "Callable[[Journal], None]",
    tell: "Callable[[Figures], None]",
    *,
    schema: str = PUBLIC,
) -> None:
    """Rehearse a plan in an empty database that is up to date, and tell the figures at the end.

    `watch` hears of every page. The figures are told even of a rehearsal that is interrupted or
    `Stuck`, which is raised afterwards.
    """
    from contributor_backfill.sandbox import Sandbox, SandboxClock
    from contributor_backfill.sandbox.rehearsal.drive import Drive
    from contributor_backfill.sandbox.rehearsal.journal import Journal, figures
    from contributor_backfill.sandbox.rehearsal.plan import WORK, fleet_world, limits, names

    clock = SandboxClock(BEGIN)
    world = fleet_world(plan)
    # The same clock for GitHub, the database and the tool: an hour of quota passes in a moment.
    with Sandbox(world, clock=clock, limits=limits(plan), work_model=WORK) as sandbox:
        settings = Settings(
            github_token=TOKEN,
            graphql_url=sandbox.graphql_url,
            api_url=sandbox.url,
            database_url=conninfo,
            schema=schema,
        )
        journal = Journal(clock, names(plan), watch)
        commands = RealCommands(settings, clock, journal, plan.minutes)
        try:
            Drive(plan, sandbox, commands, journal).run()
        finally:
            tell(figures(plan, sandbox, journal, DEFAULT_PRICES))


HOUR = timedelta(hours=1)


@contextmanager
def watching_rehearsal() -> "Iterator[Callable[[Journal], None]]":
    """Show on stderr how far a rehearsal is: a live line, or one for each simulated hour."""
    if not sys.stderr.isatty():
        yield HourlyLines()
        return
    from contributor_backfill.reports.terminal import cell, console

    with console(sys.stderr).status("The fleet is tracked.") as live:
        yield lambda journal: live.update(cell(_line(journal)))


class HourlyLines:
    """A line whenever another simulated hour is over."""

    def __init__(self) -> None:
        self._hours = 0

    def __call__(self, journal: "Journal") -> None:
        """Say how far it is, if it is time."""
        hours = journal.elapsed // HOUR
        if hours > self._hours:
            self._hours = hours
            hint(_line(journal))


def _line(journal: "Journal") -> str:
    return (
        f"hour {journal.elapsed // HOUR}: {journal.stored:,} of {journal.total:,} pull requests"
        f" ({journal.share:.1%}), {len(journal.completed_at)} of {len(journal.totals)}"
        " repositories complete"
    )


def echo_figures(plan: "Plan", figures: "Figures", *, as_json: bool) -> None:
    """Print what was reached, and to stderr what it took of this machine."""
    if as_json:
        described = asdict(plan) | {"schedule": plan.schedule.name}
        echo_json({"plan": described, "figures": asdict(figures)})
    else:
        for line in lines(plan, figures):
            echo(line)
    # The unit is kilobytes on Linux, bytes on macOS.
    unit = 1_000_000 if sys.platform == "darwin" else 1_000
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    hint(f"Peak memory of this process, the sandbox in it: {peak:,.0f} MB.")


def lines(plan: "Plan", it: "Figures") -> Iterator[str]:
    """Yield the figures as sentences."""
    yield (
        f"{plural(it.repositories, 'repository')} with"
        f" {plural(it.pull_requests, 'pull request')}, the largest {plan.largest:,};"
        f" {plan.limit:,} points an hour; schedule {plan.schedule.name}, seed {plan.seed}."
    )
    if it.days_to_95_percent is None:
        yield f"Not 95 % complete after {it.hours:,.1f} hours: {it.share:.1%} are stored."
    else:
        yield f"95 % complete after {it.days_to_95_percent:.2f} days."
    yield (
        f"At the end, after {it.hours:,.1f} hours: {it.stored:,} stored ({it.share:.1%}),"
        f" {it.complete_repositories:,} repositories complete"
        + (
            f", half of those by hour {it.median_hours_to_complete:,.1f} and the last by hour"
            f" {it.last_hours_to_complete:,.1f}."
            if it.complete_repositories
            else "."
        )
    )
    yield (
        f"Points: {it.points:,}, {it.points_per_hour:,.0f} an hour, in {it.graphql_requests:,}"
        f" queries, {it.timeouts:,} of them timed out; REST requests: {it.rest_requests:,}."
    )
    yield (
        f"Runs: {it.scheduled_runs:,} by cron, {_lateness(it)}, {it.dropped_runs:,} dropped;"
        f" {it.started_by_runs:,} started by the one before;"
        f" {plural(it.failed_jobs, 'job')} failed."
    )
    if it.last_error:
        yield f"The last failure: {it.last_error}"
    yield (
        f"Minutes: {it.billed_minutes:,} billed for {plural(it.jobs, 'job')}; in a private"
        f" repository ${it.dollars_without_plan:,.2f}, or ${it.dollars_beyond_plan:,.2f} with the"
        " minutes of the Free plan; nothing in a public one."
    )


def _lateness(it: "Figures") -> str:
    late = it.median_minutes_late
    return f"half of them {late:,.0f} minutes late or more" if late else "most of them on time"
