"""A repository's pull requests, by page or by number: what to ask for, and what came.

The token may not see every field. GitHub gives a field that is withheld as null. Where a field may
not be null (`commits`), that makes the whole pull request null: then the query is asked again
without it, and from then on.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from contributor_backfill.domain.harvest import Number
from contributor_backfill.domain.records import Captured, Page
from contributor_backfill.domain.types import PAGE_QUERY
from contributor_backfill.github.documents import (
    MISSING_FIELDS,
    Detail,
    query_text,
    repeated,
    without,
)
from contributor_backfill.github.faults import TooHeavy, Unusable
from contributor_backfill.github.http import (
    GraphQLError,
    Response,
    expected_shape,
    fault_without_data,
    no_data,
    repository_of,
)
from contributor_backfill.github.records import captured, page_of, passed_over

LEAVABLE = frozenset(
    {
        "additions",
        "assignees",
        "changedFiles",
        "comments",
        "commits",
        "deletions",
        "labels",
        "reviews",
        "totalCommentsCount",
    }
)
"""Fields that a pull request can be stored without."""
RETIRED = frozenset({"reviewThreads"})
"""Fields that earlier versions asked for: a database may still have them on record as withheld."""
PERMISSIONS = {
    "commit": "contents: read",
    "commits": "contents: read",
    "additions": "contents: read",
    "deletions": "contents: read",
    "changedFiles": "contents: read",
    "labels": "issues: read",
    "comments": "issues: read",
    "assignees": "issues: read",
}
"""The permission of an App's token for a field; for all others it is `pull-requests: read`."""


def withheld(errors: Iterable[GraphQLError]) -> dict[str, str]:
    """Return the fields that were withheld, each with the permission that the token lacks."""
    fields = sorted({_field(error) for error in errors if error.withholds and error.path})
    return {name: PERMISSIONS.get(name, "pull-requests: read") for name in fields}


def to_leave_out(response: Response) -> set[str]:
    """Return what is to be left out, so that pull requests come which are null for it now.

    What one pull request of the response has is not withheld from the repository.
    """
    exact: set[str] = set()
    inner: set[str] = set()
    for error in response.errors:
        depth = _leavable_depth(error)
        if depth is None:
            continue
        name, rest = str(error.path[depth]), error.path[depth + 1 :]
        if not rest:
            exact.add(name)
        elif all(isinstance(key, str) for key in rest) and not _at(
            response.data, error.path[:depth]
        ):
            # Something in it that may not be null, and no item of a list, which may.
            inner.add(name)
    fields = exact or inner
    return fields - _present(response.data, fields) if fields else fields


def _present(data: Any, names: Collection[str]) -> set[str]:
    """Return which of these fields have a value anywhere in a document."""
    found: set[str] = set()
    waiting = [data]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            found |= {key for key in names if value.get(key) is not None}
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return found


def _field(error: GraphQLError) -> str:
    """Return the field behind the last index of a list that an error names, or the one below."""
    indexes = [depth for depth, key in enumerate(error.path) if isinstance(key, int)]
    names = [str(key) for key in error.path[(indexes[-1] + 1) if indexes else 0 :]]
    known = (name for name in names if name in LEAVABLE or name in PERMISSIONS)
    return next(known, str(error.path[-1]))


def _leavable_depth(error: GraphQLError) -> int | None:
    """Return how deep in an error's path the field stands that can be left out."""
    if not error.withholds:
        return None
    return next((depth for depth, key in enumerate(error.path) if key in LEAVABLE), None)


def _at(data: Any, path: Iterable[str | int]) -> Any:
    for key in path:
        try:
            data = data[key]
        except (KeyError, IndexError, TypeError):
            return None
    return data


CREATED_AT = "CREATED_AT"
UPDATED_AT = "UPDATED_AT"
NOTHING_OF_IT = "GitHub gives nothing of it but its place in the list."


