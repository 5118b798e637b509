"""Handing over what was routed, job by job, each under its own lease.

The database notes that a job is being sent before it is, and that it was sent after. A run that is
killed between the two leaves a lease that expires: whoever takes it over knows that the job may
have arrived. Two dispatchers at once never hold the same job.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.errors import BackfillError, LeaseLost
from contributor_backfill.domain.jobs import Handover, Processor
from contributor_backfill.domain.policy import JOB_LEASE_SECONDS, JOB_WAIT_SECONDS
from contributor_backfill.operations.processors import (
    JobWaits,
    ProcessorClosed,
    ProcessorWaits,
    Refused,
    Sender,
    TryLater,
)


class Outcome(StrEnum):
    """What became of a job."""

    SENT = "sent"
    FOUND = "found"
    LATER = "later"
    DEAD = "dead"


@dataclass(frozen=True)
class Handed:
    """A job and what became of it; `error` and `next_attempt_at` when it was not taken."""

    handover: Handover
    outcome: Outcome
    error: str = ""
    next_attempt_at: datetime | None = None


@dataclass
class DispatchReport:
    """What a run handed over. `faults` are processors that take no job now, with the reason.

    `held` is why jobs of some kind wait while others are handed over, each reason once. `waiting`
    are the jobs that were due when it ended, by processor.
    """

    returned: int = 0
    failed: int = 0
    handed: list[Handed] = field(default_factory=list)
    faults: dict[Processor, BackfillError] = field(default_factory=dict)
    held: dict[str, BackfillError] = field(default_factory=dict)
    waiting: Mapping[Processor, int] = field(default_factory=dict)
    stopped_by: str | None = None

    @property
    def dead(self) -> list[Handed]:
        """The jobs that became dead letters."""
        return [each for each in self.handed if each.outcome is Outcome.DEAD]


class Dispatching:
    """Hand jobs to the processors that there are senders for."""

    def __init__(self, gateway: Gateway, senders: Mapping[Processor, Sender], holder: str) -> None:
        self._gateway = gateway
        self._senders = dict(senders)
        self._holder = holder

    def run(self, limit: int) -> DispatchReport:
        """Put back what never began, then hand over at most `limit` jobs in the queue's order."""
        returned, failed = self._gateway.return_jobs()
        report = DispatchReport(returned, failed)
        while True:
            processors = list(self._senders) if len(report.handed) < limit else []
            offer = self._gateway.claim_job(self._holder, JOB_LEASE_SECONDS, processors)
            report.waiting, report.stopped_by = offer.waiting, offer.stopped_by
            if offer.handover is None:
                return report
            with suppress(LeaseLost):
                self._hand_over(offer.handover, report)

    def _hand_over(self, handover: Handover, report: DispatchReport) -> None:
        try:
            receipt = self._senders[handover.processor].send(handover)
        except (ProcessorClosed, ProcessorWaits) as fault:
            # It is not this job's fault, so nothing is counted against it.
            self._gateway.release_job(handover, fault.message)
            report.faults[handover.processor] = fault
            del self._senders[handover.processor]
        except JobWaits as fault:
            self._gateway.release_job(handover, fault.message, JOB_WAIT_SECONDS)
            report.held[fault.message] = fault
        except (Refused, TryLater) as fault:
            report.handed.append(self._failed(handover, fault))
        else:
            self._gateway.note_dispatch(
                handover,
                event_ids=receipt.event_ids,
                workflow_run_id=receipt.workflow_run_id,
            )
            is_found = receipt.workflow_run_id is not None
            report.handed.append(Handed(handover, Outcome.FOUND if is_found else Outcome.SENT))

    def _failed(self, handover: Handover, fault: Refused | TryLater) -> Handed:
        not_before = fault.not_before if isinstance(fault, TryLater) else None
        attempted = self._gateway.fail_dispatch(
            handover,
            fault.message,
            is_final=isinstance(fault, Refused),
            not_before=not_before,
        )
        outcome = Outcome.DEAD if attempted.is_dead else Outcome.LATER
        return Handed(handover, outcome, fault.message, attempted.next_attempt_at)
