"""Everything that `monitor` shows, as one frozen value that every rendering shares.

What the database counted stays as it is; here comes what follows from it and from the clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from contributor_backfill.db.gateway.snapshot import (
    NOTHING,
    Activity,
    AlertLine,
    Captures,
    Data,
    Detail,
    Quota,
    RepositoryFacts,
    RepositoryRow,
    RoutingStanding,
    Runs,
    SizeSample,
    SnapshotRows,
)
from contributor_backfill.domain.completeness import percentage
from contributor_backfill.domain.forecast import Forecast, forecast
from contributor_backfill.domain.freshness import Behind
from contributor_backfill.domain.prices import Prices
from contributor_backfill.reports.cost_standing import CostStanding, cost_standing
from contributor_backfill.reports.repository_words import ORDER, rank

HOST = "https://github.com"
MEGABYTE = 1_000_000
RECENT = timedelta(days=7)
LONGEST_FORECAST = timedelta(days=365 * 100)
SHORTEST_PACE = timedelta(minutes=5)
"""A shorter time says nothing of an hour: a run's first pages come fast."""


@dataclass(frozen=True, kw_only=True)
class RepositoryLine(RepositoryFacts):
    """A line of the list: one repository.

    `hourly_rate` is in pull requests, pauses between runs included; 0 while it is not known.
    """

    hourly_rate: float
    finished_at: datetime | None
    forecast: Forecast | None = None


@dataclass(frozen=True)
class BackfillPanel:
    """All tracked repositories, those that need a person first.

    `states` counts them by state.
    """

    repositories: tuple[RepositoryLine, ...]
    states: Mapping[str, int]
    source: str = "contributor-backfill status"

    @property
    def stored(self) -> int:
        """Pull requests stored, of all repositories."""
        return sum(r.pull_requests.stored for r in self.repositories)

    @property
    def total(self) -> int:
        """Pull requests that GitHub counts, of all repositories."""
        return sum(r.pull_requests.total for r in self.repositories)

    @property
    def percentage(self) -> float:
        """Stored of total; what one repository has too much hides nothing that another lacks."""
        short = sum(r.pull_requests.stored < r.pull_requests.total for r in self.repositories)
        return percentage(self.stored, self.total, short=short)


@dataclass(frozen=True)
class CapturePanel(Captures):
    """Captures over time: by day, and the last pages of backfills one by one."""

    source: str = "contributor-backfill status --json"


@dataclass(frozen=True)
class QuotaPanel:
    """The quota of every holder whose runs began within the last 24 hours."""

    quotas: tuple[Quota, ...]
    source: str = "contributor-backfill doctor"

    @property
    def is_known(self) -> bool:
        """Whether any run heard from GitHub how much is left."""
        return any(quota.remaining is not None for quota in self.quotas)

    @property
    def running_out(self) -> tuple[Quota, ...]:
        """The quotas that end before their reset, at the pace of the present hour."""
        return tuple(quota for quota in self.quotas if quota.runs_out_at is not None)


@dataclass(frozen=True)
class RunPanel(Runs):
    """The last runs, how they end, how long they take, and why they fail."""

    source: str = "contributor-backfill sync-runs"


@dataclass(frozen=True, kw_only=True)
class DataPanel(Data):
    """The database: its size, its largest tables, and how it grows.

    `limit_bytes` is null without a limit. `daily_growth` is in bytes, from the samples of the last
    week; null while there are not two days of them. `full_at` is when the limit is reached
    at that pace; null when it is not.
    """

    limit_bytes: int | None
    daily_growth: float | None
    full_at: datetime | None
    source: str = "contributor-backfill doctor"

    @property
    def share(self) -> float | None:
        """Bytes of the limit; null without one."""
        return self.bytes / self.limit_bytes if self.limit_bytes else None


