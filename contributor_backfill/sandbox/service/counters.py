"""What the sandbox has been asked and what it charged."""

from dataclasses import dataclass, field
from typing import Any

from contributor_backfill.sandbox.graph.pricing import Shape


@dataclass(slots=True)
class Counters:
    """Counts since the start. `pages_by_first` counts executed pages of pull requests by size."""

    requests: int = 0
    graphql_requests: int = 0
    executed: int = 0
    points: int = 0
    refused: int = 0
    timeouts: int = 0
    pages_by_first: dict[int, int] = field(default_factory=dict)

    def charge(self, shape: Shape, points: int) -> None:
        """Count a query that is executed."""
        self.executed += 1
        self.points += points
        if shape.first:
            self.pages_by_first[shape.first] = self.pages_by_first.get(shape.first, 0) + 1

    def snapshot(self, faults: dict[str, int]) -> dict[str, Any]:
        """Return the counts as JSON; `faults` are the hits by kind."""
        return {
            "requests": self.requests,
            "graphql_requests": self.graphql_requests,
            "executed": self.executed,
            "points": self.points,
            "refused": self.refused,
            "timeouts": self.timeouts,
            "pages_by_first": {str(size): n for size, n in sorted(self.pages_by_first.items())},
            "faults": faults,
        }
