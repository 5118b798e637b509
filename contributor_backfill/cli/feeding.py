"""One bounded run over feeds from the command line: composed, watched, reported."""

import sys
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from contributor_backfill.cli.feed_reporting import echo_due_feeds, echo_feed_report
from contributor_backfill.cli.github import open_client
from contributor_backfill.cli.holder import is_dead, this_process
from contributor_backfill.cli.settings import Settings, Store, load
from contributor_backfill.cli.stores import open_gateway
from contributor_backfill.cli.watching import watching
from contributor_backfill.domain.budget import Bounds
from contributor_backfill.domain.clock import SystemClock
from contributor_backfill.domain.feeds import Feed, Wanted
from contributor_backfill.domain.storage import UNSAID, Wish

if TYPE_CHECKING:
    from collections.abc import Mapping

    from contributor_backfill.capture.feed_run import FeedReport, FeedRun
    from contributor_backfill.capture.progress import Progress
    from contributor_backfill.capture.steps import Steps
    from contributor_backfill.db.gateway import Gateway
    from contributor_backfill.github.client import GitHubClient

LEASE_SECONDS = 60
"""How long a run that was killed keeps others out."""


@dataclass(frozen=True)
class FeedBounding:
    """The bounds of a run over feeds as the command line gives them."""

    max_minutes: float = 5
    reserve: int | None = None
    max_items: int | None = None
    storage: Wish = UNSAID


def run_feeds(wanted: Wanted, bounding: FeedBounding, store: Store | None) -> None:
    """Run, report to stdout, and exit 1 when something could not be captured."""
    settings = load()
    client = open_client(settings)
    with (
        open_gateway(settings, store, storage=bounding.storage) as gateway,
        watching(sys.stderr) as progress,
    ):
        report = serve_feeds(gateway, client, progress, wanted, bounding)
    finish(report)


def finish(report: "FeedReport") -> None:
    """Report to stdout, and exit 1 when something could not be captured."""
    echo_feed_report(report, SystemClock().now())
    if report.failed:
        sys.exit(1)


def serve_feeds(
    gateway: "Gateway",
    client: "GitHubClient",
    progress: "Progress",
    wanted: Wanted,
    bounding: FeedBounding,
) -> "FeedReport":
    """Run once within the bounds and return what was done."""
    from contributor_backfill.capture.feed_run import steps_of

    steps = steps_of(gateway, client, SystemClock(), progress)
    return feed_run(gateway, progress, steps).run(wanted, bounds_of(bounding))


def bounds_of(bounding: FeedBounding) -> Bounds:
    """Return the bounds of a run that begins now."""
    deadline = SystemClock().now() + timedelta(minutes=bounding.max_minutes)
    return Bounds(deadline, None, bounding.reserve, deadline, bounding.max_items)


def feed_run(gateway: "Gateway", progress: "Progress", steps: "Mapping[Feed, Steps]") -> "FeedRun":
    """Return a run over feeds, composed."""
    from contributor_backfill.capture.feed_run import FeedRun
    from contributor_backfill.capture.feed_serving import FeedServing

    clock = SystemClock()
    return FeedRun(
        gateway,
        FeedServing(gateway, clock, progress, steps, lease_seconds=LEASE_SECONDS),
        clock,
        holder=this_process(),
        lease_seconds=LEASE_SECONDS,
        is_dead=is_dead,
    )


def dry_run_feeds(wanted: Wanted, store: Store | None) -> None:
    """Say what a run would do, in transactions that cannot write. GitHub is not asked."""
    with open_gateway(load(), store, read_only=True, bring_up_to_date=False) as gateway:
        due, idle = gateway.peek_feeds(wanted)
    echo_due_feeds(due, idle, SystemClock().now())
    click.echo("Dry run: nothing was written, and GitHub was not asked.", err=True)


def capture_numbers(
    settings: Settings, wanted: Wanted, bounding: FeedBounding, store: Store | None
) -> None:
    """Capture the wanted lists of exactly these pull requests, and those first that are not stored.

    Exits 1 with the numbers that are no pull request, or could not be had.
    """
    from contributor_backfill.domain.errors import NotFound

    reason = "asked for by hand"
    client = open_client(settings)
    with (
        open_gateway(settings, store, storage=bounding.storage) as gateway,
        watching(sys.stderr) as progress,
    ):
        repository_id, new = gateway.want_lists(
            wanted.numbers,
            wanted.connections,
            reason,
            repository_id=wanted.repository_id,
            full_name=wanted.full_name,
        )
        report = serve_feeds(gateway, client, progress, wanted, bounding)
        missing = gateway.numbers_not_stored(repository_id, new) if new else ()
    finish(report)
    if missing:
        listed = ", ".join(map(str, missing))
        raise NotFound(
            f"Not captured: {listed}.",
            advice="GitHub has no pull request of that number, or could not be asked in time;"
            " `status` shows what went wrong.",
        )
