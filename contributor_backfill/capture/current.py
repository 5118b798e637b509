"""One bounded run that keeps everything current: backfills first, then what hangs on them."""

from dataclasses import dataclass, replace

from contributor_backfill.capture.engine import FeedReport, FeedRun
from contributor_backfill.capture.freshness import FreshnessProbe, ProbeReport
from contributor_backfill.capture.progressive import ProgressiveRun, Report, Selection
from contributor_backfill.capture.source import Resource
from contributor_backfill.domain.budget import Bounds, Stop, without_points
from contributor_backfill.domain.feeds import REFRESH, Feed, Wanted
from contributor_backfill.domain.forecast import Forecast

NO_ROOM = frozenset({Stop.TIME, Stop.CHUNKS, Stop.REFUSED})
POINTS_SPENT = frozenset({Stop.QUOTA, Stop.RATE_LIMITED, Stop.POINTS})
FEEDS = (Feed.LISTS, Feed.PULL_REQUESTS, Feed.REVIEW_COMMENTS)
"""What a run owes every repository."""


@dataclass(frozen=True)
class CurrentReport:
    """What the backfills did, and what the feeds did with the rest; null when nothing was left.

    `probed` is what all repositories were asked for at once, before any was visited.
    """

    walks: Report
    feeds: FeedReport | None
    probed: ProbeReport | None = None
    done: Forecast | None = None
    """When what is left of the backfills is done; null while that is not known."""

    @property
    def failed(self) -> bool:
        """Whether something was not captured that should have been."""
        if self.probed is not None and self.probed.failed:
            return True
        return self.walks.failed or (self.feeds is not None and self.feeds.failed)


def run_current(
    walks: ProgressiveRun,
    feeds: FeedRun,
    selection: Selection,
    bounds: Bounds,
    probe: FreshnessProbe | None = None,
) -> CurrentReport:
    """Serve the backfills that are due; when none is, drain lists and sync with what is left.

    Before that all repositories are asked whether they moved.
    """
    probed = probe.run(bounds) if probe and selection.is_all else None
    bounds = without_points(bounds, probed.points if probed else 0)
    report = walks.run(selection, bounds)
    if report.stop in NO_ROOM:
        return CurrentReport(report, None, probed)
    if report.rate_limit:
        feeds.know(Resource.GRAPHQL, report.rate_limit)
    wanted = Wanted(
        # Review comments have a quota of their own.
        feeds=(Feed.REVIEW_COMMENTS, Feed.REFRESH_COMMENTS)
        if report.stop in POINTS_SPENT
        else (*FEEDS, *REFRESH),
        repository_id=selection.repository_id,
        full_name=selection.full_name,
        only=selection.only,
    )
    if bounds.chunks is not None:
        bounds = replace(bounds, chunks=bounds.chunks - sum(turn.chunks for turn in report.turns))
    bounds = without_points(bounds, sum(turn.points for turn in report.turns))
    return CurrentReport(report, feeds.run(wanted, bounds), probed)
