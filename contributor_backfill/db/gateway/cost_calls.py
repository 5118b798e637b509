"""The gateway's methods for what was used, and for the month's budget."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from contributor_backfill.db.gateway.calls import Calls
from contributor_backfill.db.gateway.control import change
from contributor_backfill.domain.budget import (
    Cap,
    CapState,
    Measure,
    MonthlyBudget,
    Terms,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from contributor_backfill.db.rows import Json
    from contributor_backfill.domain.control import Change, Order


class CostCalls(Calls):
    """Call the SQL functions of usage and budget. Raises `StoreFault` and its kinds."""

    def read_costs(self, begins_at: datetime, ends_at: datetime) -> tuple[Json, Json]:
        """Return `backfill_usage_v1` of a span, and `backfill_budget_standing_v1` of now."""
        result = self._call("backfill_read_costs_v1", p_from=begins_at, p_until=ends_at)
        return result["usage"], result["budget"]

    def read_budget(self) -> MonthlyBudget:
        """Return how this month stands against its caps."""
        return monthly_budget(self._call("backfill_read_budget_v1")["budget"])

    def set_budget(
        self, caps: Mapping[str, float | None], order: Order
    ) -> tuple[MonthlyBudget, tuple[Change, ...]]:
        """Set caps, or lift them with null, and return how the month stands and what was changed.

        `caps` may hold `dollars_per_minute` and `included_minutes` too, by which dollars count.
        """
        result = self._call("backfill_set_budget_v1", p_caps=dict(caps), p_order=asdict(order))
        return monthly_budget(result["budget"]), tuple(map(change, result["changes"]))


def monthly_budget(row: Mapping[str, Any]) -> MonthlyBudget:
    """Return a standing as `backfill_budget_standing_v1` gives it."""
    terms = row["terms"]
    return MonthlyBudget(
        date.fromisoformat(row["month"]),
        datetime.fromisoformat(row["resumes_at"]),
        tuple(
            Cap(
                Measure(cap["measure"]),
                float(cap["cap"]),
                float(cap["used"]),
                float(cap["share"]),
                CapState(cap["state"]),
            )
            for cap in row["caps"]
        ),
        Terms(float(terms["dollars_per_minute"]), float(terms["included_minutes"]))
        if terms
        else None,
    )
