"""A repository's pull requests: what to ask for, whether the response is a page, and its records.

Everything that is odd about GitHub's responses is settled here. A null author is a deleted account,
which is GitHub's own ghost user. Ids come as strings where they outgrow 32 bits. NUL and lone
surrogates, which no Postgres text can hold, are removed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from contributor_backfill.domain.records import Account, Captured, Continuation, Page, PullRequest
from contributor_backfill.domain.types import PAGE_QUERY
from contributor_backfill.github.accounts import Node, account
from contributor_backfill.github.documents import query_text, without
from contributor_backfill.github.faults import Gone, Unusable
from contributor_backfill.github.items import Place, comment, review
from contributor_backfill.github.readable import MISSHAPEN, moment, needed, readable, skipped, whole
from contributor_backfill.github.retry import Detail
from contributor_backfill.github.sansio import (
    Answer,
    fault_without_data,
    no_data,
)
from contributor_backfill.github.texts import clean, reason
from contributor_backfill.github.withheld import RETIRED, that_came, withheld

CREATED_AT = "CREATED_AT"
UPDATED_AT = "UPDATED_AT"
NOTHING_OF_IT = "GitHub gives nothing of it but its place in the list."
STATES = {"OPEN": "open", "CLOSED": "closed", "MERGED": "merged"}
MERGEABLE = {"MERGEABLE": True, "CONFLICTING": False}


@dataclass(frozen=True)
class PageRequest:
    """One page: whose, how many, after which cursor, how much of each, newest or latest first."""

    node_id: str
    first: int
    after: str | None
    detail: Detail
    with_labels: bool
    order_by: str = CREATED_AT
    left_out: tuple[str, ...] = ()
    awaited: tuple[str, ...] = ()
    """Fields that were withheld before, and are asked for again."""

    @property
    def query(self) -> str:
        """The text of the GraphQL query."""
        return without(query_text(PAGE_QUERY), by_text(self.left_out))

    @property
    def variables(self) -> dict[str, Any]:
        """The variables of the GraphQL query."""
        return {
            "repository": self.node_id,
            "first": self.first,
            "after": self.after,
            "orderBy": self.order_by,
            **({"cursorsOnly": True} if self.detail is Detail.CURSORS else {}),
            **switches(self.detail, with_labels=self.with_labels and "labels" not in self.left_out),
        }

    @property
    def connections(self) -> int:
        """How many lists of each pull request GitHub charges for."""
        return connections(self.with_labels, self.detail)


def by_text(left_out: tuple[str, ...]) -> frozenset[str]:
    """Return what is left out of a query's text. Labels have a switch, which must stay in use."""
    return frozenset(left_out) - {"labels"}


def switches(detail: Detail, *, with_labels: bool) -> dict[str, bool]:
    """Return the variables that say how much of each pull request is asked for."""
    return {
        "withDetails": detail < Detail.IDENTITY,
        "withDiffStatistics": detail < Detail.WITHOUT_DIFF_STATISTICS,
        "withLists": detail < Detail.WITHOUT_LISTS,
        "withLabels": with_labels and detail < Detail.WITHOUT_LISTS,
    }


def connections(with_labels: bool, detail: Detail = Detail.FULL) -> int:
    """Count the lists that the query selects per pull request: what GitHub charges for."""
    if detail >= Detail.WITHOUT_LISTS:
        return 0
    # assignees, comments, reviews; commits comes with the diff statistics.
    return 3 + (detail == Detail.FULL) + with_labels


def read_page(answer: Answer, request: PageRequest) -> Page:
    """Check an answer and return its page.

    A pull request that came null or with errors below it is damaged. The page then ends before it;
    when it is the first, `items` is empty and `complete` false: ask for it alone, and lighter. What
    not even `Detail.IDENTITY` brings is recorded as skipped, by its cursor alone if need be.

    Raises `Unusable` for a cursor that did not move or an answer that is not of the queried shape,
    and `Gone` for a node that is no repository.
    """
    with of_the_queried_shape():
        return _read_page(answer, request)


@contextmanager
def of_the_queried_shape() -> Iterator[None]:
    """Raise `Unusable` where an answer lacks what was asked for."""
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        why = reason(repr(error))
        raise Unusable(f"GitHub's answer has not the shape of the query: {why}.") from error


