"""The gateway's methods for what a person or `recover` changes of repositories, and its history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from contributor_backfill.db.gateway.calls import Calls
from contributor_backfill.db.rows import read, read_all

if TYPE_CHECKING:
    from contributor_backfill.domain.control import (
        Action,
        Candidate,
        Change,
        Controlled,
        Ending,
        Extent,
        Order,
        Piece,
    )
    from contributor_backfill.domain.storage import Wish
    from contributor_backfill.domain.types import RepositoryId


class ControlCalls(Calls):
    """Call the SQL functions of control. Raises `StoreFault` and its kinds.

    Without a name or an id, a method is about all repositories that are tracked. It raises
    `NotFound` for one that is not.
    """

    def control_repositories(
        self,
        action: Action,
        arguments: dict[str, Any],
        order: Order,
        *,
        repository_id: RepositoryId | None = None,
        full_name: str | None = None,
        rehearsed: bool = False,
    ) -> Controlled:
        """Change repositories and put each change on record; `rehearsed`, nothing is written.

        All of them are changed a piece a call.
        """
        from contributor_backfill.domain.control import Controlled

        # All at once would hold the locks of thousands of rows, and meet the API's time limit.
        changes: list[Change] = []
        busy: list[str] = []
        after = None
        while True:
            result = self._call(
                "backfill_peek_control_v2" if rehearsed else "backfill_control_repositories_v2",
                p_action=action,
                p_arguments=arguments,
                p_order=order,
                p_repository_id=repository_id,
                p_full_name=full_name,
                p_after=after,
            )
            piece = read(Controlled, result)
            changes += piece.changes
            busy += piece.busy
            after = result["next"]
            if after is None:
                return Controlled(tuple(changes), tuple(sorted(busy)))

    def list_interventions(
        self,
        limit: int,
        *,
        repository_id: RepositoryId | None = None,
        full_name: str | None = None,
    ) -> tuple[Change, ...]:
        """Return the last `limit` changes that were made by hand or by `recover`, newest first."""
        from contributor_backfill.domain.control import Change

        result = self._call(
            "backfill_list_interventions_v1",
            p_repository_id=repository_id,
            p_full_name=full_name,
            p_limit=limit,
        )
        return read_all(Change, result["interventions"])

    def recover(
        self, order: Order, stuck_minutes: float, *, rehearsed: bool = False
    ) -> tuple[Change, ...]:
        """Put in order what lost runs and expired pauses left; return what was changed.

        `rehearsed`, nothing is written.
        """
        from contributor_backfill.domain.control import Change

        result = self._call(
            "backfill_peek_recovery_v1" if rehearsed else "backfill_recover_v1",
            p_order=order,
            p_stuck_minutes=stuck_minutes,
        )
        return read_all(Change, result["changes"])

    def set_storage(self, repository_id: RepositoryId, storage: Wish) -> None:
        """Remember how much is kept; what is null stays. `NotFound` when it is not tracked."""
        bodies, diff_hunks = storage.bodies, storage.diff_hunks
        self._call(
            "backfill_set_storage_v1",
            p_repository_id=repository_id,
            p_bodies=None if bodies is None else str(bodies),
            p_diff_hunks=None if diff_hunks is None else str(diff_hunks),
        )

    def set_refresh(
        self,
        days: int,
        full_name: str | None = None,
        repository_id: RepositoryId | None = None,
    ) -> None:
        """Set how often a repository is read again, or all that have no number of their own."""
        self._call(
            "backfill_set_refresh_v1",
            p_days=days,
            p_repository_id=repository_id,
            p_full_name=full_name,
        )

    def peek_untrack(self, full_name: str) -> Candidate:
        """Return a tracked repository by its name or a former one, or one that was tracked.

        Raises `NotFound` for any other.
        """
        from contributor_backfill.domain.control import Candidate

        result = self._call("backfill_peek_untrack_v1", p_full_name=full_name)
        return read(Candidate, result, worker=result["busy"])

    def untrack_repository(
        self, repository_id: RepositoryId, order: Order, *, deletes: bool
    ) -> Controlled:
        """Stop serving a repository; with `deletes` mark what is stored of it for deletion."""
        from contributor_backfill.domain.control import Controlled

        result = self._call(
            "backfill_untrack_repository_v1",
            p_repository_id=repository_id,
            p_deletes=deletes,
            p_order=order,
        )
        return read(Controlled, result)

    def count_deletion(
        self, repository_id: RepositoryId, after: int | None
    ) -> tuple[Extent, int | None]:
        """Return a part of what a deletion would delete, and the number to go on after."""
        from contributor_backfill.domain.control import Extent

        result = self._call(
            "backfill_count_deletion_v1", p_repository_id=repository_id, p_after=after
        )
        return read(Extent, result), result["next"]

    def delete_piece(self, repository_id: RepositoryId, rows: int) -> Piece:
        """Delete the next rows of a repository that is being deleted."""
        from contributor_backfill.domain.control import Piece

        result = self._call("backfill_delete_piece_v1", p_repository_id=repository_id, p_rows=rows)
        # A foreign key of a table that is not ours refuses: nothing of the piece was deleted.
        by = result["blocked"]
        return read(Piece, result, blocked=by and (by["table"], by["constraint"]))

    def finish_deletion(
        self, repository_id: RepositoryId, order: Order, *, keeps_row: bool = False
    ) -> Ending:
        """Forget the repository, and delete its own row unless something refers to it."""
        from contributor_backfill.domain.control import Ending

        result = self._call(
            "backfill_finish_deletion_v1",
            p_repository_id=repository_id,
            p_keeps_row=keeps_row,
            p_order=order,
        )
        return read(Ending, result)
