"""The gateway's methods for run records."""

from dataclasses import asdict
from typing import Any

from contributor_backfill.db.gateway.calls import Calls
from contributor_backfill.db.gateway.cost_calls import monthly_budget
from contributor_backfill.db.migrations import this_version
from contributor_backfill.db.rows import moment
from contributor_backfill.domain.runs import (
    Afterwards,
    Begun,
    Counts,
    RunBegin,
    RunEnd,
    WorkflowRun,
)


class RunCalls(Calls):
    """Call the SQL functions of run records. Raises `StoreFault` and its kinds."""

    def begin_run(self, begin: RunBegin) -> Begun:
        """Record that a run begins, and return what is to be known of the ones before it.

        Raises `NotFound` for a capture job that is not there, and `NotConfigured` in a database of
        another version.
        """
        result = self._call("backfill_begin_run_v2", p_run=_row(begin), p_version=this_version())
        budget = result["budget"]
        return Begun(
            moment(result["previous_started_at"]),
            budget and monthly_budget(budget),
            result["repository_now"],
        )

    def beat_run(self, run_id: str, counts: Counts) -> None:
        """Note that a run is alive, and what it has done."""
        self._call("backfill_beat_run_v1", p_run_id=run_id, p_counts=_counts_row(counts))

    def follow_renames(self) -> int:
        """Write new names beside some pull requests more; return how many renames are left."""
        return int(self._call("backfill_follow_renames_v2", p_limit=200)["left"])

    def count_repositories(self) -> bool:
        """Count how complete some captured repositories are; tell whether some are left."""
        return bool(self._call("backfill_count_repositories_v2")["left"])

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
            p_counts=_counts_row(counts),
        )
        return Afterwards(result["renames_left"], result["counts_left"])


def _counts_row(counts: Counts) -> dict[str, Any]:
    quota = counts.quota
    return {
        **asdict(counts),
        "quota": quota and {**asdict(quota), "reset_at": quota.reset_at.isoformat()},
    }


def _row(begin: RunBegin) -> dict[str, Any]:
    return {
        "id": begin.run_id,
        "command": begin.command,
        "repository": begin.repository or None,
        "holder": begin.holder,
        "capture_job_id": begin.capture_job_id,
        **(_workflow_row(begin.workflow_run) if begin.workflow_run else {}),
    }


def _workflow_row(run: WorkflowRun) -> dict[str, Any]:
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
