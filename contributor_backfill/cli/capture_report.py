"""The report of a capture on stdout: what was done, what is left, and why it stopped."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from contributor_backfill.cli.output import echo
from contributor_backfill.domain.bounds import Stop
from contributor_backfill.domain.forecast import Forecast
from contributor_backfill.domain.page_planner import chunk_size, page_points
from contributor_backfill.domain.sources import Blocked, DueBackfill, DueSource, Idle, SourceName
from contributor_backfill.reports.repository_words import outlook, when_done
from contributor_backfill.reports.wording import STOPS, at, duration, plural

if TYPE_CHECKING:
    from contributor_backfill.capture.freshness import ProbeReport
    from contributor_backfill.capture.report import Report, Turn

NO_BACKFILL = "No backfill has begun. Begin one with"


def echo_reports(
    reports: "tuple[Report, ...]", now: datetime, done: Forecast | None = None
) -> None:
    """Print what was done; an idle part is mentioned only when nothing was.

    `done` is when what is left of the backfills will be; null while that is not known.
    """
    for report in reports:
        if report.probed:
            _echo_probed(report.probed)
    for report in [report for report in reports if report.turns] or reports[:1]:
        if SourceName.BACKFILL in report.wanted.sources:
            _echo_backfills(report, now, done)
        else:
            _echo_sources(report, now)


def _echo_probed(probed: "ProbeReport") -> None:
    """Print what all repositories were asked for, before any was captured."""
    if not (probed.asked or probed.reason):
        return
    parts = [f"{len(probed.moved):,} changed", f"{probed.current:,} unchanged"]
    if probed.refused:
        parts.append(f"{len(probed.refused):,} not shown by GitHub")
    if probed.unclear:
        parts.append(f"{probed.unclear:,} without a response")
    cost = _cost(probed.points, probed.requests)
    asked = "repository" if probed.asked == 1 else "repositories"
    echo(f"Asked about {probed.asked:,} {asked} at once: {', '.join(parts)}. It took {cost}.")
    for full_name in probed.refused:
        echo(f"{full_name}: GitHub does not show it any more; `status` says why.")
    if probed.stop is not Stop.IDLE:
        because = f": {probed.reason.rstrip('.')}" if probed.reason else ""
        echo(f"Asked about no more because {STOPS[probed.stop]}{because}.")


def _cost(points: int, requests: int) -> str:
    return f"{plural(points, 'point')} of GitHub's hourly quota and {plural(requests, 'request')}"


def _echo_backfills(report: "Report", now: datetime, done: Forecast | None) -> None:
    for turn in _last_turns(report):
        _echo_backfill(turn)
    if report.idle and not report.turns:
        _echo_idle(report.idle, now, NO_BACKFILL)
        return
    pages = sum(turn.commits for turn in report.turns)
    captured = sum(turn.captured for turn in report.turns)
    points = sum(turn.points for turn in report.turns)
    took = duration(timedelta(seconds=report.seconds))
    echo(
        f"Captured {plural(captured, 'new pull request')} in {plural(pages, 'page')} and {took},"
        f" for {plural(points, 'point')} of GitHub's hourly quota."
    )
    # Of a repository with several turns only the last one knows what is left.
    left = sum(turn.left for turn in _last_turns(report))
    echo(outlook(left, captured, done, now))
    echo(f"Stopped because {STOPS[report.stop]}.")


def _last_turns(report: "Report") -> list["Turn"]:
    """Return each repository's last turn, with the counts of all its turns in `captured`."""
    return list({turn.repository.full_name: turn for turn in report.turns}.values())


def _echo_backfill(turn: "Turn") -> None:
    state = "complete" if turn.stop is Stop.COMPLETED else f"{turn.left:,} left"
    echo(f"{turn.repository.full_name}: {turn.stored:,} of {turn.total:,} stored, {state}.")
    _echo_problems(turn)


def echo_due_backfills(
    backfills: tuple[DueBackfill, ...],
    idle: Idle,
    forecasts: Mapping[str, Forecast | None],
    now: datetime,
    *,
    fixed_size: int | None,
    max_chunks: int | None,
) -> None:
    """Print what a run would do: the repositories in order, their pages, cost and end."""
    from contributor_backfill.github.pull_requests import connections

    for due in backfills:
        repository = due.repository
        to_go = _to_go(due, connections(repository.with_labels), fixed_size, max_chunks)
        done = when_done(forecasts.get(repository.full_name), now)
        echo(
            f"Would capture {repository.full_name} {_from(due)}:"
            f" {repository.stored:,} of {repository.total:,}"
            f" stored, {to_go}; done {done}."
        )
    if not backfills:
        _echo_idle(idle, now, NO_BACKFILL)


