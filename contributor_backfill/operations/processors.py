"""Hand a job to its processor: GitHub Actions by `workflow_dispatch`, or Inngest by its event API.

GitHub starts a run for every dispatch, also for the same one twice. So a job that may have arrived
is looked for first: its id is in the run's name. Inngest runs nothing for an event whose id it had
within a day, so sending again is safe.

https://docs.github.com/en/rest/actions/workflows#create-a-workflow-dispatch-event
https://www.inngest.com/docs/events
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import quote

from contributor_backfill.domain.clock import Clock
from contributor_backfill.domain.errors import BackfillError, NotConfigured
from contributor_backfill.domain.jobs import Dispatch, Handover, Impossible, dispatch_of, events_of
from contributor_backfill.domain.network import DIRECT, Network
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
from contributor_backfill.operations.outbound import Reply, Undelivered, exchange, is_address


class Refused(BackfillError):
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
    """What a processor gave for a job: the ids of events, or the run that was found to have it."""

    event_ids: Sequence[str] | None = None
    workflow_run_id: int | None = None


class Sender(Protocol):
    """One way to a processor."""

    def send(self, handover: Handover, /) -> Receipt:
        """Hand a job over, once. Raises the errors above."""
        ...


CLOCKS_DIFFER = timedelta(minutes=10)


class ActionsSender:
    """Start a run for a job; `reference` is the branch or tag that the workflow is of."""

    def __init__(self, client: GitHubClient, repository: str, reference: str) -> None:
        self._client = client
        self._repository = repository
        self._reference = reference
        self._disabled: dict[str, JobWaits] = {}

    def send(self, handover: Handover, /) -> Receipt:
        """Start a run, unless one is there. Raises the errors above."""
        told = dispatch_of(handover.work)
        if isinstance(told, Impossible):
            raise Refused(told.reason)
        if told.workflow in self._disabled:
            raise self._disabled[told.workflow]
        with self._explained(told):
            run_id = self._find(handover, told) if handover.is_repeated else None
            if run_id is None:
                actions.dispatch(
                    self._client, self._repository, told.workflow, self._reference, told.inputs
                )
        return Receipt(workflow_run_id=run_id)

    def _find(self, handover: Handover, told: Dispatch) -> int | None:
        assert handover.claimed_at is not None, "what was sent was claimed"
        since = handover.claimed_at - CLOCKS_DIFFER
        return actions.find_dispatched_run(
            self._client, self._repository, told.workflow, handover.work.job_id, since
        )

    @contextmanager
    def _explained(self, told: Dispatch) -> Iterator[None]:
        """Raise what GitHub says as what it means for the job, or for all of them."""
        try:
            yield
        except RateLimited as fault:
            raise ProcessorWaits(
                f"GitHub asks to wait: {fault.message}", advice="The next run goes on."
            ) from fault
        except Gone as fault:
            raise self._missing(told) from fault
        except (Forbidden, BadCredentials) as fault:
            raise ProcessorClosed(
                f"This token may not start workflows in {self._repository}: {fault.message}",
                advice="Give the job `permissions: actions: write`. The jobs wait.",
            ) from fault
        except Unusable as fault:
            if "No ref found" in fault.message:
                raise ProcessorClosed(
                    f"{self._repository} has no branch or tag {self._reference!r}.",
                    advice="Name one with --reference. The jobs wait.",
                ) from fault
            raise self._refused(told, fault) from fault
        except GitHubFault as fault:
            raise TryLater(fault.message) from fault

    def _refused(self, told: Dispatch, fault: Unusable) -> BackfillError:
        """Tell what is switched off, which a person can switch on, from a job that is wrong."""
        if "disabled workflow" in fault.message:
            self._disabled[told.workflow] = JobWaits(
                f"The workflow {told.workflow} of {self._repository} is disabled.",
                advice=f"Enable it: gh workflow enable {told.workflow} --repo {self._repository}."
                " Its jobs wait.",
            )
            return self._disabled[told.workflow]
        if "Actions has been disabled" in fault.message:
            return ProcessorClosed(
                f"GitHub Actions are switched off in {self._repository}: {fault.message}",
                advice="Switch them on under Settings, Actions. The jobs wait.",
            )
        return Refused(f"{told.workflow}: {fault.message}")

    def _missing(self, told: Dispatch) -> ProcessorClosed | Refused:
        """Tell a workflow that is not there from a repository that is not."""
        try:
            self._client.get(f"/repos/{self._repository}")
        except Gone:
            return ProcessorClosed(
                f"This token does not see {self._repository}, whose workflows are started.",
                advice="Check --repository. The jobs wait.",
            )
        return Refused(f"{self._repository} has no workflow {told.workflow}")


ABOUT_THE_EVENTS = frozenset({400, 406, 413, 422})
ABOUT_THE_KEY = frozenset({401, 403, 404})


class InngestSender:
    """Send a job as events. Raises `ProcessorClosed` for an address that cannot be used."""

    def __init__(
        self, clock: Clock, base_url: str, event_key: str, network: Network = DIRECT
    ) -> None:
        if not is_address(base_url):
            raise ProcessorClosed(
                "INNGEST_BASE_URL is not an address that can be used.",
                advice="Leave it out for https://inn.gs; http:// is for localhost alone.",
            )
        self._clock = clock
        self._network = network
        self._url = f"{base_url.rstrip('/')}/e/{quote(event_key, safe='')}"

    def send(self, handover: Handover, /) -> Receipt:
        """Send the job's events. Raises `Refused`, `TryLater` and `ProcessorClosed`."""
        events = events_of(handover)
        if isinstance(events, Impossible):
            raise Refused(events.reason)
        try:
            reply = exchange(self._url, events, self._network)
        except Undelivered as error:
            raise TryLater(f"Inngest: {error}") from None
        if 200 <= reply.status < 300:
            return Receipt(event_ids=_ids(reply))
        raise self._fault(reply)

    def _fault(self, reply: Reply) -> Refused | TryLater | ProcessorClosed:
        if reply.status in ABOUT_THE_EVENTS:
            return Refused(f"Inngest refuses its event ({reply.status})")
        if reply.status in ABOUT_THE_KEY or 300 <= reply.status < 400:
            return ProcessorClosed(
                f"Inngest does not accept the event key ({reply.status}).",
                advice="Copy INNGEST_EVENT_KEY anew from Inngest's dashboard, and check"
                " INNGEST_BASE_URL if it is set. The jobs wait.",
            )
        after = reply.retry_after
        not_before = self._clock.now() + timedelta(seconds=after) if after else None
        return TryLater(f"Inngest answered {reply.status}", not_before)


def _ids(reply: Reply) -> tuple[str, ...]:
    """Return Inngest's own ids of the events; an answer without them is an answer all the same."""
    ids = reply.document.get("ids") if isinstance(reply.document, dict) else None
    return tuple(str(each) for each in ids) if isinstance(ids, list) else ()
