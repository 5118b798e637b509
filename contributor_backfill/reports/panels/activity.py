"""The work itself, as captured: pull requests, first reviews, who does them."""

from datetime import datetime, timedelta

from contributor_backfill.db.gateway.snapshot import Activity, Month
from contributor_backfill.reports.model import (
    Cell,
    Chart,
    Figure,
    Panel,
    Series,
    Table,
    cells,
    figure,
    numbers,
    texts,
)
from contributor_backfill.reports.wording import duration, plural

TITLE = "What was captured"
SOURCES = ("contributor-backfill monitor --json",)
BOTS = "Bots are counted apart. A first review is by somebody other than the author."
MONTHS = (
    *texts("month"),
    *numbers("opened", "merged", "first reviews", "median hours to the first review"),
)


def activity(found: Activity) -> Panel:
    """Return the pull requests of each month, the first reviews, and the most active people."""
    if not found.months:
        lead = "No data: no pull request is stored, or no run has counted them yet."
        return Panel("activity", TITLE, lead, SOURCES)
    opened, merged = (sum(getattr(m, name) for m in found.months) for name in ("opened", "merged"))
    return Panel(
        "activity",
        TITLE,
        f"{plural(opened, 'pull request')} opened and {merged:,} merged in the last"
        f" {plural(len(found.months), 'month')}, as far as they are stored.",
        SOURCES,
        figures=figures(found),
        charts=[chart(found)],
        tables=people(found),
        notes=[BOTS, *([f"Counted {found.scope}."] if found.scope else [])],
    )


def figures(found: Activity) -> list[Figure]:
    """Return the figures of this month, and how many pull requests are bots'."""
    merged = [float(month.merged) for month in found.months]
    # A month in which nothing was reviewed has no median: the trend goes on without it.
    waits = [month.first_review_hours for month in found.months if month.first_review_hours]
    made = [
        Figure(
            "Pull requests merged",
            figure(merged[-1]),
            f"this month; {figure(sum(merged[-13:-1]))} in the twelve before",
            trend=merged,
            trend_says="merged by month",
        )
    ]
    if waits:
        made.append(
            Figure(
                "First review, median",
                duration(timedelta(hours=waits[-1])),
                "after the pull request was opened",
                trend=waits,
                trend_says="by month",
            )
        )
    if found.pull_requests:
        made.append(
            Figure(
                "Pull requests of bots",
                figure(found.bot_pull_requests),
                f"of {found.pull_requests:,} counted",
            )
        )
    return made


def chart(found: Activity) -> Chart:
    """Return the pull requests opened and merged by month."""
    title = "Pull requests opened and merged by month"
    months = found.months
    series = [
        Series("opened", "first", [(m.begins_at, m.opened) for m in months]),
        Series("merged", "second", [(m.begins_at, m.merged) for m in months]),
    ]
    table = Table(title, MONTHS, [_row(month) for month in reversed(months)])
    # Months differ in length: every bar is thirty days wide, and the axis ends with the last one.
    until = _next_month(months[-1].begins_at)
    since = months[0].begins_at
    return Chart(title, table, since, until, timedelta(days=30), series, unit="pull requests")


def _row(month: Month) -> tuple[Cell, ...]:
    return cells(
        f"{month.begins_at:%Y-%m}",
        figure(month.opened),
        figure(month.merged),
        figure(month.first_reviews),
        figure(month.first_review_hours, 1),
    )


def people(found: Activity) -> list[Table]:
    """Return the most active authors and reviewers."""
    made = []
    for caption, people, noun in (
        ("Most active authors", found.authors, "pull requests"),
        ("Most active reviewers", found.reviewers, "reviews"),
    ):
        if people:
            rows = [cells(person.login, figure(person.count)) for person in people]
            made.append(Table(caption, [*texts("who"), *numbers(noun)], rows))
    return made


def _next_month(begins_at: datetime) -> datetime:
    years, month = divmod(begins_at.month, 12)
    return begins_at.replace(year=begins_at.year + years, month=month + 1)
