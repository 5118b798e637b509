"""The rules in force, what they have seen, and how often they struck."""

from dataclasses import dataclass, field
from random import Random

from contributor_backfill.sandbox.faults import Rule, When
from contributor_backfill.sandbox.graphql.pricing import Shape


@dataclass(slots=True)
class ActiveRule:
    """A rule with what it has seen and done so far."""

    rule: Rule
    seen: int = 0
    hits: int = 0
    random: Random = field(default_factory=lambda: Random(1))  # noqa: S311  # which requests fail is no secret

    def takes_turn(self) -> bool:
        """Count a request that meets the rule and return whether the fault may strike it."""
        self.seen += 1
        turn = self.seen - self.rule.after_requests
        left = self.rule.times is None or self.hits < self.rule.times
        if not (left and turn > 0 and turn % (self.rule.every or 1) == 0):
            return False
        return self.rule.percent is None or self.random.random() * 100 < self.rule.percent


class RuleBook:
    """The rules in force, in the order in which they were given."""

    def __init__(self) -> None:
        self.active: list[ActiveRule] = []
        self._hits: dict[str, int] = {}

    def add(self, rule: Rule) -> None:
        """Put a rule in force."""
        self.active.append(ActiveRule(rule))

    def clear(self) -> None:
        """Take all rules out of force; what they did stays counted."""
        self.active.clear()

    def due(self, operation: str | None, shape: Shape) -> list[ActiveRule]:
        """Return the rules that may strike this query."""
        return [
            active
            for active in self.active
            if _is_met_by_query(active.rule.when, operation, shape) and active.takes_turn()
        ]

    def due_for_rest(self, method: str, path: str, per_page: int) -> list[ActiveRule]:
        """Return the rules that may strike this REST request."""
        return [
            active
            for active in self.active
            if _is_met_by_path(active.rule.when, method, path, per_page) and active.takes_turn()
        ]

    def hit(self, active: ActiveRule) -> None:
        """Count that a fault struck."""
        active.hits += 1
        self._hits[active.rule.kind] = self._hits.get(active.rule.kind, 0) + 1

    def hits(self) -> dict[str, int]:
        """Return how often every kind of fault struck."""
        return dict(self._hits)


def _is_met_by_query(when: When, operation: str | None, shape: Shape) -> bool:
    return (
        not when.is_rest
        and (when.first_at_least is None or shape.first >= when.first_at_least)
        and (when.first_at_most is None or 0 < shape.first <= when.first_at_most)
        and (when.ids_at_least is None or shape.ids >= when.ids_at_least)
        and (when.operation is None or when.operation == operation)
        and _switch(when.with_details, "PullRequest.title", shape)
        and _switch(when.with_diff_statistics, "PullRequest.additions", shape)
        and _switch(when.with_lists, "PullRequest.reviews", shape)
    )


def _is_met_by_path(when: When, method: str, path: str, per_page: int) -> bool:
    return (
        when.is_rest
        and (when.rest_method is None or when.rest_method == method)
        and (when.rest_path is None or when.rest_path in path)
        and (when.number is None or f"/pulls/{when.number}/" in f"{path}/")
        and (when.per_page_at_least is None or per_page >= when.per_page_at_least)
    )


def _switch(wanted: bool | None, field: str, shape: Shape) -> bool:
    return wanted is None or wanted == (field in shape.fields)
