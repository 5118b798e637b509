"""The gateway's methods for planning: what is due, and who starts a successor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from contributor_backfill.db.gateway.calls import Calls
from contributor_backfill.db.rows import moment

if TYPE_CHECKING:
    from datetime import datetime

    from contributor_backfill.domain.planning import DueRepository
    from contributor_backfill.domain.sources import Wanted


class PlanningCalls(Calls):
    """Call the SQL functions of planning. Raises `StoreFault` and its kinds."""

    def due_work(self, wanted: Wanted) -> tuple[DueRepository, ...]:
        """Return what is due of every repository, in the order in which it is served."""
        result = self._call(
            "backfill_due_work_v1",
            p_feeds=tuple(wanted.sources),
            p_connections=tuple(wanted.connections),
            p_hours=wanted.hours,
        )
        return tuple(_due(row, with_labels=result["with_labels"]) for row in result["repositories"])

    def claim_successor(
        self, workflow_repository: str, workflow: str, run_id: int | None, minutes: float
    ) -> datetime | None:
        """Take the right to start the next run of a workflow.

        Returns when the last one was started, if that is less than `minutes` ago: then another run
        has the right.
        """
        result = self._call(
            "backfill_claim_successor_v1",
            p_workflow_repository=workflow_repository,
            p_workflow=workflow,
            p_run_id=run_id,
            p_minutes=minutes,
        )
        return moment(result["dispatched_at"])

    def release_successor(self, workflow_repository: str, workflow: str) -> None:
        """Give the right back, because the next run could not be started."""
        self._call(
            "backfill_release_successor_v1",
            p_workflow_repository=workflow_repository,
            p_workflow=workflow,
        )


def _due(row: dict[str, Any], *, with_labels: bool) -> DueRepository:
    from contributor_backfill.domain.planning import DueRepository

    return DueRepository(
        full_name=row["full_name"],
        pull_requests=row["pull_requests"],
        feeds=row["feeds"],
        lists=row["lists"],
        page_size=row["page_size"],
        page_seconds=row["page_seconds"],
        with_labels=with_labels,
    )
