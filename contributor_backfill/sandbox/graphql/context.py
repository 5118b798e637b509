"""The context of one query: the world, the work its resolvers make, and the faults due."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from graphql import GraphQLResolveInfo

from contributor_backfill.sandbox.budget import Standing
from contributor_backfill.sandbox.faults import FaultKind
from contributor_backfill.sandbox.graphql.errors import (
    GitHubError,
    resource_limits_exceeded,
    saml,
    something_went_wrong,
)
from contributor_backfill.sandbox.graphql.pages import Page, Paging
from contributor_backfill.sandbox.graphql.pricing import Shape
from contributor_backfill.sandbox.options import Limits
from contributor_backfill.sandbox.pull_requests.records import PullRequest
from contributor_backfill.sandbox.rule_book import ActiveRule
from contributor_backfill.sandbox.world import World

_T = TypeVar("_T")


@dataclass(slots=True)
class Effects:
    """The faults that may strike one query, and those that did."""

    due: dict[FaultKind, list[ActiveRule]]
    struck: list[ActiveRule] = field(default_factory=list)

    @classmethod
    def of(cls, rules: Iterable[ActiveRule]) -> "Effects":
        """Return the effects of the rules that are due."""
        due: dict[FaultKind, list[ActiveRule]] = {}
        for active in rules:
            due.setdefault(active.rule.kind, []).append(active)
        return cls(due)

    def strike(self, kind: FaultKind, number: int | None = None) -> ActiveRule | None:
        """Return the rule of that kind that strikes here, and note that it did."""
        for active in self.due.get(kind, ()):
            if active.rule.when.number in (None, number):
                if active not in self.struck:
                    self.struck.append(active)
                return active
        return None

    def refuse_access(self, not_found: GitHubError) -> None:
        """Raise `not_found` or the error of a single sign-on, where a rule says so."""
        if self.strike(FaultKind.NOT_FOUND):
            raise not_found
        if self.strike(FaultKind.SAML):
            raise saml()

    def shorten(self, paging: Paging) -> Paging:
        """Return what a `half_page` leaves of the asked page, at least one item."""
        if paging.first is None or paging.first < 2 or not self.strike(FaultKind.HALF_PAGE):
            return paging
        return replace(paging, first=paging.first // 2)

    def mar(self, page: Page, after: str | None) -> Page:
        """Return the page of pull requests with null nodes and a cursor that does not move."""
        nodes = self._without_nulled(page.nodes)
        if after and page.nodes and self.strike(FaultKind.STUCK_CURSOR):
            return replace(page, nodes=nodes, stuck_at=after, has_next_page=True)
        return page if nodes is page.nodes else replace(page, nodes=nodes)

    def omit(self, items: Sequence[_T], number: int) -> Sequence[_T]:
        """Return a nested list without its last items, which GitHub then does not count either."""
        active = self.strike(FaultKind.OMIT_NESTED, number) if items else None
        return items if active is None else items[: -(active.rule.nodes or 1)]

    def additions(self, pull_request: PullRequest) -> int:
        """Return the additions, or raise the error of a field that GitHub cannot work out."""
        if self.due and self.strike(FaultKind.FIELD_ERROR, pull_request.number):
            raise something_went_wrong()
        return pull_request.additions

    def _without_nulled(self, nodes: Sequence[Any]) -> Sequence[Any]:
        if not nodes:
            return nodes
        for kind, usual in ((FaultKind.NULL_NODES, 1), (FaultKind.RESOURCE_LIMITS_EXCEEDED, 0)):
            for active in self.due.get(kind, ()):
                nodes = self._null(nodes, active, usual or (len(nodes) + 1) // 2)
        return nodes

    def _null(self, nodes: Sequence[Any], active: ActiveRule, usual: int) -> Sequence[Any]:
        """Put errors in the place of the last nodes, or of the one pull request of the rule."""
        number = active.rule.when.number
        begin = len(nodes) - (active.rule.nodes or usual)
        nulled = [
            position
            for position, node in enumerate(nodes)
            if (position >= begin if number is None else _is(node, number))
        ]
        if nulled:
            self.struck.append(active)
        return [
            _error_of(active.rule.kind) if position in nulled else node
            for position, node in enumerate(nodes)
        ]


def _is(node: object, number: int) -> bool:
    return isinstance(node, PullRequest) and node.number == number


def _error_of(kind: FaultKind) -> GitHubError:
    if kind is FaultKind.RESOURCE_LIMITS_EXCEEDED:
        return resource_limits_exceeded()
    return something_went_wrong()


@dataclass(slots=True)
class Work:
    """The size of what the execution of a query really returned."""

    nodes: int = 0
    changed_files: int = 0
    characters: int = 0
    numbers: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Context:
    """World, limits, faults and price of one query, and the work it makes."""

    world: World
    limits: Limits
    effects: Effects
    shape: Shape
    standing: Standing
    work: Work = field(default_factory=Work)


Info = GraphQLResolveInfo[Context]
"""A resolver's argument of graphql-core, with our context in it."""
