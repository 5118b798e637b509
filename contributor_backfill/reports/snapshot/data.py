"""The panel of the database: rows, megabytes against the plan's limit, growth, days left."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from contributor_backfill.db.gateway.snapshot import Data, SizeSample, TableSize

MEGABYTE = 1_000_000
RECENT = timedelta(days=7)


@dataclass(frozen=True)
class DataPanel:
    """The database: its size, its largest tables, and how it grows.

    `limit_bytes` is null without a limit. `daily_growth` is in bytes, from the samples of the last
    week; null while there are not two days of them. `full_at` is when the limit is reached
    at that pace; null when it is not. Everything was read from GitHub since `oldest_seen_at` (null:
    no backfill is complete), and `late_rounds` counts the repositories whose refresh is late.
    """

    bytes: int
    limit_bytes: int | None
    tables: tuple[TableSize, ...]
    samples: tuple[SizeSample, ...]
    daily_growth: float | None
    full_at: datetime | None
    source: str = "contributor-backfill doctor"
    oldest_seen_at: datetime | None = None
    late_rounds: int = 0

    @property
    def share(self) -> float | None:
        """Bytes of the limit; null without one."""
        return self.bytes / self.limit_bytes if self.limit_bytes else None

    @property
    def has_data(self) -> bool:
        """Whether any row is stored, by Postgres's estimate or a sample."""
        return any(table.rows for table in self.tables) or bool(self.samples)


def data_panel(data: Data, now: datetime, limit_megabytes: int) -> DataPanel:
    """Return the panel from the sizes of the database."""
    limit = limit_megabytes * MEGABYTE or None
    growth = daily_growth(data.samples, data.bytes, now)
    return DataPanel(
        bytes=data.bytes,
        limit_bytes=limit,
        tables=data.tables,
        samples=data.samples,
        daily_growth=growth,
        full_at=full_at(data.bytes, limit, growth, now),
        oldest_seen_at=data.refresh.oldest_seen_at,
        late_rounds=data.refresh.late,
    )


def daily_growth(samples: tuple[SizeSample, ...], size: int, now: datetime) -> float | None:
    """Return the bytes that a day adds of late; null on the first sample's own day.

    The last week counts where there is more: a backfill that is over grows nothing any more.
    """
    if not samples:
        return None
    week = now.date() - RECENT
    first = next((each for each in samples if each.day >= week), samples[-1])
    days = (now.date() - first.day).days
    return (size - first.bytes) / days if days > 0 else None


def full_at(size: int, limit: int | None, growth: float | None, now: datetime) -> datetime | None:
    """Return when a limit is reached at this growth a day; now when it is, null when never."""
    if limit is None:
        return None
    if size >= limit:
        return now
    if not growth or growth <= 0:
        return None
    days = (limit - size) / growth
    return now + timedelta(days=days) if days < 365 * 100 else None
