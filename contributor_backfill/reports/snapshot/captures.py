"""The panel of captures over time: by day, and the last pages of backfills one by one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from contributor_backfill.db.rows import moment


@dataclass(frozen=True)
class CaptureDay:
    """What one day (UTC) brought and took, over all repositories.

    `backfilled` are pull requests by backfills, `synced` by everything else; a pull request counts
    each time it is captured. `rows` are of all kinds. `chunks` are pages of backfills,
    `chunk_milliseconds` how long GitHub took for one of them on average, null without any.
    """

    day: date
    backfilled: int
    synced: int
    rows: int
    points: int
    requests: int
    chunks: int
    chunk_milliseconds: float | None

    @property
    def pull_requests(self) -> int:
        """All pull requests that were captured."""
        return self.backfilled + self.synced


@dataclass(frozen=True)
class ChunkPoint:
    """One page of a backfill: when, of what, how large, and how long GitHub took for it."""

    completed_at: datetime
    full_name: str
    pull_requests: int
    milliseconds: int
    points: int


@dataclass(frozen=True)
class CapturePanel:
    """Captures over the last thirty days, oldest day first, and the last pages, oldest first.

    The quantiles are of `chunks`; null without any.
    """

    days: tuple[CaptureDay, ...]
    chunks: tuple[ChunkPoint, ...]
    milliseconds_p50: float | None
    milliseconds_p95: float | None
    size_p50: float | None
    size_p95: float | None
    source: str = "contributor-backfill status --json"

    @property
    def has_data(self) -> bool:
        """Whether anything was captured in the last thirty days."""
        return bool(self.days or self.chunks)


def capture_panel(document: Mapping[str, Any]) -> CapturePanel:
    """Return the panel from `backfill_snapshot_captures_v1`."""
    return CapturePanel(
        days=tuple(
            CaptureDay(**{**row, "day": date.fromisoformat(row["day"])}) for row in document["days"]
        ),
        chunks=tuple(_chunk(*row) for row in document["chunks"]),
        milliseconds_p50=document["milliseconds_p50"],
        milliseconds_p95=document["milliseconds_p95"],
        size_p50=document["size_p50"],
        size_p95=document["size_p95"],
    )


def _chunk(
    completed_at: str, full_name: str, pull_requests: int, milliseconds: int, points: int
) -> ChunkPoint:
    at = moment(completed_at)
    assert at is not None
    return ChunkPoint(at, full_name, pull_requests, milliseconds, points)
