"""`demo`: a whole backfill without token, network or database."""

import sys
from pathlib import Path

import click

from contributor_backfill.cli.github import open_client
from contributor_backfill.cli.output import echo_lines
from contributor_backfill.cli.running import Bounding, echo_current, run
from contributor_backfill.cli.settings import Settings, Store, load
from contributor_backfill.cli.stores import need_local_extra, open_gateway
from contributor_backfill.domain.clock import SystemClock
from contributor_backfill.domain.types import Priority

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
    from contributor_backfill.cli.pages import need_html_extra
    from contributor_backfill.cli.sandboxes import sample_sandbox

    need_html_extra()
    home = _fresh_home(load())
    with sample_sandbox(REPOSITORY, pull_requests) as sandbox:
        settings = Settings(
            github_token=TOKEN, graphql_url=sandbox.graphql_url, api_url=sandbox.url, home=home
        )
        _track(settings)
        report = run(settings, REPOSITORY, None, Bounding(max_minutes=30, reserve=0), None)
        echo_current(report, SystemClock().now())
        _show(settings)
        page = _write_page(settings)
    echo_lines(
        (
            "",
            f"How it stands, to open in a browser: {page}",
            f"The data is in {home}. Look at it with:",
            f"  export CONTRIBUTOR_BACKFILL_HOME={str(home)!r}",
            "  contributor-backfill status --store embedded",
            f'  contributor-backfill psql -c "{EXAMPLE}"',
            "(before that: source .venv/bin/activate, if it was ./scripts/demo)",
        )
    )
    if report.failed:
        sys.exit(1)


def _fresh_home(settings: Settings) -> Path:
    """Return the demo's own directory, emptied of the last demo."""
    need_local_extra()
    from contributor_backfill.db.embedded import default_home, wipe

    home = (settings.home or default_home()) / "demo"
    wipe(home)
    return home


def _track(settings: Settings) -> None:
    from contributor_backfill.github.repositories import look_up
    from contributor_backfill.operations.intake import take_in

    row, _ = look_up(open_client(settings), REPOSITORY)
    with open_gateway(settings, Store.EMBEDDED) as gateway:
        take_in(gateway, row, Priority.MEDIUM, backfill=True)


def _show(settings: Settings) -> None:
    from contributor_backfill.monitor.standing import standing
    from contributor_backfill.monitor.terminal import console, print_standings

    with open_gateway(settings, Store.EMBEDDED, read_only=True) as gateway:
        lines = gateway.read_status()
    print_standings(console(sys.stdout), [standing(line, SystemClock().now()) for line in lines])


def _write_page(settings: Settings) -> Path:
    from contributor_backfill.cli.monitor import reader
    from contributor_backfill.cli.pages import write_page

    assert settings.home is not None
    with open_gateway(settings, Store.EMBEDDED, read_only=True) as gateway:
        return write_page(reader(gateway, settings)(), settings.home / "page")
