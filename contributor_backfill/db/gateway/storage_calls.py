"""The gateway's method for how much of long texts a repository keeps."""

from contributor_backfill.db.gateway.calls import Calls
from contributor_backfill.domain.storage import Keep, Wish
from contributor_backfill.domain.types import RepositoryId


class StorageCalls(Calls):
    """Call the SQL function of storage. Raises `StoreFault` and its kinds."""

    def set_storage(self, repository_id: RepositoryId, storage: Wish) -> None:
        """Remember how much is kept; what is null stays. `NotFound` when it is not tracked."""
        self._call(
            "backfill_set_storage_v1",
            p_repository_id=repository_id,
            p_bodies=_text(storage.bodies),
            p_diff_hunks=_text(storage.diff_hunks),
        )


def _text(keep: Keep | None) -> str | None:
    return None if keep is None else str(keep)
