"""What was captured over time."""

from contributor_backfill.reports.sections.parts import (
    Grid,
    Section,
    bars,
    figure,
    numbers,
    texts,
    took,
)
from contributor_backfill.reports.snapshot.captures import CaptureDay, CapturePanel
from contributor_backfill.reports.wording import plural

TITLE = "Captured over time"
COLUMNS = (
    *texts("day"),
    *numbers("pull requests", "rows", "points"),
    *numbers("by backfills", "by syncs", "requests", needs_room=True),
    *numbers("pages", "a page took"),
)


def captures(panel: CapturePanel, rows: int) -> Section:
    """Return the last days, newest first, and how large and slow pages are."""
    if not panel.has_data:
        return Section(TITLE, "No data: nothing was captured in the last 30 days.", panel.source)
    total = sum(day.pull_requests for day in panel.days)
    lead = f"{plural(total, 'pull request')} in the last 30 days. {_pages(panel)}"
    newest = panel.days[::-1]
    grid = Grid(COLUMNS, [_row(day) for day in newest[:rows]], max(0, len(newest) - rows))
    drawn = bars([day.pull_requests for day in panel.days])
    notes = [f"Pull requests a day, oldest first: {drawn}"] if drawn else []
    return Section(TITLE, lead.strip(), panel.source, [grid], notes)


def _pages(panel: CapturePanel) -> str:
    if not panel.chunks:
        return "No page of a backfill is on record."
    return (
        f"The last {plural(len(panel.chunks), 'page')} held {figure(panel.size_p50)} pull requests"
        f" (95 % at most {figure(panel.size_p95)}) and took {took(panel.milliseconds_p50)}"
        f" (95 % at most {took(panel.milliseconds_p95)})."
    )


def _row(day: CaptureDay) -> tuple[str, ...]:
    return (
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
