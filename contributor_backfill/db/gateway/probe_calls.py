"""The gateway's methods for the question about many repositories at once, and what it tells."""

from dataclasses import asdict
from datetime import datetime

from contributor_backfill.db.gateway.calls import Calls
from contributor_backfill.db.rows import Json
from contributor_backfill.domain.control import Order, Suspect
from contributor_backfill.domain.freshness import Asked, Behind, Noted, ProbeClaim, repository_ids


class ProbeCalls(Calls):
    """Call the SQL functions of freshness. Raises `StoreFault` and its kinds."""

    def claim_probes(self, limit: int, lease_seconds: int) -> ProbeClaim:
        """Take up to `limit` repositories whose newest change GitHub is to be asked for."""
        result = self._call(
            "backfill_claim_probes_v1", p_limit=limit, p_lease_seconds=lease_seconds
        )
        suspects = tuple(Suspect(**row) for row in result["repositories"])
        return ProbeClaim(result["asked_at"], suspects, result["taken"])

    def note_probes(
        self, claim: ProbeClaim, asked: Asked, settled_before: datetime | None, order: Order
    ) -> Noted:
        """Write what GitHub said of all of them. What was said later by another run counts more."""
        result = self._call(
            "backfill_note_probes_v1",
            p_asked_at=claim.asked_at,
            p_observed=_observed(asked),
            p_settled_before=settled_before,
            p_order=asdict(order),
        )
        return Noted(result["current"], tuple(result["moved"]))

    def read_behind(self) -> Behind:
        """Return how far behind GitHub the repositories are that are kept current."""
        return behind(self._call("backfill_read_behind_v1"))


def behind(row: Json) -> Behind:
    """Return how far behind the fleet is."""
    return Behind(row["repositories"], row["median_seconds"], row["worst_seconds"], row["worst"])


def _observed(asked: Asked) -> Json:
    return {
        "shown": [
            {
                "repository_id": suspect.repository_id,
                "node_id": newest.node_id,
                "full_name": newest.full_name,
                "is_private": newest.is_private,
                "newest_change": newest.newest_change and newest.newest_change.isoformat(),
            }
            for suspect, newest in asked.shown
        ],
        "refused": {
            each.repository_id: {
                "access": each.access,
                "full_name": each.full_name,
                "reason": each.reason,
            }
            for each in asked.refused
        },
        "unclear": list(repository_ids(asked.unclear)),
    }
