"""What a run did, what is left, when it will be done, and why it stopped: on stdout."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from contributor_backfill.cli.output import echo
from contributor_backfill.domain.budget import Stop
from contributor_backfill.domain.chunking import chunk_size, interval_minutes
from contributor_backfill.domain.page_planner import page_points
from contributor_backfill.domain.types import Blocked, Idle, Walk
from contributor_backfill.reports.wording import STOPS, at, duration, outlook, plural

if TYPE_CHECKING:
    from contributor_backfill.capture.progressive import Report
    from contributor_backfill.capture.turn import Turn


def echo_report(report: "Report", now: datetime) -> None:
    """Print a run's report."""
    for turn in _last_turns(report):
        _echo_turn(turn)
    if report.idle is not None and not report.turns:
        _echo_idle(report.idle)
        return
    chunks = sum(turn.chunks for turn in report.turns)
    captured = sum(turn.captured for turn in report.turns)
    points = sum(turn.points for turn in report.turns)
    took = duration(timedelta(seconds=report.seconds))
    echo(
        f"Captured {plural(captured, 'new pull request')} in {plural(chunks, 'chunk')},"
        f" {plural(points, 'point')} and {took}."
    )
    left = sum(turn.left for turn in _last_turns(report))
    echo(outlook(left, captured, _interval(report), now))
    echo(f"Stopped because {STOPS[report.stop]}.")


def _last_turns(report: "Report") -> list["Turn"]:
    """Return each repository's last turn, with the counts of all its turns in `captured`."""
    return list({turn.walk.full_name: turn for turn in report.turns}.values())


def _echo_turn(turn: "Turn") -> None:
    state = "complete" if turn.stop is Stop.COMPLETED else f"{turn.left:,} left"
    echo(f"{turn.walk.full_name}: {turn.stored:,} of {turn.total:,} stored, {state}.")
    if turn.rejected:
        rows = plural(turn.rejected, "row")
        echo(f"  {rows} could not be stored whole and are kept in backfill_rejects.")
    if turn.reason:
        echo(f"  {turn.reason}")
    if turn.next_attempt_at:
        echo(f"  It goes on at {at(turn.next_attempt_at)}.")


def _interval(report: "Report") -> timedelta:
    left = report.rate_limit.remaining if report.rate_limit else None
    most_urgent = (interval_minutes(turn.walk.priority, left) for turn in report.turns)
    return timedelta(minutes=min(most_urgent, default=30))


def _echo_idle(idle: Idle) -> None:
    if not idle.tracked:
        echo("No backfill is known. Begin one with: contributor-backfill track OWNER/NAME")
        return
    echo("Nothing is due.")
    for blocked in idle.blocked:
        echo(f"{blocked.full_name}: {_cause(blocked)}")


def _cause(blocked: Blocked) -> str:
    until = f" until {at(blocked.until)}" if blocked.until else ""
    reason = f" ({blocked.reason})" if blocked.reason else ""
    match blocked.cause:
        case "leased":
            return f"being captured by {blocked.holder}{until}."
        case "deferred":
            return f"deferred{until}{reason}."
        case "paused":
            return f"paused{until or ' by hand'}{reason}."
        case "failed":
            return f"failed{reason}. Settle it, then track the repository again."
        case _:
            return "complete."


def echo_dry_run(
    walks: tuple[Walk, ...], idle: Idle, fixed_size: int | None, max_chunks: int | None
) -> None:
    """Print what a run would do: the repositories in order, their next page, their cost."""
    from contributor_backfill.github.pages import connections

    for walk in walks:
        size = fixed_size or (walk.page_size.size if walk.page_size else chunk_size(walk.total))
        points = page_points(size, connections(walk.with_labels))
        left = max(0, walk.total - walk.stored)
        pages = -(-left // size)
        if max_chunks is not None:
            pages = min(pages, max_chunks)
        echo(
            f"Would capture {walk.full_name} {_from(walk)}: {walk.stored:,} of {walk.total:,}"
            f" stored, {plural(pages, 'page')} of {size} to go, {plural(points, 'point')} each."
        )
    if not walks:
        _echo_idle(idle)


def _from(walk: Walk) -> str:
    return f"after cursor {walk.cursor}" if walk.cursor else "from the newest pull request"
