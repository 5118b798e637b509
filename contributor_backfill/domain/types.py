"""Ids, states and the values that pass between the rooms."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from contributor_backfill.domain.storage import Storage

RepositoryId = NewType("RepositoryId", str)
"""Our own UUID of a repository."""
LeaseToken = NewType("LeaseToken", str)
"""The UUID that a commit must name."""
ChunkId = NewType("ChunkId", str)
"""The UUID of a row of `backfill_chunks`."""


class Document(str):
    """JSON that is sent as it is."""

    __slots__ = ()


PAGE_QUERY = "pull_requests_page"
"""A backfill's page sizes are remembered under the name of its query."""


class Priority(StrEnum):
    """The urgency of a repository, the least urgent first."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class BackfillStatus(StrEnum):
    """`progressive_backfill_state.status`; the chart is in db/sql/README.md."""

    ACTIVE = "active"
    PAUSED = "paused"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True)
class RateLimit:
    """The rest of an hourly quota of GitHub's, by the last response."""

    limit: int
    remaining: int
    reset_at: datetime


@dataclass(frozen=True)
class Repository:
    """A repository as a run needs to know it. `backfill` is null when none is known."""

    repository_id: RepositoryId
    github_id: int
    node_id: str | None
    full_name: str
    priority: Priority
    total: int
    stored: int
    backfill: BackfillStatus | None
    with_labels: bool
    storage: Storage
    withheld: tuple[str, ...] = field(default=(), kw_only=True)
    """Fields of its pull requests that the token could not see when they were last asked for."""
    left_out: tuple[str, ...] = field(default=(), kw_only=True)
    """Those of them that are not to be asked for now."""


@dataclass(frozen=True)
class Lease:
    """For how long a source is held from a commit on; null gives it back.

    Then it goes on at `next_attempt_at`, null for whenever a run comes by.
    """

    seconds: int | None
    next_attempt_at: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Tracked:
    """A repository as `track` left it. `backfill` is null when none is known."""

    repository_id: RepositoryId
    priority: Priority
    stored: int
    backfill: BackfillStatus | None
