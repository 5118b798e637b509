"""Jobs of `progressive_capture_jobs`: their work, their processor, and how it is asked. Pure.

A job has names at its processor: workflows and inputs, events and payloads. The inputs are those
that the files in .github/workflows declare, which a test compares. The events are those of
contributor.info's Inngest functions, read in its public code: of src/lib/inngest, and of
supabase/functions/inngest-prod, which runs in production and reads reviews by other names.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from contributor_backfill.domain.types import Priority


class JobType(StrEnum):
    """`progressive_capture_jobs.job_type`, in the site's words."""

    PROGRESSIVE_BACKFILL = "progressive-backfill"
    HISTORICAL_PR_SYNC = "historical-pr-sync"
    RECENT_PRS = "recent-prs"
    REVIEWS = "reviews"
    COMMENTS = "comments"


class Processor(StrEnum):
    """The processor of a job: `progressive_capture_jobs.processor_type`."""

    INNGEST = "inngest"
    GITHUB_ACTIONS = "github_actions"


PROCESSOR_NAMES: Mapping[Processor, str] = {
    Processor.INNGEST: "Inngest",
    Processor.GITHUB_ACTIONS: "GitHub Actions",
}
SYNCS = frozenset({JobType.HISTORICAL_PR_SYNC, JobType.RECENT_PRS})
LISTS = frozenset({JobType.REVIEWS, JobType.COMMENTS})
DEFAULT_DAYS = 7
"""The days of a sync that names none: those of the site's own functions."""


@dataclass(frozen=True)
class Work:
    """The work of a job. `job_type` is as somebody wrote it; `type` is what it stands for."""

    job_id: str
    job_type: str
    full_name: str | None
    days: int | None = None
    pr_numbers: tuple[int, ...] = ()
    priority: Priority = Priority.MEDIUM
    source: str = "automatic"

    @property
    def type(self) -> JobType | None:
        """The type of the job; null for one that nobody here knows."""
        # The column is free text: rows of other writers may have underscores.
        try:
            return JobType(self.job_type.replace("_", "-"))
        except ValueError:
            return None


@dataclass(frozen=True)
class Enqueued:
    """A job that was added, or was there already (`is_new` is false)."""

    job_id: str
    is_new: bool
    status: str
    repository: str


@dataclass(frozen=True)
class Handover:
    """A job that is to be handed to its processor, under a lease.

    `is_repeated`: it may have arrived before. `pull_request_ids` are those of stored pull requests
    by number. Inngest knows its events by `correlation_id`.
    """

    work: Work
    processor: Processor
    repository_id: str | None
    correlation_id: str
    lease_token: str | None
    claimed_at: datetime | None
    is_repeated: bool
    pull_request_ids: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Offer:
    """The next job to be handed over, or none.

    `waiting` counts the jobs that are due by processor; `stopped_by` names the switch that keeps
    all of them back.
    """

    handover: Handover | None
    waiting: Mapping[Processor, int]
    stopped_by: str | None = None


@dataclass(frozen=True)
class Preview:
    """The jobs that would be handed over, in order; `silent` jobs were, and never began."""

    handovers: tuple[Handover, ...]
    waiting: Mapping[Processor, int]
    stopped_by: str | None
    silent: int


@dataclass(frozen=True)
class Attempted:
    """A job that could not be handed over: dead, or tried again."""

    is_dead: bool
    next_attempt_at: datetime | None


def work_of(row: Mapping[str, Any]) -> Work:
    """Return a job from its row; what makes no sense in its metadata is left out."""
    # The site and people write metadata too, so it may hold anything.
    found = row.get("metadata")
    metadata: Mapping[str, Any] = found if isinstance(found, dict) else {}
    numbers = metadata.get("pr_numbers")
    priority, source = metadata.get("priority"), metadata.get("trigger_source")
    return Work(
        job_id=row["job_id"],
        job_type=row["job_type"],
        full_name=row["full_name"],
        days=row["days"],
        pr_numbers=tuple(filter(_is_number, numbers)) if isinstance(numbers, list) else (),
        priority=Priority(priority) if priority in set(Priority) else Priority.MEDIUM,
        source=source if isinstance(source, str) and source else "automatic",
    )


def _is_number(value: object) -> bool:
    # `true` is an int in Python, and the column of numbers is an `integer` in Postgres.
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**31


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
"""The source of a job by hand: it is not put off because of a sync some hours ago."""


@dataclass(frozen=True)
class Dispatch:
    """A `workflow_dispatch`: the file, and inputs that it declares."""

    workflow: str
    inputs: Mapping[str, str]


@dataclass(frozen=True)
class Impossible:
    """The reason why a processor cannot do a job at all, without a full stop."""

    reason: str


def dispatch_of(work: Work) -> Dispatch | Impossible:
    """Return the workflow and the inputs that make GitHub Actions do a job."""
    if work.type is None:
        return _not_known(work, Processor.GITHUB_ACTIONS)
    inputs = {"job_id": work.job_id}
    if work.full_name:
        inputs["repository"] = work.full_name
    if work.type in SYNCS and work.days is not None:
        inputs["days"] = str(work.days)
    if work.type in SYNCS and work.source == BY_HAND:
        inputs["force"] = "true"
    if work.pr_numbers and work.type in LISTS:
        inputs["pr_numbers"] = ",".join(map(str, work.pr_numbers))
    return Dispatch(WORKFLOWS[work.type], inputs)


def events_of(handover: Handover) -> list[dict[str, Any]] | Impossible:
    """Return the events that make Inngest do a job: one, or one for each pull request."""
    work = handover.work
    if work.type is None or work.type not in EVENTS:
        return _not_known(work, Processor.INNGEST)
    if handover.repository_id is None:
        return Impossible("it names no repository, and Inngest needs one")
    # Never a `github_token`: Inngest stores and shows events, and the function has its own.
    data = {
        "repositoryId": handover.repository_id,
        "repositoryName": work.full_name,
        "priority": str(work.priority),
        "reason": work.source,
        "jobId": work.job_id,
    }
    # Inngest runs an event's functions once for each id within a day.
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
    # The function that runs in production reads reviews by these names, the one in src/ by others.
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
