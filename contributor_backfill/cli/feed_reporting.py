"""What a run over feeds did, what is left, and why it stopped: on stdout."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from contributor_backfill.cli.output import echo
from contributor_backfill.domain.budget import Stop
from contributor_backfill.domain.feeds import BlockedFeed, DueFeed, Feed, IdleFeeds
from contributor_backfill.reports.wording import STOPS, at, duration, plural

if TYPE_CHECKING:
    from contributor_backfill.capture.engine import FeedReport
    from contributor_backfill.capture.freshness import ProbeReport
    from contributor_backfill.capture.report import FeedTurn


def echo_feed_report(report: "FeedReport", now: datetime) -> None:
    """Print a run's report."""
    echo_probed(report.probed)
    for turn in report.turns:
        _echo_turn(turn)
    for full_name in report.begun:
        echo(f"{full_name}: a backfill begins, because less than 80 % is stored.")
    if report.idle is not None and not report.turns:
        _echo_idle(report.idle, now)
        return
    points = sum(turn.points for turn in report.turns)
    requests = sum(turn.requests for turn in report.turns)
    if report.probed:
        points, requests = points + report.probed.points, requests + report.probed.requests
    took = duration(timedelta(seconds=report.seconds))
    echo(f"{plural(points, 'point')}, {plural(requests, 'request')}, {took}.")
    echo(f"Stopped because {STOPS[report.stop]}.")


def echo_probed(probed: "ProbeReport | None") -> None:
    """Print what all repositories were asked for, before any was visited."""
    if probed is None or not (probed.asked or probed.reason):
        return
    parts = [f"{len(probed.moved):,} changed", f"{probed.current:,} unchanged"]
    if probed.refused:
        parts.append(f"{len(probed.refused):,} not shown by GitHub")
    if probed.unclear:
        parts.append(f"{probed.unclear:,} without an answer")
    cost = f"{plural(probed.points, 'point')}, {plural(probed.requests, 'request')}"
    asked = "repository" if probed.asked == 1 else "repositories"
    echo(f"Asked about {probed.asked:,} {asked} at once: {', '.join(parts)}. {cost}.")
    for full_name in probed.refused:
        echo(f"{full_name}: GitHub does not show it any more; `status` says why.")
    if probed.stop is not Stop.IDLE:
        echo(f"Asked about no more because {STOPS[probed.stop]}{_because(probed.reason)}.")


def _because(reason: str) -> str:
    return f": {reason.rstrip('.')}" if reason else ""


def _echo_turn(turn: "FeedTurn") -> None:
    echo(f"{turn.repository.full_name}: {_done(turn)}{_standing(turn)}.")
    if turn.rejected:
        rows = plural(turn.rejected, "row")
        echo(f"  {rows} could not be stored whole and are kept in backfill_rejects.")
    if turn.reason:
        echo(f"  {turn.reason}")
    if turn.next_attempt_at:
        echo(f"  It goes on at {at(turn.next_attempt_at)}.")


def _done(turn: "FeedTurn") -> str:
    match turn.feed:
        case Feed.PULL_REQUESTS:
            return (
                f"{plural(turn.items, 'changed pull request')} read, {turn.captured:,} of them new"
            )
        case Feed.REVIEW_COMMENTS:
            return f"{plural(turn.rows, 'changed review comment')} read"
        case Feed.LISTS:
            return f"{plural(turn.lists, 'list')} read to the end, {plural(turn.rows, 'row')}"
        case Feed.RECONCILIATION:
            return f"{plural(turn.items, 'pull request')} compared"
        case Feed.REFRESH:
            return f"{plural(turn.items, 'pull request')} read again"
        case Feed.REFRESH_COMMENTS:
            return f"{plural(turn.rows, 'review comment')} read again"


def _standing(turn: "FeedTurn") -> str:
    if turn.stop is Stop.COMPLETED:
        return ""
    return f"; not at the end yet: {STOPS[turn.stop]}" if turn.stop else ""


def _echo_idle(idle: IdleFeeds, now: datetime) -> None:
    if not idle.tracked:
        echo("No repository is tracked. Begin with: contributor-backfill track OWNER/NAME")
        return
    lines = {_cause(blocked, now): None for blocked in idle.blocked}
    echo("Nothing is due.")
    for line in lines:
        if line:
            echo(line)


def _cause(blocked: BlockedFeed, now: datetime) -> str:
    name = blocked.full_name
    until = f" until {at(blocked.until)}" if blocked.until else ""
    reason = f" ({blocked.reason})" if blocked.reason else ""
    match blocked.cause:
        case "synced" | "unchanged" if blocked.since and blocked.feed is Feed.PULL_REQUESTS:
            ago = duration(now - blocked.since)
            how = "was synced" if blocked.cause == "synced" else "had nothing new"
            return f"{name} {how} {ago} ago: skipped. --force syncs it all the same."
        case "leased":
            return f"{name}: being captured by {blocked.holder}{until}."
        case "deferred":
            return f"{name}: deferred{until}{reason}."
        case "paused":
            return f"{name}: paused{until or ' by hand'}."
        case "failed":
            return f"{name}: failed{reason}. Settle it, then track the repository again."
        case _:
            return ""


def echo_due_feeds(due: tuple[DueFeed, ...], idle: IdleFeeds, now: datetime) -> None:
    """Print what a run would do, in its order."""
    for each in due:
        echo(f"Would serve {each.full_name}: {_would(each)}.")
    if not due:
        _echo_idle(idle, now)


def _would(due: DueFeed) -> str:
    match due.feed:
        case Feed.LISTS:
            return (
                f"{plural(due.lists, 'queued list')}, {plural(due.unequal, 'unequal list')},"
                f" {plural(due.wanted, 'wanted pull request')}"
            )
        case Feed.PULL_REQUESTS:
            return f"pull requests changed since {at(due.watermark)}"
        case _:
            return f"review comments changed since {at(due.watermark)}"
