"""What the sandbox has been asked and what it charged."""

from dataclasses import dataclass, field
from typing import Any

from contributor_backfill.sandbox.graphql.pricing import Shape


@dataclass(slots=True)
class Counters:
    """Counts since the start.

    `pages_by_first` counts executed pages of pull requests by size, `rest_pages_by_size` those of
    a repository's comments on the diff. `rest_requests` are those that were charged, `not_modified`
    those that were not, because the client had the answer already.
    """

    requests: int = 0
    graphql_requests: int = 0
    executed: int = 0
    points: int = 0
    refused: int = 0
    timeouts: int = 0
    pages_by_first: dict[int, int] = field(default_factory=dict)
    rest_requests: int = 0
    not_modified: int = 0
    rest_pages_by_size: dict[int, int] = field(default_factory=dict)

    def charge(self, shape: Shape, points: int) -> None:
        """Count a query that is executed."""
        self.executed += 1
        self.points += points
        if shape.first:
            _count(self.pages_by_first, shape.first)

    def rest_page(self, size: int) -> None:
        """Count a page of a repository's comments on the diff."""
        _count(self.rest_pages_by_size, size)

    def snapshot(self, faults: dict[str, int]) -> dict[str, Any]:
        """Return the counts as JSON; `faults` are the hits by kind."""
        return {
            "requests": self.requests,
            "graphql_requests": self.graphql_requests,
            "executed": self.executed,
            "points": self.points,
            "refused": self.refused,
            "timeouts": self.timeouts,
            "pages_by_first": _by_size(self.pages_by_first),
            "rest_requests": self.rest_requests,
            "not_modified": self.not_modified,
            "rest_pages_by_size": _by_size(self.rest_pages_by_size),
            "faults": faults,
        }


def _count(counts: dict[int, int], size: int) -> None:
    counts[size] = counts.get(size, 0) + 1


def _by_size(counts: dict[int, int]) -> dict[str, int]:
    return {str(size): count for size, count in sorted(counts.items())}