def _read_page(answer: Answer, request: PageRequest) -> Page:
    repository = repository_of(answer)
    connection = repository.get("pullRequests")
    if answer.errors and not (connection or {}).get("edges"):
        # An error never becomes an empty list, and so the end of a walk.
        raise fault_without_data(answer.errors)
    # Null without an error when a repository has its pull requests switched off.
    connection = connection or {"totalCount": 0, "pageInfo": {"hasNextPage": False}, "edges": []}
    if connection["edges"] is None:
        raise no_data("its list of pull requests is null")
    end_cursor = connection["pageInfo"].get("endCursor") or _last_cursor(connection["edges"])
    items, complete = _items(connection["edges"], _damage(answer), request, end_cursor)
    has_next_page = connection["pageInfo"]["hasNextPage"]
    _refuse_standstill(end_cursor, has_next_page, request)
    return Page(
        node_id=repository["id"],
        github_id=int(repository["databaseId"] or 0),
        full_name=repository["nameWithOwner"],
        is_private=repository["isPrivate"],
        total=connection["totalCount"],
        items=items,
        end_cursor=end_cursor if complete else (items[-1].cursor if items else request.after),
        has_next_page=has_next_page or not complete,
        complete=complete,
        dated=answer.date,
        withheld=withheld(answer.errors),
        left_out=request.left_out,
        came=came(answer, request.awaited),
    )


def came(answer: Answer, awaited: tuple[str, ...]) -> tuple[str, ...]:
    """Return the fields that were withheld before and are there now, or are asked for no more."""
    still = withheld(answer.errors)
    there = that_came(answer.data, awaited) | (RETIRED & set(awaited))
    return tuple(sorted(there - still.keys()))


def repository_of(answer: Answer) -> dict[str, Any]:
    """Return the repository that a query by node id found. Raises `Gone`."""
    repository: dict[str, Any] = answer.data.get("node") or {}
    if repository.get("__typename") != "Repository":
        raise Gone("GitHub has no repository with this id any more.")
    return repository


