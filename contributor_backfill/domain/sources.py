"""The sources of a repository: their claims, passes, and connections to be read on."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import NewType

from contributor_backfill.domain.page_planner import PagePlanner
from contributor_backfill.domain.policy import RHYTHM_HOURS
from contributor_backfill.domain.types import (
    BackfillStatus,
    ChunkId,
    LeaseToken,
    Repository,
    RepositoryId,
)

Step = NewType("Step", int)
"""Counts the commits of a source; each may happen once."""


class SourceName(StrEnum):
    """A source: the backfill, or a value of `backfill_feeds.feed`; page sizes are kept by it."""

    BACKFILL = "backfill"
    CONNECTIONS = "lists"
    SYNC = "pull_requests"
    REVIEW_COMMENTS = "review_comments"
    RECONCILIATION = "reconciliation"
    REFRESH = "refresh"
    REVIEW_COMMENT_REFRESH = "refresh_comments"


DUE = (SourceName.CONNECTIONS, SourceName.SYNC, SourceName.REVIEW_COMMENTS)
"""Every run captures these of every repository after its backfill."""
REFRESH = (SourceName.REFRESH, SourceName.REVIEW_COMMENT_REFRESH)
"""A run captures these with the time and quota that are left."""


EVERYTHING = (SourceName.BACKFILL, *DUE, *REFRESH)
"""A scheduled run captures all of these, backfills first."""


class Connection(StrEnum):
    """A list inside a pull request, in GitHub's words (`backfill_continuations.connection`)."""

    REVIEWS = "reviews"
    COMMENTS = "comments"
    REVIEW_COMMENTS = "review_comments"
    LABELS = "labels"


@dataclass(frozen=True)
class PendingConnection:
    """A connection that is to be read on at `cursor`; null is its beginning.

    `expected` is how many items it should still hold. The cursor of review comments is a
    moment and the number of a page within its second.
    """

    node_id: str
    pull_request_github_id: int
    number: int
    connection: Connection
    cursor: str | None
    expected: int | None


@dataclass(frozen=True)
class Doubt:
    """A stored review or comment of pull request `number` that a list of GitHub's did not show.

    GitHub is asked for it by its address before it counts as deleted.
    """

    kind: Connection
    github_id: int
    number: int


@dataclass(frozen=True)
class Work:
    """Connections to be read on, numbers of pull requests to be captured, and rows in doubt."""

    lists: tuple[PendingConnection, ...] = ()
    numbers: tuple[int, ...] = ()
    doubts: tuple[Doubt, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.lists or self.numbers or self.doubts)


@dataclass(frozen=True)
class Position:
    """Where a pass stands.

    Pull requests are read newest change first, down to `target` (null: all of them), and `cursor`
    is GitHub's. Review comments are read oldest change first, from `since` on; `page` is above 1
    only within one second, and counts pages of `per_page`. A reconciliation reads GitHub's list
    first, until `is_listed`, and `with_comments` where the sum of both kinds says nothing.

    A pass over review comments that `probes` may ask first whether anything changed at all: it goes
    back to where all is stored and no further. `etag` is of its list when it began.
    `changed` counts the pull requests above `target` so far, of a reconciliation those of the list,
    which had `total` when it began. `newest` is the newest change when the
    pass began, as GitHub dates it, and `is_settled` whether no other of that moment can appear.
    A refresh has read all numbers from `below` on.
    """

    started_at: datetime
    target: datetime | None = None
    cursor: str | None = None
    since: datetime | None = None
    page: int = 1
    per_page: int | None = None
    is_listed: bool = False
    with_comments: bool = False
    reason: str | None = None
    probes: bool = False
    etag: str | None = None
    changed: int = 0
    total: int | None = None
    newest: datetime | None = None
    is_settled: bool | None = None
    below: int | None = None


BEGINNING = Position(started_at=datetime.min.replace(tzinfo=UTC))
"""Where a list begins that is read outside any pass."""


@dataclass(frozen=True)
class Claim:
    """A source of a repository with its lease. `waiting` counts the other sources that are due now.

    `etag` is of the list as it was when all of it was stored. A backfill captures one chunk after
    the other, the other sources count their steps.
    """

    repository: Repository
    source: SourceName
    lease_token: LeaseToken
    position: Position | None
    page_size: PagePlanner | None
    waiting: int
    work: Work = Work()
    step: Step = Step(0)
    etag: str | None = None
    chunk_id: ChunkId | None = None
    chunk_number: int = 0
    average_changed_files: float | None = None


@dataclass(frozen=True)
class Committed:
    """The result of a commit, and what is next. `ended` counts connections that came to their end.

    `work` is empty, and `next_chunk_id` null, when the lease was given back. `stored` and `status`
    are of a backfill.
    """

    inserted: int
    rejected: int
    ended: int = 0
    work: Work = Work()
    step: Step = Step(0)
    stored: int | None = None
    status: BackfillStatus | None = None
    next_chunk_id: ChunkId | None = None
    next_chunk_number: int | None = None


@dataclass(frozen=True)
class Blocked:
    """A source that is not captured now, and why.

    `cause` is `leased`, `paused`, `failed`, `deferred`, `completed`, `synced`, `unchanged` or
    `idle`. `since` is when the last pass that came to its end began; of one that is `unchanged`,
    when GitHub last had nothing new.
    """

    full_name: str
    source: SourceName
    cause: str
    until: datetime | None
    holder: str | None
    reason: str | None
    since: datetime | None = None


@dataclass(frozen=True)
class Idle:
    """No source could be claimed: what some wait for. `tracked` is 0 where no repository is."""

    tracked: int
    blocked: tuple[Blocked, ...]


@dataclass(frozen=True)
class DueBackfill:
    """A backfill that a run would go on with, as a dry run shows it.

    `position` is null before its first page, `page_size` where nobody knows the repository yet.
    """

    repository: Repository
    position: Position | None
    page_size: PagePlanner | None


@dataclass(frozen=True)
class DueSource:
    """A source that a run would capture, as a dry run shows it."""

    full_name: str
    source: SourceName
    watermark: datetime | None
    lists: int
    unequal: int
    wanted: int


@dataclass(frozen=True)
class Wanted:
    """Which sources a run captures: of one repository, or of all that are due.

    `connections` are the kinds of lists that may be read on, `numbers` restricts them to these pull
    requests, `limit` is how many are asked for at a time. A repository that was synced less than
    `hours` ago is left alone unless `forced`, which `reason` explains. `since` is how far back a
    pass goes; null is to its watermark. A sample `begins` no pass. `only` names the repositories
    that come into question; none are all of them.
    """

    sources: tuple[SourceName, ...]
    connections: tuple[Connection, ...] = (
        Connection.REVIEWS,
        Connection.COMMENTS,
        Connection.REVIEW_COMMENTS,
    )
    repository_id: RepositoryId | None = None
    full_name: str | None = None
    numbers: tuple[int, ...] = ()
    limit: int = 100
    hours: float = RHYTHM_HOURS
    forced: bool = False
    while_backfilled: bool = False
    since: datetime | None = None
    reason: str | None = None
    begins: bool = True
    only: tuple[str, ...] = ()

    @property
    def is_one(self) -> bool:
        """Whether a repository was named."""
        return self.repository_id is not None or self.full_name is not None
