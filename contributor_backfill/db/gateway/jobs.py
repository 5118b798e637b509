"""The gateway's methods for jobs: adding, routing, handing over, looking at the queue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from contributor_backfill.db.gateway.calls import Calls
from contributor_backfill.db.rows import Json, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from contributor_backfill.domain.control import Order
    from contributor_backfill.domain.jobs import (
        Attempted,
        Enqueued,
        Handover,
        JobType,
        Offer,
        Preview,
        Processor,
    )
    from contributor_backfill.domain.routing import Decision, Undecided
    from contributor_backfill.domain.types import Priority


@dataclass(frozen=True)
class RoutingSettings:
    """The settings of routing; `stopped_by` names the switch that keeps all of them back."""

    target: float
    included: tuple[str, ...]
    excluded: tuple[str, ...]
    stopped_by: str | None


class JobCalls(Calls):
    """Call the SQL functions of jobs. Raises `StoreFault` and its kinds."""

    def enqueue_job(
        self,
        job_type: JobType,
        full_name: str,
        *,
        days: int | None,
        priority: Priority,
        pr_numbers: tuple[int, ...] | None,
    ) -> Enqueued:
        """Add a job without a processor, unless it is there. Raises `NotFound`."""
        from contributor_backfill.domain.jobs import Enqueued

        result = self._call(
            "backfill_enqueue_job_v1",
            p_job_type=job_type,
            p_full_name=full_name,
            p_days=days,
            p_priority=priority,
            p_pr_numbers=pr_numbers,
        )
        return read(Enqueued, result)

    def undecided_jobs(self, limit: int) -> Undecided:
        """Return the oldest `limit` jobs without a processor, and how routing is steered."""
        from contributor_backfill.domain.jobs import work_of
        from contributor_backfill.domain.routing import (
            WINDOW,
            Facts,
            MeasuredShare,
            Policy,
            Undecided,
        )

        result = self._call("backfill_undecided_jobs_v1", p_limit=limit, p_window=WINDOW)
        settings = result["settings"]
        share = read(MeasuredShare, result["window"], policy=read(Policy, settings))
        jobs = tuple((work_of(row), read(Facts, row)) for row in result["jobs"])
        return Undecided(jobs, share, settings["stopped_by"])

    def decide_jobs(self, undecided: Undecided, decisions: Iterable[Decision]) -> frozenset[str]:
        """Write decisions; return the ids of the jobs that nobody else had decided meanwhile."""
        priorities = {work.job_id: work.priority for work, _ in undecided.jobs}
        rows = [
            {
                "job_id": decision.job_id,
                "decision": decision.verdict,
                "reason": decision.reason,
                "priority": priorities[decision.job_id],
                "estimated_work": decision.work,
            }
            for decision in decisions
        ]
        result = self._call("backfill_decide_jobs_v1", p_decisions={"jobs": rows})
        return frozenset(result["decided"])

    def set_routing(
        self,
        order: Order,
        *,
        target: float | None,
        is_stopped: bool | None,
        included: Sequence[str] | None,
        excluded: Sequence[str] | None,
    ) -> tuple[RoutingSettings, bool]:
        """Change how jobs are routed; return the settings, and whether anything changed."""
        result = self._call(
            "backfill_set_routing_v1",
            p_order=order,
            p_target=target,
            p_is_stopped=is_stopped,
            p_included=included,
            p_excluded=excluded,
        )
        return read(RoutingSettings, result["settings"]), result["is_changed"]

    def claim_job(self, holder: str, lease_seconds: int, processors: Iterable[Processor]) -> Offer:
        """Take the lease of the next job for one of `processors`: it is noted as being sent."""
        from contributor_backfill.domain.jobs import Offer

        result = self._call(
            "backfill_claim_job_v1",
            p_holder=holder,
            p_lease_seconds=lease_seconds,
            p_processors=list(processors),
        )
        return read(Offer, result, handover=result["job"] and _handover(result["job"]))

    def peek_dispatch(self, limit: int) -> Preview:
        """Return what would be handed over now."""
        from contributor_backfill.domain.jobs import Preview

        result = self._call("backfill_peek_dispatch_v1", p_limit=limit)
        return read(Preview, result, handovers=tuple(map(_handover, result["jobs"])))

    def note_dispatch(
        self,
        handover: Handover,
        *,
        event_ids: Sequence[str] | None = None,
        workflow_run_id: int | None = None,
    ) -> None:
        """Note that the processor has a job. Raises `LeaseLost`."""
        self._call(
            "backfill_note_dispatch_v1",
            p_job_id=handover.work.job_id,
            p_lease_token=handover.lease_token,
            p_event_ids=event_ids,
            p_workflow_run_id=workflow_run_id,
        )

    def fail_dispatch(
        self, handover: Handover, error: str, *, is_final: bool, not_before: datetime | None = None
    ) -> Attempted:
        """Note that a job could not be handed over. Raises `LeaseLost`."""
        from contributor_backfill.domain.jobs import Attempted

        result = self._call(
            "backfill_fail_dispatch_v1",
            p_job_id=handover.work.job_id,
            p_lease_token=handover.lease_token,
            p_error=error,
            p_is_final=is_final,
            p_not_before=not_before,
        )
        return read(Attempted, result)

    def release_job(self, handover: Handover, error: str | None, wait_seconds: int = 0) -> None:
        """Give a job back as it was, because its processor cannot take it for a while."""
        self._call(
            "backfill_release_job_v2",
            p_job_id=handover.work.job_id,
            p_lease_token=handover.lease_token,
            p_error=error,
            p_wait_seconds=wait_seconds,
        )

    def return_jobs(self) -> tuple[int, int]:
        """Put back what never began; return how many of Actions and how many of Inngest."""
        result = self._call("backfill_return_jobs_v1")
        return result["returned"], result["failed"]

    def read_queue(self, limit: int) -> Json:
        """Return the queue as it is shown: {"jobs", "totals", "undecided"}."""
        return self._call("backfill_read_queue_v1", p_limit=limit)

    def revive_job(self, job_id: str, order: Order) -> tuple[bool, str]:
        """Put a dead letter back; return whether it was one, and its state before."""
        result = self._call("backfill_revive_job_v1", p_job_id=job_id, p_order=order)
        return result["is_revived"], result["state"]


def _handover(row: Json) -> Handover:
    from contributor_backfill.domain.jobs import Handover, work_of

    # JSON has no numbers as keys.
    ids = row["pull_requests"] or {}
    return read(
        Handover,
        row,
        work=work_of(row),
        pull_request_ids={int(number): row_id for number, row_id in ids.items()},
    )
