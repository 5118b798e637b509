"""A repository that is not to be tracked any more, and the deletion of what was stored of it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from contributor_backfill.domain.types import RepositoryId

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
    """What a deletion would delete, by table, and what refers to it from elsewhere."""

    counts: Mapping[str, int] = field(default_factory=dict)
    others: tuple[Reference, ...] = ()

    @property
    def rows(self) -> int:
        """How many rows in all."""
        return sum(self.counts.values())

    @property
    def refusals(self) -> tuple[Reference, ...]:
        """The references that let rows not go. The repository's own row just stays then."""
        return tuple(
            r for r in self.others if r.action == "refuse" and r.count and r.target != REPOSITORIES
        )


REPOSITORIES = "repositories"


@dataclass(frozen=True)
class Piece:
    """What one call deleted. `blocked` is the table and the key that let its rows not go."""

    deleted: Mapping[str, int]
    is_left: bool
    blocked: tuple[str, str] | None = None


@dataclass(frozen=True)
class Ending:
    """How a deletion ended. `kept_by` are the tables that keep the repository's row; null: gone.

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
        for one in extent.others:
            key = (one.table, one.constraint)
            others[key] = _sum(others[key], one) if key in others else one
    return Extent(dict(counts), tuple(others.values()))


def _sum(one: Reference, other: Reference) -> Reference:
    count = None if one.count is None or other.count is None else one.count + other.count
    return Reference(one.table, one.column, one.constraint, one.action, one.target, count)


def next_piece(rows: int, took: timedelta) -> int:
    """Return how many rows the next call is to delete, so that each stays well below a second."""
    if took > SLOW:
        return max(1, rows // 2)
    if took < QUICK:
        return min(LARGEST_PIECE, rows * 2)
    return rows
