"""The gateway's methods for what a person changes by hand, and the history of it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from contributor_backfill.db.gateway.calls import Calls
from contributor_backfill.db.rows import Json, moment

if TYPE_CHECKING:
    from contributor_backfill.domain.control import Action, Change, Controlled, Order
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

        changes: list[Change] = []
        busy: list[str] = []
        after = None
        while True:
            result = self._call(
                "backfill_peek_control_v2" if rehearsed else "backfill_control_repositories_v2",
                p_action=action,
                p_arguments=arguments,
                p_order=asdict(order),
                p_repository_id=repository_id,
                p_full_name=full_name,
                p_after=after,
            )
            changes += map(change, result["changes"])
            busy += result["busy"]
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
        result = self._call(
            "backfill_list_interventions_v1",
            p_repository_id=repository_id,
            p_full_name=full_name,
            p_limit=limit,
        )
        return tuple(change(row) for row in result["interventions"])


def change(row: Json) -> Change:
    """Return a change as `backfill_show_intervention_v1` shows it, or one that was not made."""
    from contributor_backfill.domain.control import Change

    return Change(
        action=row["action"],
        repository=row["repository"],
        actor=row["actor"],
        reason=row["reason"],
        before=row["before"],
        after=row["after"],
        made_at=moment(row.get("made_at")),
    )
