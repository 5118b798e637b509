"""One bounded run over feeds from the command line: composed, watched, reported."""

import sys
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from contributor_backfill.cli.app import Recording, open_gateway, recorded
from contributor_backfill.cli.feed_reporting import echo_due_feeds, echo_feed_report
from contributor_backfill.cli.holder import is_dead, this_process
from contributor_backfill.cli.output import echo
from contributor_backfill.cli.progress import watching
from contributor_backfill.cli.run_ends import end_of_feeds
from contributor_backfill.cli.session import command_name
from contributor_backfill.cli.settings import Settings, Store, load
from contributor_backfill.domain.budget import Bounds
from contributor_backfill.domain.clock import Clock, SystemClock
from contributor_backfill.domain.feeds import Feed, Wanted
from contributor_backfill.domain.storage import UNSAID, Wish

if TYPE_CHECKING:
    from collections.abc import Mapping

    from contributor_backfill.capture.engine import FeedReport, FeedRun
    from contributor_backfill.capture.freshness import FreshnessProbe
    from contributor_backfill.capture.progress import Progress
    from contributor_backfill.capture.source import Steps
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
    job_id: str | None = None


def run_feeds(wanted: Wanted, bounding: FeedBounding, store: Store | None) -> None:
    """Run, report to stdout, and exit 1 when something could not be captured."""
    settings = load()
    with recorded_feeds(settings, wanted, bounding, store) as recording:
        report = serve_feeds(recording, settings, wanted, bounding)
    echo_feed_report(report, SystemClock().now())
    if report.failed:
        sys.exit(1)


def recorded_feeds(
    settings: Settings, wanted: Wanted, bounding: FeedBounding, store: Store | None
) -> AbstractContextManager[Recording]:
    """Open the database for a run over feeds, on record."""
    return recorded(
        settings,
        store,
        repository=wanted.full_name or wanted.repository_id,
        storage=bounding.storage,
        capture_job_id=bounding.job_id,
        spends=True,
    )


def serve_feeds(
    recording: Recording, settings: Settings, wanted: Wanted, bounding: FeedBounding
) -> "FeedReport":
    """Run once within the bounds and return what was done."""
    from contributor_backfill.capture.engine import steps_of

    gateway, clock = recording.gateway, recording.clock
    with watching(sys.stderr) as progress:
        client = recording.client()
        client.tokens.reserve = bounding.reserve
        steps = steps_of(gateway, client, clock, progress)
        bounds = bounds_of(settings, bounding, clock)
        feeds = feed_run(gateway, client, clock, progress, steps)
        report = feeds.run_all(freshness_probe(recording, progress), wanted, bounds)
    recording.ends(end_of_feeds(report))
    return report


def bounds_of(settings: Settings, bounding: FeedBounding, clock: Clock) -> Bounds:
    """Return the bounds of a run that begins now. None outlives its token."""
    deadline = clock.now() + timedelta(minutes=settings.run_minutes(bounding.max_minutes))
    return Bounds(deadline, None, bounding.reserve, deadline, bounding.max_items)


def feed_run(
    gateway: "Gateway",
    client: "GitHubClient",
    clock: Clock,
    progress: "Progress",
    steps: "Mapping[Feed, Steps]",
) -> "FeedRun":
    """Return a run over feeds, composed."""
    from contributor_backfill.capture.engine import FeedRun
    from contributor_backfill.capture.feed_serving import FeedServing

    return FeedRun(
        gateway,
        FeedServing(gateway, clock, progress, steps, lease_seconds=LEASE_SECONDS),
        clock,
        holder=this_process(),
        lease_seconds=LEASE_SECONDS,
        is_dead=is_dead,
        has_one_token=not client.tokens.are_several,
    )


def freshness_probe(recording: Recording, progress: "Progress") -> "FreshnessProbe":
    """Return what asks for the newest change of all repositories at once."""
    from contributor_backfill.capture.freshness import FreshnessProbe

    gateway, client = recording.gateway, recording.client()
    return FreshnessProbe(gateway, client, recording.clock, progress, command_name())


def dry_run_feeds(wanted: Wanted, store: Store | None) -> None:
    """Say what a run would do, in transactions that cannot write. GitHub is not asked."""
    with open_gateway(load(), store, read_only=True, bring_up_to_date=False) as gateway:
        due, idle = gateway.peek_feeds(wanted)
    echo_due_feeds(due, idle, SystemClock().now())
    echo("Dry run: nothing was written, and GitHub was not asked.", err=True)


def capture_numbers(
    settings: Settings, wanted: Wanted, bounding: FeedBounding, store: Store | None
) -> None:
    """Capture the wanted lists of exactly these pull requests, and those first that are not stored.

    Exits 1 with the numbers that are no pull request, or could not be had.
    """
    from contributor_backfill.domain.errors import NotFound

    reason = "asked for by hand"
    with recorded_feeds(settings, wanted, bounding, store) as recording:
        gateway = recording.gateway
        repository_id, new = gateway.want_lists(
            wanted.numbers,
            wanted.connections,
            reason,
            repository_id=wanted.repository_id,
            full_name=wanted.full_name,
        )
        report = serve_feeds(recording, settings, wanted, bounding)
        missing = gateway.numbers_not_stored(repository_id, new) if new else ()
        echo_feed_report(report, recording.clock.now())
        if missing:
            raise NotFound(
                f"Not captured: {', '.join(map(str, missing))}.",
                advice="GitHub has no pull request of that number, or could not be asked in time;"
                " `status` shows what went wrong.",
            )
    if report.failed:
        sys.exit(1)
