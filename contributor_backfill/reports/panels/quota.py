"""GitHub's quota: what is left of each token's hour, and how fast it goes."""

from datetime import datetime, timedelta

from contributor_backfill.db.gateway.snapshot import Quota
from contributor_backfill.reports.model import (
    NONE,
    Cell,
    Chart,
    Figure,
    Panel,
    Series,
    State,
    Table,
    cells,
    figure,
    minute,
    numbers,
    texts,
)
from contributor_backfill.reports.snapshot import QuotaPanel

TITLE = "GitHub's quota"
HOUR = timedelta(hours=1)
MOST = 4
POINTS = "GitHub counts what a query costs in points: so many an hour for each token."
COLUMNS = (
    *texts("token of"),
    *numbers("left", "of"),
    *texts("resets", "runs out"),
    *numbers("points in 24 h"),
    *numbers("an hour", needs_room=True),
    *texts("measured", needs_room=True),
)


def quota(panel: QuotaPanel, now: datetime) -> Panel:
    """Return the quota of every holder of a token."""
    if not panel.quotas:
        lead = "No data: no run began in the last 24 hours."
        return Panel("quota", TITLE, lead, [panel.source], notes=[POINTS])
    return Panel(
        "quota",
        TITLE,
        _lead(panel),
        [panel.source],
        figures=[_figure(token) for token in panel.quotas[:MOST]],
        charts=[_chart(token, now) for token in panel.quotas[:MOST]],
        tables=[Table("Points of the hour by token", COLUMNS, [*map(_row, panel.quotas)])],
        notes=[POINTS],
    )


def _lead(panel: QuotaPanel) -> str:
    if not panel.is_known:
        return "No run has heard from GitHub how much is left."
    if panel.running_out:
        holders = ", ".join(token.holder for token in panel.running_out)
        return f"At the pace of this hour the points run out before the reset: {holders}."
    return "The points last until the reset, at the pace of this hour."


def _figure(token: Quota) -> Figure:
    state = State.WATCH if token.runs_out_at else State.GOOD
    return Figure(
        f"Points left: {token.holder}",
        f"{figure(token.remaining)} of {figure(token.limit)}",
        f"reset at {minute(token.reset_at)}; {figure(token.points)} spent in 24 hours",
        state if token.remaining is not None else None,
        trend=token.hours,
        trend_says="points by hour, 24 hours",
        link=token.url,
    )


def _row(token: Quota) -> tuple[Cell, ...]:
    runs_out = Cell("no")
    if token.remaining is None:
        runs_out = Cell(NONE)
    elif token.runs_out_at is not None:
        runs_out = Cell(minute(token.runs_out_at), state="warning")
    return cells(
        Cell(token.holder, token.url),
        figure(token.remaining),
        figure(token.limit),
        minute(token.reset_at),
        runs_out,
        figure(token.points),
        figure(token.points / 24, 1),
        minute(token.measured_at),
    )


def _chart(token: Quota, now: datetime) -> Chart:
    title = f"Points by hour: {token.holder}"
    # Hours are counted back from now, as the database counts them, and not by the clock.
    first = now - len(token.hours) * HOUR
    points = [(first + n * HOUR, float(spent)) for n, spent in enumerate(token.hours)]
    rows = [cells(minute(at), figure(spent)) for at, spent in reversed(points)]
    table = Table(title, [*texts("hour from"), *numbers("points")], rows)
    series = [Series("points", "first", points)]
    return Chart(title, table, first, now, HOUR, series, unit="points")
