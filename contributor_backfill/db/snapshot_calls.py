"""The gateway's method for the one look at everything."""

from contributor_backfill.db.calls import Calls
from contributor_backfill.db.reading import Json


class SnapshotCalls(Calls):
    """Call the SQL function of the snapshot. Raises `StoreFault` and its kinds."""

    def read_snapshot(self) -> Json:
        """Return everything that `monitor` shows, a panel for each key."""
        return self._call("backfill_read_snapshot_v1")
