"""The gateway's methods for runs: their records, what they use, what GitHub says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from contributor_backfill.db.gateway.calls import Calls
from contributor_backfill.db.migrations import this_version
from contributor_backfill.db.rows import Json, as_json, moment, read, read_all
from contributor_backfill.domain.budget import MonthlyBudget
from contributor_backfill.domain.runs import Afterwards, Begun

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from contributor_backfill.domain.control import Change, Order
    from contributor_backfill.domain.planning import DueRepository
    from contributor_backfill.domain.runs import Counts, RunBegin, RunEnd, WorkflowRun
    from contributor_backfill.domain.sources import Wanted
    from contributor_backfill.domain.workflow_runs import (
        Delivery,
        Noted,
        Observation,
        OpenRuns,
        Remainder,
        WorkflowAttempt,
    )


class RunCalls(Calls):
    """Call the SQL functions of runs. Raises `StoreFault` and its kinds."""

    def begin_run(self, begin: RunBegin) -> Begun:
        """Record that a run begins, and return what is to be known of the ones before it.

        Raises `NotFound` for a capture job that is not there, and `NotConfigured` in a database of
        another version.
        """
        run = {
            "id": begin.run_id,
            "command": begin.command,
            "repository": begin.repository or None,
            "holder": begin.holder,
            "capture_job_id": begin.capture_job_id,
            **(_workflow_row(begin.workflow_run) if begin.workflow_run else {}),
        }
        # With the version: an older one must not write into a database that a newer one migrated.
        return read(Begun, self._call("backfill_begin_run_v2", p_run=run, p_version=this_version()))

    def beat_run(self, run_id: str, counts: Counts) -> None:
        """Note that a run is alive, and what it has done."""
        self._call("backfill_beat_run_v1", p_run_id=run_id, p_counts=counts)

    def end_run(self, run_id: str, end: RunEnd, counts: Counts) -> Afterwards:
        """Record how a run ended; return what has yet to be done."""
        result = self._call(
            "backfill_end_run_v1",
            p_run_id=run_id,
            p_end={
                "outcome": end.outcome,
                "stop_reason": end.stop_reason,
                "error": end.error or None,
                "exit_code": end.exit_code,
            },
            p_counts=counts,
        )
        return read(Afterwards, result)

    def follow_renames(self) -> int:
        """Write new names beside some pull requests more; return how many renames are left."""
        # Few enough for a short statement: what is left is for the next run.
        return int(self._call("backfill_follow_renames_v2", p_limit=200)["left"])

    def count_repositories(self) -> bool:
        """Count how complete some captured repositories are; tell whether some are left."""
        return bool(self._call("backfill_count_repositories_v2")["left"])

    def due_work(self, wanted: Wanted) -> tuple[DueRepository, ...]:
        """Return what is due of every repository, in the order in which it is served."""
        from contributor_backfill.domain.planning import DueRepository

        result = self._call(
            "backfill_due_work_v2",
            p_sources=wanted.sources,
            p_connections=wanted.connections,
            p_hours=wanted.hours,
        )
        labels: bool = result["with_labels"]
        return tuple(read(DueRepository, row, with_labels=labels) for row in result["repositories"])

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

    def read_budget(self) -> MonthlyBudget:
        """Return how this month stands against its caps."""
        return read(MonthlyBudget, self._call("backfill_read_budget_v1")["budget"])

    def set_budget(
        self, caps: Mapping[str, float | None], order: Order
    ) -> tuple[MonthlyBudget, tuple[Change, ...]]:
        """Set caps, or lift them with null, and return how the month stands and what was changed.

        `caps` may hold `dollars_per_minute` and `included_minutes` too, by which dollars count.
        """
        from contributor_backfill.domain.control import Change

        result = self._call("backfill_set_budget_v1", p_caps=dict(caps), p_order=order)
        return read(MonthlyBudget, result["budget"]), read_all(Change, result["changes"])

    def note_workflow_runs(
        self, observed: Iterable[tuple[Observation, bool]], delivery: Delivery | None = None
    ) -> Noted:
        """Note reports of workflow runs, each with whether it is one of ours.

        One that is not is stored only if it is known. `delivery` is that of a single one.
        """
        from contributor_backfill.domain.workflow_runs import Noted

        result = self._call(
            "backfill_note_workflow_runs_v1",
            p_observed={
                "runs": [observed_row(observation, is_ours) for observation, is_ours in observed]
            },
            p_delivery=delivery
            and {"id": delivery.delivery_id, "event": delivery.event, "action": delivery.action},
        )
        return read(Noted, result)

    def open_workflow_runs(self, since: datetime) -> OpenRuns:
        """Return the runs that GitHub has to be asked about; what is over counts from `since`."""
        from contributor_backfill.domain.workflow_runs import OpenRuns, WorkflowAttempt

        result = self._call("backfill_open_workflow_runs_v1", p_since=since)
        return read(OpenRuns, result, attempts=read_all(WorkflowAttempt, result["runs"]))

    def lose_workflow_run(self, attempt: WorkflowAttempt) -> int:
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

        return read(
            Remainder,
            self._call("backfill_finish_run_sync_v1", p_run_id=run_id, p_asked_at=asked_at),
        )


def _workflow_row(run: WorkflowRun) -> Json:
    return {
        "workflow_repository": run.repository,
        "workflow": run.workflow,
        "workflow_run_id": run.run_id,
        "run_attempt": run.run_attempt,
        "job": run.job,
        "runner": run.runner,
        "event": run.event,
        "url": run.url,
        "workflow_is_private": run.is_private,
    }


def observed_row(observation: Observation, is_ours: bool) -> Json:
    """Return an observation as the database reads it."""
    attempt = observation.attempt
    return {
        "workflow_repository": attempt.repository,
        "run_id": attempt.run_id,
        "run_attempt": attempt.run_attempt,
        "is_ours": is_ours,
        "run": observation.state and _without_empty(observation.state),
        "jobs": [_without_empty(job) for job in observation.jobs],
    }


def _without_empty(state: Any) -> Json:
    """Return what GitHub said of a run or a job; an empty text is none."""
    return {name: value or None for name, value in as_json(state).items()}
