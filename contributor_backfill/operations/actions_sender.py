"""Handing jobs to GitHub Actions by `workflow_dispatch`.

GitHub starts a run for every dispatch, also for the same one twice. So a job that may have arrived
is looked for first: its id is in the run's name.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from contributor_backfill.domain.errors import BackfillError
from contributor_backfill.domain.handing_over import Dispatch, Impossible, dispatch_of
from contributor_backfill.domain.jobs import Handover
from contributor_backfill.github import workflows
from contributor_backfill.github.client import GitHubClient
from contributor_backfill.github.faults import (
    BadCredentials,
    Forbidden,
    GitHubFault,
    Gone,
    RateLimited,
    Unusable,
)
from contributor_backfill.operations.senders import (
    JobWaits,
    ProcessorClosed,
    ProcessorWaits,
    Receipt,
    Refused,
    TryLater,
)

CLOCKS_DIFFER = timedelta(minutes=10)


class ActionsSender:
    """Start a run for a job; `reference` is the branch or tag that the workflow is of."""

    def __init__(self, client: GitHubClient, repository: str, reference: str) -> None:
        self._client = client
        self._repository = repository
        self._reference = reference
        self._disabled: dict[str, JobWaits] = {}

    def send(self, handover: Handover, /) -> Receipt:
        """Start a run, unless one is there. Raises the errors of `senders`."""
        told = dispatch_of(handover.work)
        if isinstance(told, Impossible):
            raise Refused(told.reason)
        if told.workflow in self._disabled:
            raise self._disabled[told.workflow]
        with self._explained(told):
            run_id = self._find(handover, told) if handover.is_repeated else None
            if run_id is None:
                workflows.dispatch(
                    self._client, self._repository, told.workflow, self._reference, told.inputs
                )
        return Receipt(workflow_run_id=run_id)

    def _find(self, handover: Handover, told: Dispatch) -> int | None:
        assert handover.claimed_at is not None, "what was sent was claimed"
        since = handover.claimed_at - CLOCKS_DIFFER
        return workflows.find_dispatched_run(
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
