"""What is left of GitHub's hourly points, and how fast they go."""

from datetime import datetime, timedelta

from contributor_backfill.reports.html.charts import columns
from contributor_backfill.reports.html.parts import (
    Cell,
    Chart,
    Panel,
    Table,
    moment,
    number,
    numbers,
    words,
)
from contributor_backfill.reports.snapshot.quota import Quota, QuotaPanel

HOUR = timedelta(hours=1)
MOST_CHARTS = 4


def quota(panel: QuotaPanel, now: datetime) -> Panel:
    """Return the panel of the rate limit's health."""
    if not panel.has_data:
        lead = "No data yet: no run began in the last 24 hours."
        return Panel("quota", "Rate limit", lead, sources=(panel.source,))
    lead = "At the present pace the points last until each reset."
    if panel.running_out:
        short = f"{len(panel.running_out)} of {len(panel.quotas)}"
        lead = f"At the present pace {short} run out before their reset."
    if not panel.is_known:
        lead = "No run has heard from GitHub how much is left."
    return Panel(
        "quota",
        "Rate limit",
        lead,
        charts=[_chart(each, now) for each in panel.quotas[:MOST_CHARTS]],
        tables=(_table(panel),),
        sources=(panel.source,),
    )


def _table(panel: QuotaPanel) -> Table:
    heads = [
        *words("Holder of the token"),
        *numbers("Left", "Of", "In 24 hours", "An hour"),
        *words("Resets", "Runs out", "As of"),
    ]
    return Table("GitHub's hourly points by token", heads, [_row(each) for each in panel.quotas])


def _row(each: Quota) -> list[Cell]:
    runs_out = Cell("before the reset: no", state="ok")
    if each.remaining is None:
        runs_out = Cell("not known")
    elif each.runs_out_at is not None:
        runs_out = Cell(moment(each.runs_out_at).text, state="warning")
    return [
        Cell(each.holder, each.url),
        number(each.remaining),
        number(each.limit),
        number(each.points),
        number(each.hourly_points, 1),
        moment(each.reset_at),
        runs_out,
        moment(each.measured_at),
    ]


def _chart(each: Quota, now: datetime) -> Chart:
    title = f"Points by hour: {each.holder}"
    this_hour = now.replace(minute=0, second=0, microsecond=0)
    first = this_hour - (len(each.hours) - 1) * HOUR
    points = [(first + n * HOUR, float(spent)) for n, spent in enumerate(each.hours)]
    rows = [[moment(at), number(spent)] for at, spent in reversed(points)]
    table = Table(title, [*words("Hour"), *numbers("Points")], rows)
    return Chart(title, columns(title, points, HOUR), table)