@dataclass(frozen=True)
class PullRequestsRequest:
    """Pull requests of one repository, and how much of each."""

    node_id: str
    detail: Detail = field(kw_only=True)
    with_labels: bool = field(kw_only=True)
    left_out: tuple[str, ...] = field(default=(), kw_only=True)
    awaited: tuple[str, ...] = field(default=(), kw_only=True)
    """Fields that were withheld before, and are asked for again."""

    @property
    def query(self) -> str:
        """The text of the GraphQL query."""
        # Labels have a switch, and GitHub refuses a query that leaves a variable unused.
        return without(self._whole_query(), frozenset(self.left_out) - {"labels"})

    @property
    def variables(self) -> dict[str, Any]:
        """The variables of the GraphQL query."""
        has_lists = self.detail < Detail.WITHOUT_LISTS
        return {
            "repository": self.node_id,
            "withDetails": self.detail < Detail.IDENTITY,
            "withDiffStatistics": self.detail < Detail.WITHOUT_DIFF_STATISTICS,
            "withLists": has_lists,
            "withLabels": self.with_labels and has_lists and "labels" not in self.left_out,
        }

    def _whole_query(self) -> str:
        raise NotImplementedError


@dataclass(frozen=True)
class PageRequest(PullRequestsRequest):
    """One page: how many, after which cursor, newest or latest first."""

    first: int
    after: str | None
    order_by: str = CREATED_AT

    @property
    def variables(self) -> dict[str, Any]:
        """The variables of the GraphQL query."""
        return {
            **super().variables,
            "first": self.first,
            "after": self.after,
            "orderBy": self.order_by,
            "cursorsOnly": self.detail is Detail.CURSORS,
        }

    def _whole_query(self) -> str:
        return query_text(PAGE_QUERY)


def connections(with_labels: bool, detail: Detail = Detail.FULL) -> int:
    """Count the lists that the query selects per pull request: what GitHub charges for."""
    if detail >= Detail.WITHOUT_LISTS:
        return 0
    # assignees, comments, reviews; commits comes with the diff statistics.
    return 3 + (detail == Detail.FULL) + with_labels


@expected_shape()
def read_page(response: Response, request: PageRequest) -> Page:
    """Check a response and return its page.

    A pull request that came null or with errors below it is damaged. The page then ends before it;
    when it is the first, `items` is empty and `complete` false: ask for it alone, and lighter. What
    not even `Detail.IDENTITY` brings is recorded as skipped, by its cursor alone if need be.

    Raises `Unusable` for a cursor that did not move or a response of another shape than the
    query's, and `Gone` for a node that is no repository.
    """
    repository = repository_of(response)
    connection = repository.get("pullRequests")
    if response.errors and not (connection or {}).get("edges"):
        # An error never becomes an empty list, and so the end of a backfill.
        raise fault_without_data(response.errors)
    # Null without an error when a repository has its pull requests switched off.
    connection = connection or {"pageInfo": {"hasNextPage": False}, "edges": []}
    if connection["edges"] is None:
        raise no_data("its list of pull requests is null")
    end_cursor = connection["pageInfo"].get("endCursor") or _last_cursor(connection["edges"])
    has_next_page = connection["pageInfo"]["hasNextPage"]
    if has_next_page and end_cursor in {None, request.after}:
        raise Unusable("GitHub's cursor did not move; the page would be read for ever.")
    items, complete = _items(connection["edges"], _damage(response), request, end_cursor)
    return page_of(
        repository,
        items=items,
        end_cursor=end_cursor if complete else (items[-1].cursor if items else request.after),
        has_next_page=has_next_page or not complete,
        complete=complete,
        dated=response.date,
        withheld=withheld(response.errors),
        left_out=request.left_out,
        given_again=_given_again(response, request.awaited) if request.awaited else (),
    )


def _given_again(response: Response, awaited: tuple[str, ...]) -> tuple[str, ...]:
    """Return the fields that were withheld before and are there now, or are asked for no more."""
    there = _present(response.data, awaited) | (RETIRED & set(awaited))
    return tuple(sorted(there - withheld(response.errors).keys()))


