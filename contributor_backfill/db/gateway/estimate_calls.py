"""The gateway's methods for estimates: what was measured so far, and the estimate to keep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from contributor_backfill.db.gateway.calls import Calls
from contributor_backfill.db.rows import wish

if TYPE_CHECKING:
    from contributor_backfill.domain.estimate import Pace
    from contributor_backfill.domain.storage import Storage


class EstimateCalls(Calls):
    """Call the SQL functions of estimates. Raises `StoreFault` and its kinds."""

    def read_pace(self, full_name: str) -> tuple[Pace, Storage]:
        """Return how fast a repository was captured, and what is kept of it; known or not."""
        from contributor_backfill.domain.estimate import Pace

        row = self._call("backfill_read_pace_v1", p_full_name=full_name)
        pace = Pace(
            page_seconds=_seconds(row["page_milliseconds"]),
            request_seconds=_seconds(row["request_milliseconds"]),
            page_size=row["page_size"],
            with_labels=row["with_labels"],
        )
        return pace, self.wishes.storage(wish(row))

    def store_estimate(self, full_name: str, estimate: dict[str, Any]) -> bool:
        """Keep an estimate with its time, and tell whether the repository is tracked at all."""
        result = self._call(
            "backfill_store_estimate_v1", p_full_name=full_name, p_estimate=estimate
        )
        return bool(result["stored"])


def _seconds(milliseconds: float | None) -> float | None:
    return milliseconds / 1000 if milliseconds else None
