"""What was captured day by day, and how large and how slow the pages were."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

from contributor_backfill.reports.html.charts import Point, columns, lines
from contributor_backfill.reports.html.parts import (
    Card,
    Cell,
    Chart,
    Panel,
    Table,
    moment,
    number,
    numbers,
    repository,
    words,
)
from contributor_backfill.reports.snapshot.captures import CaptureDay, CapturePanel, ChunkPoint

DAY = timedelta(days=1)
MOMENT = timedelta(minutes=5)
MOST_CHUNKS = 60
TITLE = "Captured over time"


def captures(panel: CapturePanel) -> Panel:
    """Return the panel of the last thirty days' captures."""
    if not panel.has_data:
        lead = "No data yet: nothing was captured in the last thirty days."
        return Panel("captures", TITLE, lead, sources=(panel.source,))
    total = sum(day.pull_requests for day in panel.days)
    return Panel(
        "captures",
        TITLE,
        f"{total:,} pull requests in the last thirty days.",
        cards=_cards(panel),
        charts=(*_by_day(panel), *_by_chunk(panel)),
        notes=(
            "A chunk is one page of a backfill; a pull request counts whenever it is captured.",
        ),
        sources=(panel.source,),
    )


def _cards(panel: CapturePanel) -> tuple[Card, ...]:
    if panel.milliseconds_p50 is None or panel.size_p50 is None:
        return ()
    slow = (panel.milliseconds_p95 or 0) / 1000
    return (
        Card(
            "Seconds a chunk",
            number(panel.milliseconds_p50 / 1000, 1),
            f"half of them; 19 of 20 within {slow:,.1f}",
        ),
        Card(
            "Pull requests a chunk",
            number(panel.size_p50),
            f"half of them; 19 of 20 within {panel.size_p95 or 0:,.0f}",
        ),
    )


def _by_day(panel: CapturePanel) -> tuple[Chart, ...]:
    if not panel.days:
        return ()
    title = "Pull requests captured by day"
    points = [(_noon(day), float(day.pull_requests)) for day in panel.days]
    heads = numbers("By backfills", "By syncs", "Rows", "Points", "Requests", "Chunks")
    rows = [
        [
            Cell(day.day.isoformat()),
            *map(number, (day.backfilled, day.synced, day.rows)),
            *map(number, (day.points, day.requests, day.chunks)),
        ]
        for day in reversed(panel.days)
    ]
    table = Table(title, [*words("Day"), *heads], rows)
    return (Chart(title, columns(title, points, DAY), table),)


def _by_chunk(panel: CapturePanel) -> tuple[Chart, ...]:
    def seconds(chunk: ChunkPoint) -> float:
        return chunk.milliseconds / 1000

    def size(chunk: ChunkPoint) -> float:
        return chunk.pull_requests

    if not panel.chunks:
        return ()
    return (
        _chunks(panel, "Seconds", seconds, 1),
        _chunks(panel, "Pull requests", size, 0),
    )


def _chunks(
    panel: CapturePanel, measure: str, value: Callable[[ChunkPoint], float], decimals: int
) -> Chart:
    title = f"{measure} of the last chunks"
    points: list[Point] = [(chunk.completed_at, value(chunk)) for chunk in panel.chunks]
    newest = panel.chunks[: -MOST_CHUNKS - 1 : -1]
    rows = [
        [
            moment(chunk.completed_at),
            repository(chunk.full_name),
            number(value(chunk), decimals),
            number(chunk.points),
        ]
        for chunk in newest
    ]
    heads = [*words("Ended", "Repository"), *numbers(measure, "Points")]
    table = Table(f"{title}, newest first", heads, rows)
    return Chart(title, lines(title, [points], MOMENT), table)


def _noon(day: CaptureDay) -> datetime:
    return datetime.combine(day.day, time(12), UTC)
