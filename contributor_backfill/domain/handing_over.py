"""What a type of job is called at its processor: workflows and inputs, events and payloads. Pure.

The inputs are those that the files in .github/workflows declare, which a test compares. The events
are those of contributor.info's Inngest functions, read in its public code: of src/lib/inngest, and
of supabase/functions/inngest-prod, which runs in production and reads reviews by other names. Its
`github_token` is never sent: an event is stored and shown, and the function has its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contributor_backfill.domain.jobs import (
    DEFAULT_DAYS,
    PROCESSOR_NAMES,
    SYNCS,
    Handover,
    JobType,
    Processor,
    Work,
)

WORKFLOWS: Mapping[JobType, str] = {
    JobType.PROGRESSIVE_BACKFILL: "progressive-backfill.yml",
    JobType.HISTORICAL_PR_SYNC: "historical-pr-sync-graphql.yml",
    JobType.RECENT_PRS: "historical-pr-sync-graphql.yml",
    JobType.REVIEWS: "capture-pr-reviews.yml",
    JobType.COMMENTS: "capture-pr-comments.yml",
}
EVENTS: Mapping[JobType, str] = {
    JobType.HISTORICAL_PR_SYNC: "capture/repository.sync.graphql",
    JobType.RECENT_PRS: "capture/repository.sync.graphql",
    JobType.REVIEWS: "capture/pr.reviews",
    JobType.COMMENTS: "capture/pr.comments",
}
BY_HAND = "manual"
"""Who asks by hand is not put off because of a sync some hours ago, by either processor."""


@dataclass(frozen=True)
class Dispatch:
    """A `workflow_dispatch`: the file, and inputs that it declares."""

    workflow: str
    inputs: Mapping[str, str]


@dataclass(frozen=True)
class Impossible:
    """Why a job cannot be handed to its processor at all, in a sentence without its full stop."""

    reason: str


def dispatch_of(work: Work) -> Dispatch | Impossible:
    """Return how GitHub Actions is told to do a job."""
    if work.type is None:
        return _not_known(work, Processor.GITHUB_ACTIONS)
    inputs = {"job_id": work.job_id}
    if work.full_name:
        inputs["repository"] = work.full_name
    if work.type in SYNCS and work.days is not None:
        inputs["days"] = str(work.days)
    if work.type in SYNCS and work.source == BY_HAND:
        inputs["force"] = "true"
    if work.pr_numbers and work.type in {JobType.REVIEWS, JobType.COMMENTS}:
        inputs["pr_numbers"] = ",".join(map(str, work.pr_numbers))
    return Dispatch(WORKFLOWS[work.type], inputs)


def events_of(handover: Handover) -> list[dict[str, Any]] | Impossible:
    """Return the events that tell Inngest to do a job: one, or one for each pull request.

    Inngest runs an event's functions once for each `id` within a day.
    """
    work = handover.work
    if work.type is None or work.type not in EVENTS:
        return _not_known(work, Processor.INNGEST)
    if handover.repository_id is None:
        return Impossible("it names no repository, and Inngest needs one")
    data = {
        "repositoryId": handover.repository_id,
        "repositoryName": work.full_name,
        "priority": str(work.priority),
        "reason": work.source,
        "jobId": work.job_id,
    }
    name, own_id = EVENTS[work.type], handover.correlation_id
    if work.type in SYNCS:
        days = DEFAULT_DAYS if work.days is None else work.days
        return [{"id": own_id, "name": name, "data": {**data, "days": days}}]
    if not work.pr_numbers:
        return Impossible("it names no pull requests, and Inngest takes them one by one")
    return [
        {
            "id": f"{own_id}-{number}",
            "name": name,
            "data": {
                **data,
                "prNumber": number,
                **_pull_request_id(handover, number),
                **_names_in_production(work, number),
            },
        }
        for number in work.pr_numbers
    ]


def _names_in_production(work: Work, number: int) -> dict[str, str | int]:
    if work.type is not JobType.REVIEWS or not work.full_name:
        return {}
    owner, _, name = work.full_name.partition("/")
    return {"owner": owner, "repo": name, "pr_number": number}


def _pull_request_id(handover: Handover, number: int) -> dict[str, str]:
    stored = handover.pull_request_ids.get(number)
    return {"prId": stored} if stored else {}


def _not_known(work: Work, processor: Processor) -> Impossible:
    name = PROCESSOR_NAMES[processor]
    return Impossible(f"{name} does no jobs of the type {work.job_type!r}")
