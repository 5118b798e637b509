"""`monitor`: everything at one glance, on a terminal, as a page, as Markdown or as JSON."""

import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from contributor_backfill.cli.app import open_gateway
from contributor_backfill.cli.options import (
    json_option,
    need_terminal,
    store_option,
    watch_options,
)
from contributor_backfill.cli.output import echo, echo_json, echo_own
from contributor_backfill.cli.settings import Settings, Store, load
from contributor_backfill.domain.addresses import web_url
from contributor_backfill.domain.clock import SystemClock
from contributor_backfill.domain.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable

    from contributor_backfill.db.gateway import Gateway
    from contributor_backfill.reports.snapshot import Snapshot


@click.command()
@watch_options
@click.option(
    "--summary", "as_summary", is_flag=True, help="Write Markdown; in Actions, the job's summary."
)
@json_option
@click.option(
    "--html",
    "directory",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write a page into this directory that needs no server, and say where it is.",
)
@store_option
def monitor(
    *,
    watches: bool,
    interval: float,
    as_summary: bool,
    as_json: bool,
    directory: Path | None,
    store: Store | None,
) -> None:
    """Show backfills, captures, quota, runs, failures, routing, cost and the database at a glance.

    It reads the database once and changes nothing.
    """
    if sum((watches, as_summary, as_json, directory is not None)) > 1:
        raise click.UsageError("Give one of --watch, --summary, --json and --html.")
    if watches:
        need_terminal()
    settings = load()
    with open_gateway(settings, store, read_only=True) as gateway:
        read = reader(gateway, settings)
        if watches:
            _watch(read, interval)
        elif as_json:
            echo_json(read())
        elif as_summary:
            _write_summary(read())
        elif directory is not None:
            echo(write_page(read(), directory))
        else:
            from contributor_backfill.reports.terminal import console
            from contributor_backfill.reports.terminal.panels import print_snapshot

            print_snapshot(console(sys.stdout), read())


def reader(gateway: "Gateway", settings: Settings) -> "Callable[[], Snapshot]":
    """Return a function that reads once. Raises `NotConfigured` for an unusable price file."""
    from contributor_backfill.reports.snapshot import snapshot

    prices = settings.prices()
    limit, host = settings.database_limit_mb, web_url(settings.graphql_url)

    def read() -> "Snapshot":
        document = gateway.read_snapshot()
        return snapshot(document, prices, SystemClock().now(), limit_megabytes=limit, host=host)

    return read


def _watch(read: "Callable[[], Snapshot]", interval: float) -> None:
    from contributor_backfill.reports.terminal import console
    from contributor_backfill.reports.terminal.panels import watch_snapshot

    # Ctrl-C is how it is meant to end.
    with suppress(KeyboardInterrupt):
        watch_snapshot(console(sys.stdout), read, lambda: SystemClock().sleep(interval))


def _write_summary(shown: "Snapshot") -> None:
    from contributor_backfill.actions.runner import add_to_summary
    from contributor_backfill.reports.markdown import snapshot_summary

    text = snapshot_summary(shown)
    # Outside of Actions there is no summary to add to.
    if not add_to_summary(text):
        echo_own(text)


def write_page(snapshot: "Snapshot", directory: Path) -> Path:
    """Write the page into a directory, which is made when it is missing, and return its file.

    Raises `InvalidInput` where it cannot be written.
    """
    from contributor_backfill.reports import html

    try:
        return html.write_page(snapshot, directory)
    except OSError as error:
        raise InvalidInput(
            f"The page cannot be written into {directory}: {error.strerror}.",
            advice="Name a directory that this account may write.",
        ) from error
