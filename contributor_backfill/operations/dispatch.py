"""Hand routed jobs over, one after another, each under its own lease.

The database notes that a job is being sent before it is, and that it was sent after. A run that is
killed between the two leaves a lease that expires: whoever takes it over knows that the job may
have arrived. Two dispatchers at once never hold the same job.

GitHub starts a run for every dispatch, also for the same one twice. So a job that may have arrived
is looked for first: its id is in the run's name. Inngest runs nothing for an event whose id it had
within a day, so sending again is safe.

https://docs.github.com/en/rest/actions/workflows#create-a-workflow-dispatch-event
https://www.inngest.com/docs/events
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol
from urllib.parse import quote

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.clock import Clock
from contributor_backfill.domain.errors import BackfillError, LeaseLost, NotConfigured
from contributor_backfill.domain.jobs import (
    Dispatch,
    Handover,
    Impossible,
    Processor,
    dispatch_of,
    events_of,
)
from contributor_backfill.domain.network import DIRECT, Network
from contributor_backfill.domain.policy import JOB_LEASE_SECONDS, JOB_WAIT_SECONDS
from contributor_backfill.github import actions
from contributor_backfill.github.client import GitHubClient
from contributor_backfill.github.faults import (
    BadCredentials,
    Forbidden,
    GitHubFault,
    Gone,
    RateLimited,
    Unusable,
)
from contributor_backfill.operations.outbound import Response, Undelivered, exchange, is_address


class JobRefused(BackfillError):
    """The job itself is wrong for its processor: no use in trying again."""


class TryLater(BackfillError):
    """The processor did not take the job, or nobody knows; not again before `not_before`."""

    def __init__(self, message: str, not_before: datetime | None = None) -> None:
        super().__init__(message)
        self.not_before = not_before


class ProcessorClosed(NotConfigured):
    """The processor takes no job at all from us: a person must act."""


class JobWaits(NotConfigured):
    """The processor does not take jobs of this kind, through no fault of theirs: a person must act.

    Its other jobs are handed over.
    """


class ProcessorWaits(BackfillError):
    """The processor takes no job for a while: its quota is spent."""

    exit_code = 0


@dataclass(frozen=True)
class Receipt:
    """A processor's receipt for a job: the ids of events, or the run that was found to have it."""

    event_ids: Sequence[str] | None = None
    workflow_run_id: int | None = None


class Sender(Protocol):
    """One way to a processor."""

    def send(self, handover: Handover, /) -> Receipt:
        """Hand a job over, once. Raises the errors above."""
        ...


CLOCKS_DIFFER = timedelta(minutes=10)
"""GitHub dates a run by its own clock, the database a claim by its."""


class ActionsSender:
    """Start a run for a job; `reference` is the branch or tag that the workflow is of."""

    def __init__(self, client: GitHubClient, repository: str, reference: str) -> None:
        self._client = client
        self._repository = repository
        self._reference = reference
        self._disabled: dict[str, JobWaits] = {}

    def send(self, handover: Handover, /) -> Receipt:
        """Start a run, unless one is there. Raises the errors above."""
        start = dispatch_of(handover.work)
        if isinstance(start, Impossible):
            raise JobRefused(start.reason)
        if start.workflow in self._disabled:
            raise self._disabled[start.workflow]
        with self._explained(start):
            # Looking for a run costs requests, so only what may have arrived is looked for.
            run_id = self._find(handover, start) if handover.is_repeated else None
            if run_id is None:
                actions.dispatch(
                    self._client,
                    self._repository,
                    start.workflow,
                    self._reference,
                    start.inputs,
                )
        return Receipt(workflow_run_id=run_id)

    def _find(self, handover: Handover, start: Dispatch) -> int | None:
        assert handover.claimed_at is not None, "what was sent was claimed"
        since = handover.claimed_at - CLOCKS_DIFFER
        return actions.find_dispatched_run(
            self._client, self._repository, start.workflow, handover.work.job_id, since
        )

    @contextmanager
    def _explained(self, start: Dispatch) -> Iterator[None]:
        """Raise what GitHub says as what it means for the job, or for all of them."""
        try:
            yield
        except RateLimited as fault:
            raise ProcessorWaits(
                f"GitHub asks to wait: {fault.message}", advice="The next run hands over the rest."
            ) from fault
        except Gone as fault:
            raise self._missing(start) from fault
        except (Forbidden, BadCredentials) as fault:
            raise ProcessorClosed(
                f"This token may not start workflows in {self._repository}: {fault.message}",
                advice="Give the workflow's job `permissions: actions: write`. Its jobs wait.",
            ) from fault
        except Unusable as fault:
            # Only GitHub's words tell these apart.
            if "No ref found" in fault.message:
                raise ProcessorClosed(
                    f"{self._repository} has no branch or tag {self._reference!r}.",
                    advice="Name one that exists with --reference. Jobs wait until then.",
                ) from fault
            raise self._refused(start, fault) from fault
        except GitHubFault as fault:
            raise TryLater(fault.message) from fault

    def _refused(self, start: Dispatch, fault: Unusable) -> BackfillError:
        """Tell what is switched off, which a person can switch on, from a job that is wrong."""
        if "disabled workflow" in fault.message:
            self._disabled[start.workflow] = JobWaits(
                f"The workflow {start.workflow} of {self._repository} is disabled.",
                advice=f"Enable it: gh workflow enable {start.workflow} --repo {self._repository}."
                " Its jobs wait until then.",
            )
            return self._disabled[start.workflow]
        if "Actions has been disabled" in fault.message:
            return ProcessorClosed(
                f"GitHub Actions is switched off in {self._repository}: {fault.message}",
                advice="Switch it on under Settings, Actions. Jobs wait until then.",
            )
        return JobRefused(f"{start.workflow}: {fault.message}")

    def _missing(self, start: Dispatch) -> ProcessorClosed | JobRefused:
        """Tell a workflow that is not there from a repository that is not."""
        # GitHub answers 404 for a workflow that is missing and for a repository it hides.
        try:
            self._client.get(f"/repos/{self._repository}")
        except Gone:
            return ProcessorClosed(
                f"This token cannot see {self._repository}, whose workflows do the jobs.",
                advice="Check the name that --repository gives. Jobs wait until then.",
            )
        return JobRefused(f"{self._repository} has no workflow {start.workflow}")


