"""The gateway's method for the one look at everything."""

from collections.abc import Sequence

from contributor_backfill.db.gateway.calls import Calls
from contributor_backfill.db.rows import Json


class SnapshotCalls(Calls):
    """Call the SQL function of the snapshot. Raises `StoreFault` and its kinds."""

    def read_turns(self, full_names: Sequence[str]) -> dict[str, Json]:
        """Return the turns of the last day of backfills by name, those that had some."""
        turns: dict[str, Json] = self._call(
            "backfill_read_turns_v1", p_full_names=list(full_names)
        )["paces"]
        return turns

    def read_snapshot(self) -> Json:
        """Return everything that `monitor` shows, a panel for each key."""
        return self._call("backfill_read_snapshot_v1")
