"""The gateway's methods for what is not tracked any more, and for the deletion of its data."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from contributor_backfill.db.gateway.calls import Calls
from contributor_backfill.db.gateway.control import change
from contributor_backfill.db.rows import Json, moment
from contributor_backfill.domain.types import RepositoryId

if TYPE_CHECKING:
    from contributor_backfill.domain.control import (
        Candidate,
        Controlled,
        Ending,
        Extent,
        Order,
        Piece,
        Reference,
    )


class UntrackCalls(Calls):
    """Call the SQL functions of untracking. Raises `StoreFault` and its kinds."""

    def peek_untrack(self, full_name: str) -> Candidate:
        """Return a tracked repository by its name or a former one, or one that was tracked.

        Raises `NotFound` for any other.
        """
        from contributor_backfill.domain.control import Candidate

        result = self._call("backfill_peek_untrack_v1", p_full_name=full_name)
        return Candidate(
            repository_id=RepositoryId(result["repository_id"]),
            full_name=result["full_name"],
            untracked_at=moment(result["untracked_at"]),
            deleting_at=moment(result["deleting_at"]),
            worker=result["busy"],
            issues=tuple(result["issues"]),
            is_listed_by_the_site=result["is_listed_by_the_site"],
        )

    def untrack_repository(
        self, repository_id: RepositoryId, order: Order, *, deletes: bool
    ) -> Controlled:
        """Stop serving a repository; with `deletes` mark what is stored of it for deletion."""
        from contributor_backfill.domain.control import Controlled

        result = self._call(
            "backfill_untrack_repository_v1",
            p_repository_id=repository_id,
            p_deletes=deletes,
            p_order=asdict(order),
        )
        return Controlled(tuple(change(row) for row in result["changes"]), tuple(result["busy"]))

    def count_deletion(
        self, repository_id: RepositoryId, after: int | None
    ) -> tuple[Extent, int | None]:
        """Return a part of what a deletion would delete, and the number to go on after."""
        from contributor_backfill.domain.control import Extent

        result = self._call(
            "backfill_count_deletion_v1", p_repository_id=repository_id, p_after=after
        )
        others = tuple(_reference(row) for row in result["others"])
        return Extent(result["counts"], others), result["next"]

    def delete_piece(self, repository_id: RepositoryId, rows: int) -> Piece:
        """Delete the next rows of a repository that is being deleted."""
        from contributor_backfill.domain.control import Piece

        result = self._call("backfill_delete_piece_v1", p_repository_id=repository_id, p_rows=rows)
        blocked = result["blocked"]
        return Piece(
            result["deleted"],
            result["is_left"],
            (blocked["table"], blocked["constraint"]) if blocked else None,
        )

    def finish_deletion(
        self, repository_id: RepositoryId, order: Order, *, keeps_row: bool = False
    ) -> Ending:
        """Forget the repository, and delete its own row unless something refers to it."""
        from contributor_backfill.domain.control import Ending

        result = self._call(
            "backfill_finish_deletion_v1",
            p_repository_id=repository_id,
            p_keeps_row=keeps_row,
            p_order=asdict(order),
        )
        kept_by = result["kept_by"]
        return Ending(
            result["is_done"], result["deleted"], None if kept_by is None else tuple(kept_by)
        )


def _reference(row: Json) -> Reference:
    from contributor_backfill.domain.control import Reference

    return Reference(
        row["table"], row["column"], row["constraint"], row["action"], row["target"], row["count"]
    )
