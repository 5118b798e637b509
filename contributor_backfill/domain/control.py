"""Changes of repositories by people and `recover`, and what these need to know.

That is what GitHub says of those with errors, what a deletion would take with it, and who can read
what is stored of a private one.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from contributor_backfill.domain.types import RepositoryId


class Action(StrEnum):
    """A change that a person makes to repositories; each is a function in db/sql/control."""

    PAUSE = "pause"
    RESUME = "resume"
    RETRY = "retry"
    RESET = "reset"
    SET = "set"


class Access(StrEnum):
    """The access to a repository; `gone` is deleted or private: GitHub does not tell them apart."""

    OK = "ok"
    GONE = "gone"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True)
class Order:
    """A person's order of a change. `call_id` is a UUID: the same order given twice is one."""

    call_id: str
    actor: str
    reason: str | None = None


@dataclass(frozen=True)
class Change:
    """One row of `backfill_interventions`. `before` and `after` hold what differs, by name.

    `made_at` is null for a change that was not made: a dry run's. `repository` is null for what
    belongs to none, such as a run over all of them.
    """

    action: str
    repository: str | None
    actor: str
    reason: str | None
    before: dict[str, Any]
    after: dict[str, Any]
    made_at: datetime | None = None


@dataclass(frozen=True)
class Controlled:
    """The changes of a call. `busy` are the repositories left alone because a run works there."""

    changes: tuple[Change, ...]
    busy: tuple[str, ...] = ()


@dataclass(frozen=True)
class KnownRepository:
    """A repository that we know, to be looked up at GitHub. `node_id` is null when unknown."""

    repository_id: RepositoryId
    github_id: int
    node_id: str | None
    full_name: str


@dataclass(frozen=True)
class Shown:
    """A repository as GitHub shows it now."""

    github_id: int
    full_name: str


@dataclass(frozen=True)
class Refused:
    """GitHub does not show a repository: `gone` or `forbidden`, in GitHub's words."""

    access: Access
    message: str


@dataclass(frozen=True)
class AccessFinding:
    """A repository's access, to be noted. `full_name` is its present one, as far as is known."""

    repository_id: RepositoryId
    access: Access
    full_name: str
    reason: str


def access_finding(suspect: KnownRepository, response: Shown | Refused) -> AccessFinding:
    """Return what GitHub's response means for a suspect."""
    if isinstance(response, Refused):
        return AccessFinding(
            suspect.repository_id, response.access, suspect.full_name, response.message
        )
    # A free name may be taken by another repository: only the id says which one it is.
    if response.github_id != suspect.github_id:
        reason = f"The name belongs to another repository now (id {response.github_id})."
        return AccessFinding(suspect.repository_id, Access.GONE, suspect.full_name, reason)
    reason = "GitHub shows it."
    if response.full_name != suspect.full_name:
        reason = f"GitHub shows it as {response.full_name}."
    return AccessFinding(suspect.repository_id, Access.OK, response.full_name, reason)


FIRST_PIECE = 500
"""Rows. Production's triggers make a piece quadratic in its rows, so that small ones are faster."""
LARGEST_PIECE = 4_000
QUICK = timedelta(seconds=0.2)
SLOW = timedelta(seconds=0.6)


@dataclass(frozen=True)
class Candidate:
    """A repository that is tracked, or was. `worker` is who works on it now, if anybody.

    `issues` are GitHub's issues that tell of its open alerts.
    """

    repository_id: RepositoryId
    full_name: str
    untracked_at: datetime | None = None
    deleting_at: datetime | None = None
    worker: str | None = None
    issues: tuple[int, ...] = ()
    is_listed_by_the_site: bool = False


@dataclass(frozen=True)
class Reference:
    """A foreign key of a table that is not ours to rows that are to be deleted.

    `action` is what the key does then: `cascade`, `set null`, `set default` or `refuse`. `count` is
    null where we may not count.
    """

    table: str
    column: str
    constraint: str
    action: str
    target: str
    count: int | None


@dataclass(frozen=True)
class Extent:
    """The rows that a deletion would delete, by table, and references to them from elsewhere."""

    counts: Mapping[str, int] = field(default_factory=dict)
    others: tuple[Reference, ...] = ()

    @property
    def rows(self) -> int:
        """The number of rows in all."""
        return sum(self.counts.values())

    @property
    def refusals(self) -> tuple[Reference, ...]:
        """The references that do not let rows go."""
        # `repositories` itself may be kept: then its row is left, without what was captured.
        return tuple(
            r for r in self.others if r.action == "refuse" and r.count and r.target != REPOSITORIES
        )


REPOSITORIES = "repositories"


@dataclass(frozen=True)
class Piece:
    """The deletions of one call. `blocked` is the table and the key that do not let rows go."""

    deleted: Mapping[str, int]
    is_left: bool
    blocked: tuple[str, str] | None = None


@dataclass(frozen=True)
class Ending:
    """The end of a deletion. `kept_by` are the tables that keep the repository's row; null: gone.

    `is_done` is false when something was stored meanwhile.
    """

    is_done: bool
    deleted: Mapping[str, int]
    kept_by: tuple[str, ...] | None


def whole(extents: Iterable[Extent]) -> Extent:
    """Return what was counted in parts as one."""
    counts: Counter[str] = Counter()
    others: dict[tuple[str, str], Reference] = {}
    for extent in extents:
        counts.update(extent.counts)
        for reference in extent.others:
            key = (reference.table, reference.constraint)
            others[key] = _sum(others[key], reference) if key in others else reference
    return Extent(dict(counts), tuple(others.values()))


def _sum(one: Reference, other: Reference) -> Reference:
    count = None if one.count is None or other.count is None else one.count + other.count
    return replace(one, count=count)


def next_piece(rows: int, took: timedelta) -> int:
    """Return how many rows the next call is to delete."""
    # Supabase's API cancels a statement after seconds, and a lock held long delays captures.
    if took > SLOW:
        return max(1, rows // 2)
    if took < QUICK:
        return min(LARGEST_PIECE, rows * 2)
    return rows


SHOWN = 6
"""Tables and views that are named in a sentence."""


@dataclass(frozen=True)
class Reader:
    """A role that can read rows of a table or view of the database, and by what."""

    relation: str
    role: str
    by: str


@dataclass(frozen=True)
class Private:
    """A private repository of which something is stored; what was captured outlives `untrack`."""

    full_name: str
    may_be_published: bool
    is_tracked: bool


@dataclass(frozen=True)
class Exposure:
    """The roles that can read besides the service role, and the private repositories stored.

    `may_be_published` says of the repository that was asked about whether somebody meant it.
    """

    readers: tuple[Reader, ...]
    may_be_published: bool
    private: tuple[Private, ...] = ()

    @property
    def who(self) -> str:
        """The roles that can read, in words."""
        return " and ".join(sorted({reader.role for reader in self.readers}))

    @property
    def what(self) -> str:
        """The tables and views that they can read, in words."""
        relations = sorted({reader.relation for reader in self.readers})
        more = f" and {len(relations) - SHOWN} more" if len(relations) > SHOWN else ""
        return f"{', '.join(relations[:SHOWN])}{more}"

    @property
    def reasons(self) -> str:
        """By what they can read each, in words."""
        found = sorted({f"{reader.relation}: {reader.by}" for reader in self.readers})
        more = f"; and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        return f"{'; '.join(found[:SHOWN])}{more}"