def _damage(answer: Answer) -> dict[int, str]:
    """Map the places of damaged pull requests on the page to what GitHub says about them.

    A field that the token may not see and that may be null damages nothing: then the pull request
    is there. Else GitHub gives the whole of it as null.
    """
    head = ("node", "pullRequests", "edges")
    return {
        error.path[3]: error.message
        for error in answer.errors
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
    for place, edge in enumerate(edges):
        # An edge that is null has no cursor; the last one's is the page's.
        is_last = place == len(edges) - 1
        cursor = edge["cursor"] if edge else end_cursor if is_last else None
        node = edge.get("node") if edge else None
        if cursor is None:
            return tuple(items), False
        if request.detail is Detail.CURSORS:
            items.append(passed_over(cursor, None, NOTHING_OF_IT))
        elif request.detail is Detail.IDENTITY:
            reason = damage.get(place, "GitHub gives it as null")
            items.append(passed_over(cursor, node, reason))
        elif node is None or place in damage:
            return tuple(items), False
        else:
            items.append(captured_or_passed(cursor, node, request.detail))
    return tuple(items), True


def captured_or_passed(cursor: str, node: dict[str, Any], detail: Detail) -> Captured:
    """Return a pull request, or the record of one that cannot be read."""
    try:
        return captured(cursor, node, detail.missing_fields)
    except MISSHAPEN as error:
        return passed_over(cursor, node, error)


def passed_over(cursor: str, node: object, reason: Exception | str) -> Captured:
    """Return the record of a pull request that GitHub would not give."""
    return Captured(cursor, None, skipped=skipped(node, reason, cursor=cursor))


def _last_cursor(edges: list[dict[str, Any] | None]) -> str | None:
    cursor = edges[-1].get("cursor") if edges and edges[-1] else None
    return cursor if isinstance(cursor, str) else None


def _refuse_standstill(end_cursor: str | None, has_next_page: bool, request: PageRequest) -> None:
    if has_next_page and (end_cursor is None or end_cursor == request.after):
        raise Unusable("GitHub's cursor did not move; the page would be read for ever.")


def captured(cursor: str, node: Node, missing_fields: tuple[str, ...]) -> Captured:
    """Return a pull request with its accounts, reviews, comments and unfinished lists.

    Raises `ValueError` and its like for one that lacks what is needed to store it.
    """
    number, github_id = whole(node, "number", bits=31), whole(node, "fullDatabaseId")
    place = Place(github_id, number, node.get("updatedAt"))
    author = account(node.get("author"))
    merged_by = account(node.get("mergedBy")) if node.get("merged") else None
    assignees = [account(n) for n in (node.get("assignees") or {}).get("nodes") or [] if n]
    reviews, odd_reviews = readable(
        _nodes(node, "reviews"), lambda n: review(n, place), "reviews", number
    )
    comments, odd_comments = readable(
        _nodes(node, "comments"), lambda n: comment(n, place), "comments", number
    )
    writers = (who for who, _ in (*reviews, *comments))
    everybody = [author, *assignees, *writers, *([merged_by] if merged_by else [])]
    return Captured(
        cursor=cursor,
        pull_request=_pull_request(
            node,
            author=author,
            merged_by=merged_by,
            assignee=assignees[0] if assignees else None,
            missing_fields=missing_fields,
        ),
        accounts=tuple({a.github_id: a for a in everybody}.values()),
        reviews=tuple(each for _, each in reviews),
        comments=tuple(each for _, each in comments),
        continuations=_continuations(node, github_id, missing_fields),
        unreadable=odd_reviews + odd_comments,
    )


def _pull_request(
    node: Node,
    *,
    author: Account,
    merged_by: Account | None,
    assignee: Account | None,
    missing_fields: tuple[str, ...],
) -> PullRequest:
    labels = node.get("labels")
    return PullRequest(
        github_id=whole(node, "fullDatabaseId"),
        node_id=needed(node, "id"),
        number=whole(node, "number", bits=31),
        title=clean(node.get("title")) or "",
        body=clean(node.get("body")),
        # A word that is new is the database's to take or to refuse: then the row is kept whole.
        state=STATES.get(needed(node, "state"), str(node["state"]).lower()),
        draft=bool(node.get("isDraft")),
        merged=bool(node.get("merged")),
        html_url=needed(node, "url"),
        base_branch=clean(needed(node, "baseRefName")) or "",
        head_branch=clean(needed(node, "headRefName")) or "",
        created_at=moment(node, "createdAt"),
        updated_at=moment(node, "updatedAt"),
        closed_at=node.get("closedAt"),
        merged_at=node.get("mergedAt"),
        author_github_id=author.github_id,
        author_login=author.username,
        merged_by_github_id=merged_by.github_id if merged_by else None,
        assignee_github_id=assignee.github_id if assignee else None,
        additions=node.get("additions"),
        deletions=node.get("deletions"),
        changed_files=node.get("changedFiles"),
        commits=_total(node, "commits"),
        mergeable=MERGEABLE.get(node.get("mergeable") or ""),
        mergeable_state=str(node.get("mergeStateStatus") or "").lower() or None,
        labels=tuple(_label_names(node)) if labels else None,
        reviews_total=_total(node, "reviews"),
        comments_total=_total(node, "comments"),
        all_comments_total=node.get("totalCommentsCount"),
        assignees_total=_total(node, "assignees"),
        labels_total=_total(node, "labels"),
        missing_fields=missing_fields,
    )


def _continuations(
    node: Node, github_id: int, missing_fields: tuple[str, ...]
) -> tuple[Continuation, ...]:
    if "lists" in missing_fields:
        return tuple(Continuation(github_id, name, None) for name in ("reviews", "comments"))
    found = (_continuation(node, github_id, name) for name in ("reviews", "comments", "labels"))
    return tuple(c for c in found if c)


def _continuation(node: Node, github_id: int, name: str) -> Continuation | None:
    if name not in node:
        return None
    connection = node[name]
    if connection is None:
        # GitHub did not say what is in it. A pull request without labels is no such case.
        return Continuation(github_id, name, None) if name != "labels" else None
    if connection["pageInfo"]["hasNextPage"]:
        held = tuple(int(n["fullDatabaseId"]) for n in _nodes(node, name) if _has_id(n))
        return Continuation(github_id, name, connection["pageInfo"]["endCursor"], held)
    if connection["totalCount"] > len(_nodes(node, name)):
        # GitHub left items out without an error: read the list again.
        return Continuation(github_id, name, None)
    return None


def _nodes(node: Node, connection: str) -> list[Node]:
    # `reviews` is a nullable connection, and each node of any connection may be null.
    return [n for n in (node.get(connection) or {}).get("nodes") or [] if n]


def _has_id(item: Node) -> bool:
    return str(item.get("fullDatabaseId")).isdigit()


def _label_names(node: Node) -> Iterator[str]:
    for label in _nodes(node, "labels"):
        if label.get("name") is not None:
            yield clean(label["name"]) or ""


def _total(node: Node, connection: str) -> int | None:
    value = node.get(connection)
    return None if value is None else int(value["totalCount"])