ABOUT_THE_EVENTS = frozenset({400, 406, 413, 422})
ABOUT_THE_KEY = frozenset({401, 403, 404})


class InngestSender:
    """Send a job as events. Raises `ProcessorClosed` for an address that cannot be used."""

    def __init__(
        self, clock: Clock, base_url: str, event_key: str, network: Network = DIRECT
    ) -> None:
        if not is_address(base_url):
            raise ProcessorClosed(
                "INNGEST_BASE_URL is not an address that jobs can be sent to.",
                advice="Give one that begins with https:// (http:// is for localhost alone), or"
                " leave the variable out for https://inn.gs.",
            )
        self._clock = clock
        self._network = network
        self._url = f"{base_url.rstrip('/')}/e/{quote(event_key, safe='')}"

    def send(self, handover: Handover, /) -> Receipt:
        """Send the job's events. Raises `JobRefused`, `TryLater` and `ProcessorClosed`."""
        events = events_of(handover)
        if isinstance(events, Impossible):
            raise JobRefused(events.reason)
        try:
            response = exchange(self._url, events, self._network)
        except Undelivered as error:
            raise TryLater(f"Inngest: {error}") from None
        if 200 <= response.status < 300:
            return Receipt(event_ids=_ids(response))
        raise self._fault(response)

    def _fault(self, response: Response) -> JobRefused | TryLater | ProcessorClosed:
        if response.status in ABOUT_THE_EVENTS:
            return JobRefused(f"Inngest refuses its event ({response.status})")
        if response.status in ABOUT_THE_KEY or 300 <= response.status < 400:
            return ProcessorClosed(
                f"Inngest does not accept INNGEST_EVENT_KEY (HTTP {response.status}).",
                advice="Copy the event key again from Inngest's dashboard, and check"
                " INNGEST_BASE_URL if it is set. Jobs wait until then.",
            )
        after = response.retry_after
        not_before = self._clock.now() + timedelta(seconds=after) if after else None
        return TryLater(f"Inngest answered HTTP {response.status}", not_before)


def _ids(response: Response) -> tuple[str, ...]:
    """Return Inngest's own ids of the events. They are only noted: without them it was sent too."""
    ids = response.document.get("ids") if isinstance(response.document, dict) else None
    return tuple(map(str, ids)) if isinstance(ids, list) else ()


class HandoverOutcome(StrEnum):
    """The outcome for one job."""

    SENT = "sent"
    FOUND = "found"
    LATER = "later"
    DEAD = "dead"


@dataclass(frozen=True)
class Handed:
    """A job and what became of it; `error` and `next_attempt_at` when it was not taken."""

    handover: Handover
    outcome: HandoverOutcome
    error: str = ""
    next_attempt_at: datetime | None = None


@dataclass
class DispatchReport:
    """The jobs that a run handed over. `faults` says why a processor takes no job now.

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
        return [handed for handed in self.handed if handed.outcome is HandoverOutcome.DEAD]


class Dispatcher:
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
            # Without a processor the call takes no job, and still counts those that wait.
            processors = list(self._senders) if len(report.handed) < limit else []
            offer = self._gateway.claim_job(self._holder, JOB_LEASE_SECONDS, processors)
            report.waiting, report.stopped_by = offer.waiting, offer.stopped_by
            if offer.handover is None:
                return report
            # Another dispatcher has taken the job over: what became of it is that one's to note.
            with suppress(LeaseLost):
                self._hand_over(offer.handover, report)

    def _hand_over(self, handover: Handover, report: DispatchReport) -> None:
        try:
            receipt = self._senders[handover.processor].send(handover)
        except (ProcessorClosed, ProcessorWaits) as fault:
            # It is not this job's fault, so nothing is counted against it.
            self._gateway.release_job(handover, fault.message)
            # Its other jobs would meet the same.
            report.faults[handover.processor] = fault
            del self._senders[handover.processor]
        except JobWaits as fault:
            self._gateway.release_job(handover, fault.message, JOB_WAIT_SECONDS)
            report.held[fault.message] = fault
        except (JobRefused, TryLater) as fault:
            report.handed.append(self._failed(handover, fault))
        else:
            self._gateway.note_dispatch(
                handover,
                event_ids=receipt.event_ids,
                workflow_run_id=receipt.workflow_run_id,
            )
            is_found = receipt.workflow_run_id is not None
            report.handed.append(
                Handed(handover, HandoverOutcome.FOUND if is_found else HandoverOutcome.SENT)
            )

    def _failed(self, handover: Handover, fault: JobRefused | TryLater) -> Handed:
        not_before = fault.not_before if isinstance(fault, TryLater) else None
        attempted = self._gateway.fail_dispatch(
            handover,
            fault.message,
            is_final=isinstance(fault, JobRefused),
            not_before=not_before,
        )
        outcome = HandoverOutcome.DEAD if attempted.is_dead else HandoverOutcome.LATER
        return Handed(handover, outcome, fault.message, attempted.next_attempt_at)
