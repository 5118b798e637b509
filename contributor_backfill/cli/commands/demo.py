"""`demo`: a whole backfill without token, network or database."""

import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from contributor_backfill.cli.app import demo_mark, open_client, open_gateway
from contributor_backfill.cli.capture import RunOptions, run
from contributor_backfill.cli.capture_report import echo_reports
from contributor_backfill.cli.output import echo_lines, hint
from contributor_backfill.cli.settings import Settings, Store, load
from contributor_backfill.domain.clock import SystemClock
from contributor_backfill.domain.errors import NotConfigured
from contributor_backfill.domain.sources import EVERYTHING, Wanted
from contributor_backfill.domain.types import Priority

if TYPE_CHECKING:
    from contributor_backfill.sandbox import Sandbox

REPOSITORY = "octo-sandbox/demo"
PULL_REQUESTS = 1_250
TOKEN = "sandbox"  # noqa: S105  # the sandbox takes any
EXAMPLE = (
    "select username, count(*) as reviews from reviews"
    " join contributors on contributors.id = reviewer_id"
    " group by username order by reviews desc limit 5"
)


@click.command()
@click.option(
    "--pull-requests",
    type=click.IntRange(1, 100_000),
    default=PULL_REQUESTS,
    show_default=True,
    help="How large the sample repository is.",
)
def demo(*, pull_requests: int) -> None:
    """Backfill a sample repository from start to end, on this machine alone.

    It starts the embedded Postgres and the sandbox GitHub, captures until nothing is left, and ends
    with a page that shows how it stands.
    """
    # A new Postgres takes seconds before it can say anything.
    hint("Starting a Postgres and a sandbox GitHub for the demo, on this machine alone.")
    configured = load()
    with (
        _own_home(configured) as home,
        _sample_sandbox(pull_requests) as sandbox,
    ):
        settings = Settings(
            github_token=TOKEN,
            graphql_url=sandbox.graphql_url,
            api_url=sandbox.url,
            home=home,
            postgres_binaries=configured.postgres_binaries,
            schema=configured.schema,
        )
        _track(settings)
        wanted = Wanted(EVERYTHING, full_name=REPOSITORY)
        reports = run(settings, wanted, RunOptions(max_minutes=30, reserve=0))
        echo_reports(reports, SystemClock().now())
        _show(settings)
        page = _write_page(settings)
    # For one command each: what is exported stays, and the next capture would go there as well.
    prefix = f"CONTRIBUTOR_BACKFILL_HOME={shlex.quote(str(home))} contributor-backfill"
    echo_lines(
        (
            "",
            f"How it stands, to open in a browser: {page}",
            f"The data is in {home}, until the next demo. Look at it with:",
            f"  {prefix} status --store embedded",
            f'  {prefix} psql --store embedded -c "{EXAMPLE}"',
            "(before that: source .venv/bin/activate, if it was ./scripts/demo)",
        )
    )
    if any(report.failed for report in reports):
        sys.exit(1)


@contextmanager
def _own_home(settings: Settings) -> Iterator[Path]:
    """Give the demo's own directory, its database begun anew.

    Raises `NotConfigured` when anything but a demo is in it: then nothing is changed.
    """
    from contributor_backfill.db.embedded import default_home, embedded_postgres
    from contributor_backfill.db.holdings import begin_anew, beside

    # Below the home of real data, but never in it: each demo empties its own.
    home = Path(os.path.realpath(settings.home or default_home())) / "demo"
    with embedded_postgres(home, binaries=settings.postgres_binaries) as conninfo:
        if others := beside(conninfo, REPOSITORY):
            raise NotConfigured(
                f"{home} holds more than the demo, which would remove it: {', '.join(others[:5])}."
                " Nothing was changed.",
                advice="Set CONTRIBUTOR_BACKFILL_HOME to another directory for the demo.",
            )
        begin_anew(conninfo)
        # The mark keeps other commands out, and would keep out the demo's own.
        demo_mark(home).unlink(missing_ok=True)
        yield home
        demo_mark(home).write_text("The next demo empties this database.\n", encoding="utf-8")


@contextmanager
def _sample_sandbox(pull_requests: int) -> Iterator["Sandbox"]:
    """Serve one invented repository, with more quota than it takes."""
    from contributor_backfill.sandbox import Limits, RepositoryOptions, Sandbox, World

    options = RepositoryOptions(name_with_owner=REPOSITORY, pull_requests=pull_requests)
    world = World.of([options])
    with Sandbox(world, limits=Limits(hourly_points=100_000, hourly_requests=100_000)) as sandbox:
        yield sandbox


def _track(settings: Settings) -> None:
    from contributor_backfill.github.repositories import look_up
    from contributor_backfill.operations.tracking import track_repository

    row, _ = look_up(open_client(settings), REPOSITORY)
    with open_gateway(settings, Store.EMBEDDED) as gateway:
        track_repository(gateway, row, Priority.MEDIUM, backfill=True)


def _show(settings: Settings) -> None:
    from contributor_backfill.reports.standing import standing
    from contributor_backfill.reports.terminal import console
    from contributor_backfill.reports.terminal.status import print_standings

    with open_gateway(settings, Store.EMBEDDED, read_only=True) as gateway:
        lines = gateway.read_status()
    now = SystemClock().now()
    standings = [standing(line, now) for line in lines]
    print_standings(console(sys.stdout), standings, now, in_full=True)


def _write_page(settings: Settings) -> Path:
    from contributor_backfill.cli.commands.monitor import reader, write_page

    assert settings.home is not None
    with open_gateway(settings, Store.EMBEDDED, read_only=True) as gateway:
        return write_page(reader(gateway, settings)(), settings.home / "page")
