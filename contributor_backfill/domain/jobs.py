"""Jobs of `progressive_capture_jobs`: what there is to do, for whom, and who may do it. Pure."""

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
    """Who does a job: `progressive_capture_jobs.processor_type`."""

    INNGEST = "inngest"
    GITHUB_ACTIONS = "github_actions"


PROCESSOR_NAMES: Mapping[Processor, str] = {
    Processor.INNGEST: "Inngest",
    Processor.GITHUB_ACTIONS: "GitHub Actions",
}
SYNCS = frozenset({JobType.HISTORICAL_PR_SYNC, JobType.RECENT_PRS})
LISTS = frozenset({JobType.REVIEWS, JobType.COMMENTS})
DEFAULT_DAYS = 7
"""How far a sync goes back that names no days: what the site's own functions take."""


@dataclass(frozen=True)
class Work:
    """What a job is to do. `job_type` is as somebody wrote it; `type` is what it stands for."""

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
    """What there is to be handed over: a job, or none.

    `waiting` counts the jobs that are due by processor; `stopped_by` names the switch that keeps
    all of them back.
    """

    handover: Handover | None
    waiting: Mapping[Processor, int]
    stopped_by: str | None = None


@dataclass(frozen=True)
class Preview:
    """What would be handed over, in its order; `silent` jobs were, and never began."""

    handovers: tuple[Handover, ...]
    waiting: Mapping[Processor, int]
    stopped_by: str | None
    silent: int


@dataclass(frozen=True)
class Attempted:
    """What became of a job that could not be handed over: dead, or tried again."""

    is_dead: bool
    next_attempt_at: datetime | None


def work_of(row: Mapping[str, Any]) -> Work:
    """Return a job from its row. Its metadata may be anybody's: what makes no sense is left out."""
    metadata = row.get("metadata")
    said: Mapping[str, Any] = metadata if isinstance(metadata, dict) else {}
    numbers = said.get("pr_numbers")
    priority, source = said.get("priority"), said.get("trigger_source")
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
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**31