def _damage(response: Response) -> dict[int, str]:
    """Map the indexes of damaged pull requests on the page to what GitHub says about them.

    A field that the token may not see and that may be null damages nothing: then the pull request
    is there. Else GitHub gives the whole of it as null.
    """
    head = ("node", "pullRequests", "edges")
    return {
        error.path[3]: error.message
        for error in response.errors
        if error.path[:3] == head
        and len(error.path) > 3
        and isinstance(error.path[3], int)
        and not (error.withholds and len(error.path) > 5)
    }


def _items(
    edges: list[dict[str, Any] | None],
    damage: dict[int, str],
    request: PageRequest,
    end_cursor: str | None,
) -> tuple[tuple[Captured, ...], bool]:
    items: list[Captured] = []
    for index, edge in enumerate(edges):
        # An edge that is null has no cursor; the last one's is the page's.
        is_last = index == len(edges) - 1
        cursor = edge["cursor"] if edge else end_cursor if is_last else None
        node = edge.get("node") if edge else None
        if cursor is None:
            return tuple(items), False
        if request.detail is Detail.CURSORS:
            items.append(passed_over(cursor, None, NOTHING_OF_IT))
        elif request.detail is Detail.IDENTITY:
            reason = damage.get(index, "GitHub gives it as null")
            items.append(passed_over(cursor, node, reason))
        elif node is None or index in damage:
            return tuple(items), False
        else:
            items.append(captured(cursor, node, MISSING_FIELDS[: request.detail]))
    return tuple(items), True


def _last_cursor(edges: list[dict[str, Any] | None]) -> str | None:
    cursor = edges[-1].get("cursor") if edges and edges[-1] else None
    return cursor if isinstance(cursor, str) else None


@dataclass(frozen=True)
class NumbersRequest(PullRequestsRequest):
    """Pull requests by their numbers."""

    numbers: tuple[int, ...]

    def _whole_query(self) -> str:
        return repeated("pull_requests_by_number", ({"number": n} for n in self.numbers))


@expected_shape()
def read_numbers(response: Response, request: NumbersRequest) -> tuple[Page, tuple[Number, ...]]:
    """Return the pull requests as a page, and the numbers that are none.

    Raises `TooHeavy` when one came damaged: ask for fewer, and for one alone with less of it.
    """
    repository = repository_of(response)
    missing = {e.path[1] for e in response.errors if e.type == "NOT_FOUND" and len(e.path) == 2}
    errors = [e for e in response.errors if not _is_bearable(e, repository)]
    damaged = [e for e in errors if len(e.path) < 2 or e.path[1] not in missing]
    if damaged and request.detail < Detail.IDENTITY:
        raise TooHeavy(f"GitHub gave a pull request damaged: {damaged[0].message}")
    found = {n: repository.get(f"n{n}") for n in request.numbers}
    if damaged:
        message = damaged[0].message
        items = tuple(passed_over(f"number {n}", {"number": n}, message) for n in found)
        found = {}
    else:
        items = tuple(_item(n, node, request.detail) for n, node in found.items() if node)
    page = page_of(
        repository,
        items=items,
        end_cursor=None,
        has_next_page=False,
        withheld=withheld(response.errors),
        left_out=request.left_out,
        given_again=_given_again(response, request.awaited) if request.awaited else (),
    )
    return page, tuple(
        Number(n, "issue", "no pull request") for n, node in found.items() if not node
    )


def _is_bearable(error: GraphQLError, repository: dict[str, Any]) -> bool:
    """Tell whether a field was withheld that may be null: the pull request is there without it."""
    return error.withholds and len(error.path) > 2 and bool(repository.get(str(error.path[1])))


def _item(number: int, node: dict[str, Any], detail: Detail) -> Captured:
    cursor = f"number {number}"
    if detail is Detail.IDENTITY:
        return passed_over(
            cursor, {**node, "number": number}, "GitHub gives no more of it than its number."
        )
    return captured(cursor, node, MISSING_FIELDS[:detail])