@dataclass(frozen=True)
class Snapshot:
    """All panels at one moment. Times are UTC. Links to repositories lead to `host`."""

    taken_at: datetime
    routing: RoutingStanding
    backfills: BackfillPanel
    captures: CapturePanel
    quota: QuotaPanel
    runs: RunPanel
    cost: CostStanding
    data: DataPanel
    activity: Activity = NOTHING
    alerts: tuple[AlertLine, ...] = ()
    details: tuple[Detail, ...] = ()
    host: str = HOST
    behind: Behind | None = None


def snapshot(
    rows: SnapshotRows,
    prices: Prices,
    now: datetime,
    *,
    limit_megabytes: int = 0,
    host: str = HOST,
) -> Snapshot:
    """Return what the database counted as it is shown.

    `limit_megabytes` is what the database's plan holds, 0 for no limit.
    """
    lines = sorted((_line(row, now) for row in rows.repositories), key=rank)
    states = {state: n for state in ORDER if (n := sum(r.state == state for r in lines))}
    return Snapshot(
        taken_at=now,
        routing=rows.routing,
        backfills=BackfillPanel(tuple(lines), states),
        captures=CapturePanel(**vars(rows.captures)),
        quota=QuotaPanel(tuple(_quota(quota, now) for quota in rows.quota)),
        runs=RunPanel(**vars(rows.runs)),
        cost=cost_standing(rows.usage, rows.budget, prices, now),
        data=_data(rows.data, now, limit_megabytes),
        activity=rows.activity,
        alerts=rows.alerts,
        details=tuple(_with_alerts(detail, rows.alerts) for detail in rows.details),
        host=host,
        behind=rows.behind,
    )


def _line(row: RepositoryRow, now: datetime) -> RepositoryLine:
    facts = dict(vars(row))
    pace = facts.pop("pace")
    counted = row.pull_requests
    left = counted.total - counted.stored
    # What is paused or failed comes no nearer to its end.
    done = forecast(left, pace, now, row.next_attempt_at) if row.state == "active" else None
    return RepositoryLine(
        **facts,
        hourly_rate=round((pace and pace.hourly) or 0.0, 1),
        finished_at=done.at if done else None,
        forecast=done,
    )


def _quota(quota: Quota, now: datetime) -> Quota:
    ends_at = runs_out_at(quota.limit, quota.remaining, quota.reset_at, now)
    if quota.reset_at is not None and quota.reset_at <= now:
        # After the reset the whole limit is there again, though no run has heard so yet.
        return replace(quota, remaining=quota.limit)
    return replace(quota, runs_out_at=ends_at)


def runs_out_at(
    limit: int | None, remaining: int | None, reset_at: datetime | None, now: datetime
) -> datetime | None:
    """Return when points end before the reset, at the pace since the hour of the quota began.

    Null when points last, or when nothing was spent or is known.
    """
    if limit is None or remaining is None or reset_at is None or reset_at <= now:
        return None
    # GitHub's hour begins with its first use, not on the clock: it is the one before the reset.
    passed = max(now - (reset_at - timedelta(hours=1)), SHORTEST_PACE)
    spent = limit - remaining
    if spent <= 0:
        return None
    ends_at = now + passed * (remaining / spent)
    return ends_at if ends_at < reset_at else None


def _data(data: Data, now: datetime, limit_megabytes: int) -> DataPanel:
    limit = limit_megabytes * MEGABYTE or None
    growth = daily_growth(data.samples, data.bytes, now)
    return DataPanel(
        **vars(data),
        limit_bytes=limit,
        daily_growth=growth,
        full_at=full_at(data.bytes, limit, growth, now),
    )


def daily_growth(samples: tuple[SizeSample, ...], size: int, now: datetime) -> float | None:
    """Return the bytes that a day adds of late; null on the first sample's own day."""
    if not samples:
        return None
    # The last week counts where there is more: a backfill that is over grows nothing any more.
    week = now.date() - RECENT
    first = next((sample for sample in samples if sample.day >= week), samples[-1])
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
    return now + timedelta(days=days) if days < LONGEST_FORECAST.days else None


def _with_alerts(detail: Detail, alerts: tuple[AlertLine, ...]) -> Detail:
    own = tuple(alert for alert in alerts if alert.full_name == detail.full_name)
    return replace(detail, alerts=own)
