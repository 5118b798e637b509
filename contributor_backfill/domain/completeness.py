"""Stored against GitHub's own totals: when a backfill is needed, and what drifted."""

from dataclasses import dataclass
from typing import Any

from contributor_backfill.domain.policy import ENOUGH_STORED, SMALL_REPOSITORY

KINDS = ("pull_requests", "reviews", "comments", "review_comments")
"""The kinds of rows that are stored, counted and compared, by the database's names."""
LISTS = KINDS[1:]
"""The kinds that a pull request has lists of."""


def needs_backfill(stored: int, total: int) -> bool:
    """Tell whether a repository's history must be captured by a backfill."""
    return total >= SMALL_REPOSITORY and stored < ENOUGH_STORED * total


def percentage(stored: int, total: int, *, short: int = 0) -> float:
    """Return stored of total in percent, rounded down, 0 and 100 only when they are true.

    `short` counts the pull requests or lists that something is missing of.
    """
    # A sum may hide what is missing: as much too much elsewhere makes it look whole.
    if stored >= total:
        return 99.9 if short else 100
    return max(1, 100 * stored // total) if stored else 0


@dataclass(frozen=True)
class Questions:
    """The open questions to GitHub about one repository (see `backfill_next_questions_v1`)."""

    doubtful: tuple[str, ...]
    vanished: tuple[int, ...]
    parents: tuple[int, ...]


@dataclass(frozen=True)
class Sample:
    """Stored pull requests and unexplained numbers, drawn at random."""

    node_ids: tuple[str, ...]
    numbers: tuple[int, ...]


@dataclass(frozen=True)
class Finding:
    """One thing that is missing, too much or at odds with itself; counts are of rows."""

    kind: str
    number: int | None
    stored: int
    total: int
    reason: str


@dataclass(frozen=True)
class Drift:
    """All that is known to be missing of a repository.

    `findings` are the first of them, `counts` says how many there are of each kind.
    `completeness` is `backfill_read_completeness_v1`'s.
    """

    completeness: dict[str, Any]
    findings: tuple[Finding, ...]
    counts: dict[str, int]
