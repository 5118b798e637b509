"""Everything that `monitor` shows, as one frozen value that every rendering shares."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contributor_backfill.db.rows import read
from contributor_backfill.domain.freshness import Behind
from contributor_backfill.domain.prices import Prices
from contributor_backfill.reports.cost_standing import CostStanding, cost_standing
from contributor_backfill.reports.plain_values import plain_value
from contributor_backfill.reports.routing_standing import RoutingStanding, routing_standing
from contributor_backfill.reports.snapshot.activity import NOTHING, Activity, activity
from contributor_backfill.reports.snapshot.backfills import BackfillPanel, backfill_panel
from contributor_backfill.reports.snapshot.captures import CapturePanel, capture_panel
from contributor_backfill.reports.snapshot.data import DataPanel, data_panel
from contributor_backfill.reports.snapshot.details import AlertLine, Detail, alert_lines, details
from contributor_backfill.reports.snapshot.quota import QuotaPanel, quota_panel
from contributor_backfill.reports.snapshot.runs import RunPanel, run_panel

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
    document: Mapping[str, Any],
    prices: Prices,
    now: datetime,
    *,
    limit_megabytes: int = 0,
    host: str = HOST,
) -> Snapshot:
    """Return what `backfill_read_snapshot_v1` answers as a value.

    `limit_megabytes` is what the database's plan holds, 0 for no limit; `host` is where links lead.
    """
    alerts = alert_lines(document["alerts"])
    return Snapshot(
        taken_at=now,
        routing=routing_standing(document["routing"]),
        backfills=backfill_panel(document["repositories"], now),
        captures=capture_panel(document["captures"]),
        quota=quota_panel(document["quota"], now),
        runs=run_panel(document["runs"]),
        cost=cost_standing(document["usage"], document["budget"], prices, now),
        data=data_panel(document["data"], now, limit_megabytes),
        activity=activity(document["activity"]),
        alerts=alerts,
        details=details(document["details"], alerts),
        host=host,
        behind=read(Behind, document["behind"]),
    )
