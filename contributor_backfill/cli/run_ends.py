"""How a bounded run ended, for its record: from what it reports."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from contributor_backfill.domain.budget import Stop
from contributor_backfill.domain.runs import WAITS, RunEnd, run_end
from contributor_backfill.reports.wording import STOPS, plural

if TYPE_CHECKING:
    from contributor_backfill.capture.current import CurrentReport
    from contributor_backfill.capture.engine import FeedReport
    from contributor_backfill.capture.freshness import ProbeReport
    from contributor_backfill.capture.progressive import Report
    from contributor_backfill.capture.report import FeedTurn
    from contributor_backfill.capture.turn import Turn


def end_of_current(report: "CurrentReport") -> RunEnd:
    """Return the end of a run over backfills and feeds."""
    feeds = report.feeds
    probed = report.probed
    stops = [*_stops(report.walks, probed), *(_stops(feeds) if feeds else [])]
    failures = [
        *_probe_failures(probed),
        *_walk_failures(report.walks.turns),
        *(_feed_failures(feeds) if feeds else []),
    ]
    return run_end(stops, failures)


def end_of_feeds(report: "FeedReport") -> RunEnd:
    """Return the end of a run over feeds."""
    failures = [*_probe_failures(report.probed), *_feed_failures(report)]
    return run_end(_stops(report, report.probed), failures)


def _stops(report: "Report | FeedReport", probed: "ProbeReport | None" = None) -> Iterator[Stop]:
    """Yield why turns wait, which a run that went on to others does not say, and why it ended."""
    if probed and probed.stop in WAITS:
        yield probed.stop
    yield from (turn.stop for turn in report.turns if turn.stop in WAITS)
    yield report.stop


def _probe_failures(probed: "ProbeReport | None") -> Iterator[str]:
    if probed and probed.failed:
        yield f"All repositories: {probed.reason}"


def _walk_failures(turns: "tuple[Turn, ...]") -> Iterator[str]:
    for turn in turns:
        if turn.failed:
            yield _failure(turn.walk.full_name, turn.stop, turn.reason, turn.rejected)


def _feed_failures(report: "FeedReport") -> Iterator[str]:
    turns: tuple[FeedTurn, ...] = report.turns
    for turn in turns:
        if turn.failed:
            yield _failure(turn.repository.full_name, turn.stop, turn.reason, turn.rejected)


def _failure(full_name: str, stop: Stop | None, reason: str, rejected: int) -> str:
    if stop is Stop.ERROR:
        return f"{full_name}: {reason or STOPS[stop]}"
    return (
        f"{full_name}: {plural(rejected, 'row')} could not be stored whole; see backfill_rejects."
    )
