"""What a run did, what is left, when it will be done, and why it stopped: on stdout."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from contributor_backfill.cli.output import echo
from contributor_backfill.domain.budget import Stop
from contributor_backfill.domain.chunking import chunk_size
from contributor_backfill.domain.forecast import Forecast
from contributor_backfill.domain.page_planner import page_points
from contributor_backfill.domain.request_counts import walk as pages_and_points
from contributor_backfill.domain.types import Blocked, Idle, Walk
from contributor_backfill.reports.repository_words import outlook, when_done
from contributor_backfill.reports.wording import STOPS, at, duration, plural

if TYPE_CHECKING:
    from contributor_backfill.capture.progressive import Report
    from contributor_backfill.capture.turn import Turn


def echo_report(report: "Report", now: datetime, done: Forecast | None = None) -> None:
    """Print a run's report. `done` is when what is left will be; null while that is not known."""
    for turn in _last_turns(report):
        _echo_turn(turn)
    if report.idle is not None and not report.turns:
        _echo_idle(report.idle)
        return
    pages = sum(turn.chunks for turn in report.turns)
    captured = sum(turn.captured for turn in report.turns)
    points = sum(turn.points for turn in report.turns)
    took = duration(timedelta(seconds=report.seconds))
    echo(
        f"Captured {plural(captured, 'new pull request')} in {plural(pages, 'page')} and {took},"
        f" for {plural(points, 'point')} of GitHub's hourly quota."
    )
    left = sum(turn.left for turn in _last_turns(report))
    echo(outlook(left, captured, done, now))
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
    walks: tuple[Walk, ...],
    idle: Idle,
    forecasts: Mapping[str, Forecast | None],
    now: datetime,
    *,
    fixed_size: int | None,
    max_chunks: int | None,
) -> None:
    """Print what a run would do: the repositories in order, their pages, cost and end."""
    from contributor_backfill.github.pages import connections

    for walk in walks:
        to_go = _to_go(walk, connections(walk.with_labels), fixed_size, max_chunks)
        done = when_done(forecasts.get(walk.full_name), now)
        echo(
            f"Would capture {walk.full_name} {_from(walk)}: {walk.stored:,} of {walk.total:,}"
            f" stored, {to_go}; done {done}."
        )
    if not walks:
        _echo_idle(idle)


def _to_go(walk: Walk, lists: int, fixed_size: int | None, max_chunks: int | None) -> str:
    """Say how many pages are left, and their points: by the planner's sizes, as in `estimate`."""
    left = max(0, walk.total - walk.stored)
    size = fixed_size or (walk.page_size.size if walk.page_size else chunk_size(walk.total))
    if fixed_size:
        pages = min(-(-left // size), max_chunks or left)
        points = page_points(size, lists)
        return f"{plural(pages, 'page')} of {size} to go, {plural(points, 'point')} each"
    pages, points = pages_and_points(left, size, lists)
    first = f"the first of {size}"
    if max_chunks is not None and max_chunks < pages:
        return f"{plural(max_chunks, 'page')} of about {pages:,} to go, {first}"
    return f"about {plural(pages, 'page')} to go, {first}, {plural(points, 'point')}"


def _from(walk: Walk) -> str:
    return f"after cursor {walk.cursor}" if walk.cursor else "from the newest pull request"
