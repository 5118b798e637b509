"""One bounded run from the command line: composed, watched, reported."""

import sys
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from contributor_backfill.cli.app import open_gateway, recorded
from contributor_backfill.cli.feed_reporting import echo_feed_report, echo_probed
from contributor_backfill.cli.feeding import feed_run, freshness_probe
from contributor_backfill.cli.holder import is_dead, this_process
from contributor_backfill.cli.output import echo
from contributor_backfill.cli.progress import watching
from contributor_backfill.cli.reporting import echo_dry_run, echo_report
from contributor_backfill.cli.run_ends import end_of_current
from contributor_backfill.cli.settings import Settings, Store, load
from contributor_backfill.domain.budget import Bounds
from contributor_backfill.domain.clock import Clock, SystemClock
from contributor_backfill.domain.forecast import Forecast, forecast, last_of
from contributor_backfill.domain.storage import UNSAID, Wish
from contributor_backfill.domain.types import RepositoryId
from contributor_backfill.reports.standing import pace_of

if TYPE_CHECKING:
    from contributor_backfill.capture.current import CurrentReport
    from contributor_backfill.capture.progress import Progress
    from contributor_backfill.db.gateway import Gateway


@dataclass(frozen=True)
class Bounding:
    """The bounds as the command line gives them."""

    max_chunks: int | None = None
    max_minutes: float = 5
    reserve: int | None = None
    chunk_size: int | None = None
    only_chunks: bool = False
    max_points: int | None = None
    only: tuple[str, ...] = ()
    job_id: str | None = None
    refresh_days: int | None = None
    storage: Wish = UNSAID


def real_run(
    repository: str | None,
    repository_id: RepositoryId | None,
    bounding: Bounding,
    store: Store | None,
) -> None:
    """Run, report to stdout, and exit 1 when something could not be captured."""
    report = run(load(), repository, repository_id, bounding, store)
    echo_current(report, SystemClock().now())
    if report.failed:
        sys.exit(1)


def echo_current(report: "CurrentReport", now: datetime) -> None:
    """Print what was done; an idle half is mentioned only when both are."""
    echo_probed(report.probed)
    feeds = report.feeds
    did_feeds = feeds is not None and feeds.turns
    if report.walks.turns or not did_feeds:
        echo_report(report.walks, now, report.done)
    if feeds is not None and feeds.turns:
        echo_feed_report(feeds, now)


def run(
    settings: Settings,
    repository: str | None,
    repository_id: RepositoryId | None,
    bounding: Bounding,
    store: Store | None,
    *,
    clock: Clock | None = None,
    watcher: "Progress | None" = None,
) -> "CurrentReport":
    """Run once within the bounds and return what was done.

    A rehearsal has a clock of its own, and hears of progress itself.
    """
    from contributor_backfill.capture.current import CurrentReport, run_current
    from contributor_backfill.capture.engine import steps_of
    from contributor_backfill.capture.progressive import ProgressiveRun, Selection
    from contributor_backfill.capture.sources.backfill import ChunkCapture, Options

    options = Options(chunk_size=bounding.chunk_size)
    with (
        recorded(
            settings,
            store,
            repository=repository or repository_id or ",".join(bounding.only),
            storage=bounding.storage,
            capture_job_id=bounding.job_id,
            spends=True,
            clock=clock,
        ) as recording,
        watching(sys.stderr) if watcher is None else nullcontext(watcher) as progress,
    ):
        gateway, client, clock = recording.gateway, recording.client(), recording.clock
        deadline = clock.now() + timedelta(minutes=settings.run_minutes(bounding.max_minutes))
        bounds = Bounds(
            deadline,
            bounding.max_chunks,
            bounding.reserve,
            waits_until=deadline,
            points=bounding.max_points,
        )
        if bounding.refresh_days is not None:
            gateway.set_refresh(bounding.refresh_days, repository, repository_id)
        client.tokens.reserve = bounding.reserve
        capture = ChunkCapture(gateway, client, clock, progress, options)
        runner = ProgressiveRun(
            gateway,
            capture,
            clock,
            holder=this_process(),
            options=options,
            is_dead=is_dead,
        )
        selection = Selection(repository_id, repository, bounding.only)
        if bounding.only_chunks:
            report = CurrentReport(runner.run(selection, bounds), None)
        else:
            steps = steps_of(gateway, client, clock, progress)
            feeds = feed_run(gateway, client, clock, progress, steps)
            probe = freshness_probe(recording, progress)
            report = run_current(runner, feeds, selection, bounds, probe)
        recording.ends(end_of_current(report))
        return replace(report, done=_done(gateway, report, clock.now()))


def _done(gateway: "Gateway", report: "CurrentReport", now: datetime) -> Forecast | None:
    """Return when what is left of this run's backfills is done, as everybody else names it."""
    last = {turn.walk.full_name: turn for turn in report.walks.turns}
    left = {name: turn.left for name, turn in last.items() if turn.left > 0}
    paces = gateway.read_turns([*left]) if left else {}
    return last_of(
        forecast(many, pace_of(paces.get(name)), now, last[name].next_attempt_at)
        for name, many in left.items()
    )


def dry_run(
    repository: str | None,
    repository_id: RepositoryId | None,
    bounding: Bounding,
    store: Store | None,
) -> None:
    """Say what a run would do and spend, in transactions that cannot write. GitHub is not asked."""
    with open_gateway(load(), store, read_only=True, bring_up_to_date=False) as gateway:
        walks, idle = gateway.peek_walks(repository_id=repository_id, full_name=repository)
        paces = gateway.read_turns([walk.full_name for walk in walks]) if walks else {}
    now = SystemClock().now()
    forecasts = {
        walk.full_name: forecast(walk.total - walk.stored, pace_of(paces.get(walk.full_name)), now)
        for walk in walks
    }
    echo_dry_run(
        walks,
        idle,
        forecasts,
        now,
        fixed_size=bounding.chunk_size,
        max_chunks=bounding.max_chunks,
    )
    echo("Dry run: nothing was written, and GitHub was not asked.", err=True)
