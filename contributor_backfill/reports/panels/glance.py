"""The first thing to read: state, what needs a person, pace, end and cost of the fleet."""

from datetime import datetime, timedelta

from contributor_backfill.db.gateway.snapshot import CaptureDay
from contributor_backfill.domain.forecast import Forecast, Pace, forecast, last_of
from contributor_backfill.reports.model import (
    DAY,
    Cell,
    Figure,
    Panel,
    State,
    Table,
    cells,
    figure,
    midnight,
    texts,
)
from contributor_backfill.reports.panels.cost import dollars
from contributor_backfill.reports.repository_words import (
    NONE_TRACKED,
    behind_words,
    next_step,
    state_of,
    when_done,
)
from contributor_backfill.reports.snapshot import RepositoryLine, Snapshot
from contributor_backfill.reports.wording import duration, plural

TITLE = "At a glance"
MOST = 8
WINDOW = timedelta(days=7)
LONGEST_SILENCE = timedelta(hours=6)
"""A schedule of half an hour is late by hours at times; what is later than this is not coming."""
SOURCES = ("contributor-backfill status", "contributor-backfill alert --dry-run")
NEEDS = texts("repository", "why")


def glance(snapshot: Snapshot) -> Panel:
    """Return five figures, and what needs a person."""
    if not snapshot.backfills.repositories:
        return Panel("now", TITLE, NONE_TRACKED, SOURCES)
    needs = _needs(snapshot)
    return Panel(
        "now",
        TITLE,
        _lead(snapshot),
        SOURCES,
        figures=[
            _stored(snapshot),
            _needing(len(needs)),
            _moving(snapshot),
            _done(snapshot),
            _cost(snapshot),
        ],
        tables=[Table("What needs you", NEEDS, needs[:MOST], max(0, len(needs) - MOST))]
        if needs
        else [],
    )


def _lead(snapshot: Snapshot) -> str:
    states = ", ".join(f"{count:,} {state}" for state, count in snapshot.backfills.states.items())
    return f"{plural(len(snapshot.backfills.repositories), 'repository')}: {states}."


def _stored(snapshot: Snapshot) -> Figure:
    panel = snapshot.backfills
    trend: list[float] = []
    stored = float(panel.stored)
    # Backwards from today's total: what each day brought by backfills was not there before it.
    for day in reversed(snapshot.captures.days):
        trend.append(stored)
        stored -= day.backfilled
    return Figure(
        "Stored",
        f"{panel.percentage:g} %",
        f"{panel.stored:,} of {panel.total:,} pull requests are stored",
        State.GOOD if panel.stored >= panel.total else None,
        trend[::-1],
        "stored pull requests by day",
    )


def _needs(snapshot: Snapshot) -> list[tuple[Cell, ...]]:
    """Return what a person must settle: open alerts, then repositories that no alert is about."""
    alerted = {alert.full_name for alert in snapshot.alerts if alert.full_name}
    rows = [
        cells(
            Cell(alert.full_name or "all repositories", state="failed", view=alert.full_name),
            # The repository's name stands beside it.
            alert.title.removeprefix(f"{alert.full_name}: "),
        )
        for alert in snapshot.alerts
    ]
    rows += [
        cells(
            Cell(line.full_name, view=line.full_name, state=line.state),
            line.last_error or next_step(line, snapshot.taken_at),
        )
        for line in snapshot.backfills.repositories
        if state_of(line) is State.ACT and line.full_name not in alerted
    ]
    return rows


def _needing(count: int) -> Figure:
    if not count:
        return Figure("Needs you", "nothing", "no alert is open", State.GOOD)
    return Figure("Needs you", plural(count, "thing"), "see the list below", State.ACT)


def _moving(snapshot: Snapshot) -> Figure:
    days = snapshot.captures.days
    now = snapshot.taken_at
    today, yesterday = (
        sum(day.pull_requests for day in days if day.day == now.date() - n * DAY) for n in (0, 1)
    )
    last = next((run for run in snapshot.runs.recent if run.ended_at), None)
    since = (
        f"last run {duration(now - last.started_at)} ago: {last.outcome}" if last else "no run yet"
    )
    working = sum(line.running for line in snapshot.runs.commands)
    if working:
        since = f"{plural(working, 'run')} under way"
    is_due = bool(_active(snapshot))
    is_silent = last is None or now - last.started_at > LONGEST_SILENCE
    return Figure(
        "Captured today",
        plural(today, "pull request"),
        f"{yesterday:,} yesterday; {since}",
        State.ACT if is_due and is_silent and not working else State.GOOD,
        [float(day.pull_requests) for day in days],
        "pull requests captured by day",
    )


def _done(snapshot: Snapshot) -> Figure:
    active = _active(snapshot)
    left = sum(line.pull_requests.total - line.pull_requests.stored for line in active)
    if not active:
        note = (behind_words(snapshot.behind) if snapshot.behind else "").rstrip(".")
        note = f"{note[:1].lower()}{note[1:]}"
        return Figure("Done", "no backfill is active", note or "what is new comes with each sync")
    now = snapshot.taken_at
    done = fleet_forecast(snapshot)
    value, _, bounds = when_done(done, now).partition(" (")
    note = f"{plural(left, 'pull request')} left in {plural(len(active), 'repository')}"
    if bounds:
        note = f"{bounds.removesuffix(')')}; {note}"
    trend = [float(day.backfilled) for day in snapshot.captures.days]
    return Figure("Done", value, note, None, trend, "backfilled by day")


def _active(snapshot: Snapshot) -> list[RepositoryLine]:
    return [line for line in snapshot.backfills.repositories if line.state == "active"]


def fleet_forecast(snapshot: Snapshot) -> Forecast | None:
    """Return when all active backfills are done, by their own paces or that of the last days."""
    now = snapshot.taken_at
    active = _active(snapshot)
    left = sum(max(0, r.pull_requests.total - r.pull_requests.stored) for r in active)
    soon = last_of(line.forecast for line in active)
    pace = _daily_pace(snapshot.captures.days, now)
    # What is done within days the paces of a day know best, what takes longer those of a week.
    if pace is None or (soon is not None and soon.at - now < 2 * DAY):
        return soon
    return forecast(left, pace, now)


def _daily_pace(days: tuple[CaptureDay, ...], now: datetime) -> Pace | None:
    """Return the pace of the last full days as if each were a turn; None before there are two."""
    # Today is left out: of a day that is not over nobody knows yet what it brings.
    full = [day for day in days if now.date() - WINDOW <= day.day < now.date()]
    if len(full) < 2:
        return None
    brought = {day.day: day.backfilled for day in full}
    first = full[0].day
    counts = [brought.get(first + n * DAY, 0) for n in range((now.date() - first).days)]
    mean = sum(counts) / len(counts)
    deviation = (sum((count - mean) ** 2 for count in counts) / (len(counts) - 1)) ** 0.5
    # Days that brought nothing lately contradict those before them.
    if not counts[-1]:
        return None
    began_at, last_at = midnight(first), midnight(now.date())
    return Pace(len(counts) + 1, began_at, last_at, sum(counts), 0, deviation)


def _cost(snapshot: Snapshot) -> Figure:
    made = dollars(snapshot.cost)
    points = figure(sum(day.points for day in snapshot.captures.days))
    return Figure(
        "Cost",
        made.value if snapshot.cost.has_data else "$0.00",
        f"{made.note}; {points} points of quota in 30 days",
        made.state,
        [float(day.points) for day in snapshot.captures.days],
        "points by day",
    )
