"""The gateway's methods for what GitHub says of workflow runs."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from contributor_backfill.db.gateway.calls import Calls

if TYPE_CHECKING:
    from collections.abc import Iterable

    from contributor_backfill.db.rows import Json
    from contributor_backfill.domain.workflow_runs import (
        Attempt,
        Delivery,
        Noted,
        Observation,
        OpenRuns,
        Remainder,
    )


class WorkflowCalls(Calls):
    """Call the SQL functions of workflow runs. Raises `StoreFault` and its kinds."""

    def note_workflow_runs(
        self, observed: Iterable[tuple[Observation, bool]], delivery: Delivery | None = None
    ) -> Noted:
        """Take in what was said of workflow runs, each with whether it is one of ours.

        One that is not is stored only if it is known. `delivery` is that of a single one.
        """
        from contributor_backfill.domain.workflow_runs import Noted

        result = self._call(
            "backfill_note_workflow_runs_v1",
            p_observed={"runs": [as_row(*each) for each in observed]},
            p_delivery=_delivery_row(delivery) if delivery else None,
        )
        return Noted(result["stored"], result["settled"], result["is_repeated"])

    def open_workflow_runs(self, since: datetime) -> OpenRuns:
        """Return the runs that GitHub has to be asked about; what is over counts from `since`."""
        from contributor_backfill.domain.workflow_runs import Attempt, OpenRuns

        result = self._call("backfill_open_workflow_runs_v1", p_since=since)
        attempts = tuple(Attempt(**row) for row in result["runs"])
        return OpenRuns(datetime.fromisoformat(result["asked_at"]), attempts)

    def lose_workflow_run(self, attempt: Attempt) -> int:
        """Close a run that GitHub does not know any more; return how many runs were settled."""
        result = self._call(
            "backfill_lose_workflow_run_v1",
            p_repository=attempt.repository,
            p_run_id=attempt.run_id,
            p_run_attempt=attempt.run_attempt,
        )
        return int(result["settled"])

    def finish_run_sync(self, run_id: str, asked_at: datetime) -> Remainder:
        """Lose the runs that fell silent, and count what is open beside the run that asks."""
        from contributor_backfill.domain.workflow_runs import Remainder

        result = self._call("backfill_finish_run_sync_v1", p_run_id=run_id, p_asked_at=asked_at)
        return Remainder(result["lost"], result["in_progress"], result["unknown"])


def as_row(observation: Observation, is_ours: bool) -> Json:
    """Return an observation as the database reads it."""
    attempt, state = observation.attempt, observation.state
    return {
        "workflow_repository": attempt.repository,
        "run_id": attempt.run_id,
        "run_attempt": attempt.run_attempt,
        "is_ours": is_ours,
        "run": _plain(asdict(state)) if state else None,
        "jobs": [_plain(asdict(job)) for job in observation.jobs],
    }


def _delivery_row(delivery: Delivery) -> Json:
    return {"id": delivery.delivery_id, "event": delivery.event, "action": delivery.action}


def _plain(values: dict[str, Any]) -> Json:
    """Return values as JSON holds them; an empty text is none."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value or None
        for name, value in values.items()
    }