def _to_go(due: DueBackfill, lists: int, fixed_size: int | None, max_chunks: int | None) -> str:
    """Say how many pages are left, and their points: by the planner's sizes, as in `estimate`."""
    total = due.repository.total
    left = max(0, total - due.repository.stored)
    size = fixed_size or (due.page_size.size if due.page_size else chunk_size(total))
    # A fixed size is kept to the end; any other one grows and shrinks, as `estimate` reckons.
    if fixed_size:
        pages = min(-(-left // size), max_chunks or left)
        points = page_points(size, lists)
        return f"{plural(pages, 'page')} of {size} to go, {plural(points, 'point')} of quota each"
    from contributor_backfill.domain.estimate import backfill_requests  # a dry run's alone

    pages, points = backfill_requests(left, size, lists)
    first = f"the first of {size}"
    if max_chunks is not None and max_chunks < pages:
        return f"{plural(max_chunks, 'page')} of about {pages:,} to go, {first}"
    return f"about {plural(pages, 'page')} to go, {first}, {plural(points, 'point')} of quota"


def _from(due: DueBackfill) -> str:
    cursor = due.position.cursor if due.position else None
    return f"after cursor {cursor}" if cursor else "from the newest pull request"


def _echo_sources(report: "Report", now: datetime) -> None:
    for turn in report.turns:
        _echo_turn(turn)
    for full_name in report.begun:
        echo(f"{full_name}: a backfill begins, because less than 80 % is stored.")
    if report.idle and not report.turns:
        _echo_idle(report.idle, now)
        return
    points = sum(turn.points for turn in report.turns)
    requests = sum(turn.requests for turn in report.turns)
    if report.probed:
        points, requests = points + report.probed.points, requests + report.probed.requests
    took = duration(timedelta(seconds=report.seconds))
    echo(f"It took {took}, {_cost(points, requests)}.")
    echo(f"Stopped because {STOPS[report.stop]}.")


def _echo_turn(turn: "Turn") -> None:
    echo(f"{turn.repository.full_name}: {_done(turn)}{_standing(turn)}.")
    _echo_problems(turn)


def _echo_problems(turn: "Turn") -> None:
    if turn.rejected:
        rows = plural(turn.rejected, "row")
        echo(f"  {rows} could not be stored whole and are kept in backfill_rejects.")
    if turn.reason:
        echo(f"  {turn.reason}")
    if turn.next_attempt_at:
        echo(f"  It goes on at {at(turn.next_attempt_at)}.")


def _done(turn: "Turn") -> str:
    match turn.source:
        case SourceName.SYNC:
            return (
                f"{plural(turn.items, 'changed pull request')} read, {turn.captured:,} of them new"
            )
        case SourceName.REVIEW_COMMENTS:
            return f"{plural(turn.rows, 'changed review comment')} read"
        case SourceName.CONNECTIONS:
            return f"{plural(turn.lists, 'list')} read to the end, {plural(turn.rows, 'row')}"
        case SourceName.RECONCILIATION:
            return f"{plural(turn.items, 'pull request')} compared"
        case SourceName.REFRESH:
            return f"{plural(turn.items, 'pull request')} read again"
        case SourceName.REVIEW_COMMENT_REFRESH:
            return f"{plural(turn.rows, 'review comment')} read again"
        case SourceName.BACKFILL:
            raise ValueError("Backfills have a report of their own.")


def _standing(turn: "Turn") -> str:
    if turn.stop is Stop.COMPLETED:
        return ""
    return f"; not at the end yet: {STOPS[turn.stop]}" if turn.stop else ""


def _echo_idle(
    idle: Idle, now: datetime, nothing: str = "No repository is tracked. Begin with"
) -> None:
    """Print why nothing was captured; `nothing` is said where nothing could be."""
    if not idle.tracked:
        echo(f"{nothing}: contributor-backfill track OWNER/NAME")
        return
    echo("Nothing is due.")
    # Two sources of one repository often wait for the same.
    for line in dict.fromkeys(_cause(blocked, now) for blocked in idle.blocked):
        if line:
            echo(line)


def _cause(blocked: Blocked, now: datetime) -> str:
    """Say why a source is not captured now; empty where its own pace is all there is to say."""
    name = blocked.full_name
    until = f" until {at(blocked.until)}" if blocked.until else ""
    reason = f" ({blocked.reason})" if blocked.reason else ""
    match blocked.cause:
        case "synced" | "unchanged" if blocked.since and blocked.source is SourceName.SYNC:
            ago = duration(now - blocked.since)
            how = "was synced" if blocked.cause == "synced" else "had nothing new"
            return f"{name} {how} {ago} ago: skipped. --force syncs it all the same."
        case "leased":
            return f"{name}: being captured by {blocked.holder}{until}."
        case "deferred":
            return f"{name}: put off{until}{reason}."
        case "paused":
            return f"{name}: paused{until or ' by hand'}{reason}."
        case "failed":
            return f"{name}: failed{reason}. Mend the cause, then track the repository again."
        case _:
            return f"{name}: complete." if blocked.source is SourceName.BACKFILL else ""


def echo_due(due: tuple[DueSource, ...], idle: Idle, now: datetime) -> None:
    """Print what a run would do, in its order."""
    for source in due:
        echo(f"Would capture {source.full_name}: {_would(source)}.")
    if not due:
        _echo_idle(idle, now)


def _would(due: DueSource) -> str:
    match due.source:
        case SourceName.CONNECTIONS:
            return (
                f"{plural(due.lists, 'list')} to read to the end,"
                f" {plural(due.unequal, 'list')} that GitHub counts differently,"
                f" {plural(due.wanted, 'pull request')} asked for"
            )
        case SourceName.SYNC:
            return f"pull requests changed since {at(due.watermark)}"
        case _:
            return f"review comments changed since {at(due.watermark)}"
