"""Everything that `monitor` shows, as one frozen value that every rendering shares."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contributor_backfill.db.gateway.snapshot import (
    NOTHING,
    Activity,
    AlertLine,
    RoutingStanding,
    SnapshotRows,
)
from contributor_backfill.domain.freshness import Behind
from contributor_backfill.domain.prices import Prices
from contributor_backfill.reports.cost_standing import CostStanding, cost_standing
from contributor_backfill.reports.plain_values import plain_value
from contributor_backfill.reports.snapshot.backfills import BackfillPanel, backfill_panel
from contributor_backfill.reports.snapshot.captures import CapturePanel
from contributor_backfill.reports.snapshot.data import DataPanel, data_panel
from contributor_backfill.reports.snapshot.details import Detail, details
from contributor_backfill.reports.snapshot.quota import QuotaPanel, quota_panel
from contributor_backfill.reports.snapshot.runs import RunPanel

HOST = "https://github.com"


@dataclass(frozen=True)
class Snapshot:
    """All panels at one moment. Times are UTC."""

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

    @property
    def as_json(self) -> dict[str, Any]:
        """Every field, with times as ISO 8601; what is not known or has no bound is null."""
        document: dict[str, Any] = plain_value(self)
        return document


def snapshot(
    rows: SnapshotRows,
    prices: Prices,
    now: datetime,
    *,
    limit_megabytes: int = 0,
    host: str = HOST,
) -> Snapshot:
    """Return what the database counted as it is shown.

    `limit_megabytes` is what the database's plan holds, 0 for no limit; `host` is where links lead.
    """
    return Snapshot(
        taken_at=now,
        routing=rows.routing,
        backfills=backfill_panel(rows.repositories, now),
        captures=CapturePanel(**vars(rows.captures)),
        quota=quota_panel(rows.quota, now),
        runs=RunPanel(**vars(rows.runs)),
        cost=cost_standing(rows.usage, rows.budget, prices, now),
        data=data_panel(rows.data, now, limit_megabytes),
        activity=rows.activity,
        alerts=rows.alerts,
        details=details(rows.details, rows.alerts),
        host=host,
        behind=rows.behind,
    )
