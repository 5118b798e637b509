"""Webhook events of workflow runs and jobs, from the bytes that came. Pure."""

import json
from dataclasses import dataclass

from contributor_backfill.domain.workflow_runs import Observation
from contributor_backfill.github.faults import Unusable
from contributor_backfill.github.fields import Fields
from contributor_backfill.github.workflow_runs import job_observed, run_observed

RUN, JOB = "workflow_run", "workflow_job"
KINDS = (RUN, JOB)
LARGEST = 25 * 1024 * 1024
"""Bytes. GitHub delivers nothing larger: https://docs.github.com/en/webhooks/webhook-events-and-payloads"""


@dataclass(frozen=True)
class WorkflowEvent:
    """An event: its kind, what happened, and what it says of the run."""

    kind: str
    action: str
    observation: Observation


def read_event(body: bytes, kind: str = "") -> WorkflowEvent:
    """Return the event of a body; without its `kind`, which is one of `KINDS`, it is told from it.

    Raises `Unusable` for a body that is no such event.
    """
    try:
        document = Fields(json.loads(body), "event")
    except (ValueError, RecursionError) as error:
        raise Unusable("The event is not JSON, or was cut short.") from error
    kind = kind or next((each for each in KINDS if document.has(each)), "")
    if not kind:
        raise Unusable(
            f"The event is none of {' or '.join(KINDS)}.",
            advice="Give its kind with --event if it is another: then it is ignored.",
        )
    repository = document.inner("repository").full_name("full_name")
    subject = document.inner(kind)
    if kind == JOB:
        observation = job_observed(subject, repository)
    else:
        workflow = document.inner("workflow") if document.has("workflow") else None
        observation = run_observed(subject, repository, workflow)
    return WorkflowEvent(kind, document.word("action"), observation)
