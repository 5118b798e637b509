"""What reconciliation asks and finds, as values."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Questions:
    """What GitHub has to be asked about one repository (see `backfill_next_questions_v1`)."""

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
    """Everything that is known to be missing of a repository.

    `findings` are the first of them, `counts` says how many there are of each kind.
    `completeness` is `backfill_read_completeness_v1`'s.
    """

    completeness: dict[str, Any]
    findings: tuple[Finding, ...]
    counts: dict[str, int]
