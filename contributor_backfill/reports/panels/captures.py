"""The captures over time, and how large and how slow pages were."""

from datetime import datetime, timedelta

from contributor_backfill.db.gateway.snapshot import CaptureDay
from contributor_backfill.reports.model import (
    Cell,
    Chart,
    Figure,
    Panel,
    Series,
    Table,
    by_day,
    cells,
    figure,
    midnight,
    minute,
    numbers,
    on_host,
    texts,
    took,
)
from contributor_backfill.reports.snapshot import CapturePanel
from contributor_backfill.reports.wording import plural

TITLE = "Captured over time"
MOST_PAGES = 60
BY_DAY = (
    *texts("day"),
    *numbers("pull requests", "rows", "points"),
    *numbers("by backfills", "by syncs", "requests", needs_room=True),
    *numbers("pages", "a page took"),
)
BY_PAGE = (*texts("ended", "repository"), *numbers("pull requests", "took", "points"))
PAGE = "A page is one query to GitHub. A pull request counts each time it is captured."


def captures(panel: CapturePanel, now: datetime, host: str) -> Panel:
    """Return the last thirty days, and how large and slow pages are."""
    if not panel.days and not panel.chunks:
        lead = "No data: nothing was captured in the last 30 days."
        return Panel("captures", TITLE, lead, [panel.source])
    total = sum(day.pull_requests for day in panel.days)
    return Panel(
        "captures",
        TITLE,
        f"{plural(total, 'pull request')} in the last 30 days.",
        [panel.source],
        figures=_figures(panel),
        charts=[*_by_day(panel, now), *_by_page(panel, now, host)],
        notes=[PAGE],
    )


def _figures(panel: CapturePanel) -> list[Figure]:
    if not panel.chunks:
        return []
    last = f"of the last {plural(len(panel.chunks), 'page')}"
    return [
        Figure(
            "Median time of a page",
            took(panel.milliseconds_p50),
            f"95 % took {took(panel.milliseconds_p95)} at most, {last}",
            trend=[page.milliseconds for page in panel.chunks[-40:]],
            trend_says="time of the last pages",
        ),
        Figure(
            "Median size of a page",
            f"{figure(panel.size_p50)} pull requests",
            f"95 % held {figure(panel.size_p95)} at most, {last}",
            trend=[page.pull_requests for page in panel.chunks[-40:]],
            trend_says="pull requests of the last pages",
        ),
    ]


def _by_day(panel: CapturePanel, now: datetime) -> list[Chart]:
    if not panel.days:
        return []
    title = "Pull requests captured by day"
    series = [
        Series("by backfills", "first", [(midnight(d.day), d.backfilled) for d in panel.days]),
        Series("by syncs", "second", [(midnight(d.day), d.synced) for d in panel.days]),
    ]
    table = Table(title, BY_DAY, [_row(day) for day in reversed(panel.days)])
    return [by_day(table, series, now, "pull requests", is_stacked=True)]


def _by_page(panel: CapturePanel, now: datetime, host: str) -> list[Chart]:
    if not panel.chunks:
        return []
    title = "Seconds of the last pages"
    points = [(page.completed_at, page.milliseconds / 1000) for page in panel.chunks]
    rows = [
        cells(
            minute(page.completed_at),
            on_host(host, page.full_name),
            figure(page.pull_requests),
            took(page.milliseconds),
            figure(page.points),
        )
        for page in panel.chunks[: -MOST_PAGES - 1 : -1]
    ]
    table = Table(f"{title}, newest first", BY_PAGE, rows)
    until = max(now, points[-1][0])
    since = min(points[0][0], until - timedelta(hours=1))
    # The first page stands beside the names of the levels, not on them.
    since -= (until - since) / 30
    series = [Series("seconds", "first", points)]
    return [Chart(title, table, since, until, series=series, unit="seconds")]


def _row(day: CaptureDay) -> tuple[Cell, ...]:
    return cells(
        day.day.isoformat(),
        figure(day.pull_requests),
        figure(day.rows),
        figure(day.points),
        figure(day.backfilled),
        figure(day.synced),
        figure(day.requests),
        figure(day.chunks),
        took(day.chunk_milliseconds),
    )
