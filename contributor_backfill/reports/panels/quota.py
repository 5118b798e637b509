"""What is left of GitHub's quota, and how fast it goes."""

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
        figures=[_figure(each) for each in panel.quotas[:MOST]],
        charts=[_chart(each, now) for each in panel.quotas[:MOST]],
        tables=[Table("Points of the hour by token", COLUMNS, [*map(_row, panel.quotas)])],
        notes=[POINTS],
    )


def _lead(panel: QuotaPanel) -> str:
    if not panel.is_known:
        return "No run has heard from GitHub how much is left."
    if panel.running_out:
        holders = ", ".join(each.holder for each in panel.running_out)
        return f"At the pace of this hour the points run out before the reset: {holders}."
    return "The points last until the reset, at the pace of this hour."


def _figure(each: Quota) -> Figure:
    state = State.WATCH if each.runs_out_at else State.GOOD
    return Figure(
        f"Points left: {each.holder}",
        f"{figure(each.remaining)} of {figure(each.limit)}",
        f"reset at {minute(each.reset_at)}; {figure(each.points)} spent in 24 hours",
        state if each.remaining is not None else None,
        trend=each.hours,
        trend_says="points by hour, 24 hours",
        link=each.url,
    )


def _row(each: Quota) -> tuple[Cell, ...]:
    runs_out = Cell("no")
    if each.remaining is None:
        runs_out = Cell(NONE)
    elif each.runs_out_at is not None:
        runs_out = Cell(minute(each.runs_out_at), state="warning")
    return cells(
        (
            Cell(each.holder, each.url),
            figure(each.remaining),
            figure(each.limit),
            minute(each.reset_at),
            runs_out,
            figure(each.points),
            figure(each.points / len(each.hours), 1),
            minute(each.measured_at),
        )
    )


def _chart(each: Quota, now: datetime) -> Chart:
    title = f"Points by hour: {each.holder}"
    first = now - len(each.hours) * HOUR
    points = [(first + n * HOUR, float(spent)) for n, spent in enumerate(each.hours)]
    rows = [cells((minute(at), figure(spent))) for at, spent in reversed(points)]
    table = Table(title, [*texts("hour from"), *numbers("points")], rows)
    series = [Series("points", "first", points)]
    return Chart(title, table, first, now, HOUR, series, unit="points")
