"""Connections of pull requests, read on from where each stands, many of them with one query.

GitHub charges a hundredth of a point for each connection, whatever it holds: a hundred cost one.
"""

from dataclasses import dataclass
from typing import Any

from contributor_backfill.domain.harvest import ConnectionProgress, Harvest, Item
from contributor_backfill.domain.records import Account, Skipped
from contributor_backfill.domain.sources import Connection, Doubt, PendingConnection
from contributor_backfill.github.documents import repeated
from contributor_backfill.github.faults import TooHeavy
from contributor_backfill.github.http import Response, expected_shape
from contributor_backfill.github.records import Parent, comment, readable, review
from contributor_backfill.github.review_comments import comment_path


def item_path(full_name: str, doubt: Doubt) -> str:
    """Return the path of a review or comment, whichever it is."""
    if doubt.kind is Connection.REVIEWS:
        return f"{pull_request_path(full_name, doubt.number)}/reviews/{doubt.github_id}"
    if doubt.kind is Connection.REVIEW_COMMENTS:
        return comment_path(full_name, doubt.github_id)
    return f"/repos/{full_name}/issues/comments/{doubt.github_id}"


def pull_request_path(full_name: str, number: int) -> str:
    """Return the path of a pull request."""
    return f"/repos/{full_name}/pulls/{number}"


LONGEST_PAGE = 100
_SELECTIONS = {
    Connection.REVIEWS: (
        "reviews(first: $first{index}, after: $after{index},"
        " states: [APPROVED, CHANGES_REQUESTED, COMMENTED, DISMISSED]) { ...ReviewList }"
    ),
    Connection.COMMENTS: "comments(first: $first{index}, after: $after{index}) { ...CommentList }",
}


@dataclass(frozen=True)
class ConnectionsRequest:
    """The next page of each of these connections, which are reviews and comments."""

    lists: tuple[PendingConnection, ...]

    @property
    def query(self) -> str:
        """The text of the GraphQL query."""
        return repeated(
            "lists",
            (
                {"selection": _SELECTIONS[pending.connection], "index": index}
                for index, pending in enumerate(self.lists)
            ),
        )

    @property
    def variables(self) -> dict[str, Any]:
        """The variables of the GraphQL query."""
        variables: dict[str, Any] = {}
        for index, pending in enumerate(self.lists):
            variables[f"id{index}"] = pending.node_id
            variables[f"first{index}"] = _page_size(pending)
            variables[f"after{index}"] = pending.cursor
        return variables


@expected_shape()
def read_connections(response: Response, request: ConnectionsRequest) -> Harvest:
    """Return what the connections held, and how far each was read.

    Raises `TooHeavy` when one came damaged: ask for fewer, and record it when it is alone.
    """
    # A pull request that is gone takes its own connections along, and no others.
    missing = {e.path[0] for e in response.errors if e.type == "NOT_FOUND" and len(e.path) == 1}
    errors = [e for e in response.errors if not (e.withholds and len(e.path) > 2)]
    if damaged := [e for e in errors if not e.path or e.path[0] not in missing]:
        raise TooHeavy(f"GitHub gave a list damaged: {damaged[0].message}")
    accounts: list[Account] = []
    items: list[Item] = []
    progress: list[ConnectionProgress] = []
    unreadable: list[Skipped] = []
    for index, pending in enumerate(request.lists):
        node = response.data[f"l{index}"]
        if not node:
            progress.append(_progress(pending, gone=True))
            continue
        connection = node.get(pending.connection.value) or {}
        if connection.get("nodes") is None:
            raise TooHeavy("GitHub gives a list as null.")
        parent = Parent(pending.pull_request_github_id, pending.number, node["updatedAt"])
        found, skipped = _items(connection, pending.connection, parent)
        accounts += [author for author, _ in found]
        items += [item for _, item in found]
        unreadable += skipped
        progress.append(_moved(connection, pending, tuple(item.github_id for _, item in found)))
    return Harvest(
        accounts=tuple(accounts),
        items=tuple(items),
        lists=tuple(progress),
        unreadable=tuple(unreadable),
    )


def _items(
    connection: dict[str, Any], kind: Connection, parent: Parent
) -> tuple[list[tuple[Account, Item]], tuple[Skipped, ...]]:
    nodes = [node for node in connection["nodes"] if node]
    if kind is Connection.REVIEWS:
        return readable(nodes, lambda node: review(node, parent), "reviews", parent.number)
    return readable(nodes, lambda node: comment(node, parent), "comments", parent.number)


def _moved(
    connection: dict[str, Any], of: PendingConnection, ids: tuple[int, ...]
) -> ConnectionProgress:
    page = connection["pageInfo"]
    # A cursor that does not move would be read for ever: then what came is all.
    goes_on = page["hasNextPage"] and page["endCursor"] not in {None, of.cursor}
    return _progress(
        of,
        end_cursor=page["endCursor"] if goes_on else None,
        finished=not goes_on,
        ids=ids,
        total=connection["totalCount"],
    )


def _progress(of: PendingConnection, **values: Any) -> ConnectionProgress:
    return ConnectionProgress(
        of.pull_request_github_id, of.connection.value, from_cursor=of.cursor, **values
    )


def _page_size(of: PendingConnection) -> int:
    """Return how many items to ask for: those that should be there, and a few that came since."""
    if of.expected is None:
        return LONGEST_PAGE
    return max(1, min(LONGEST_PAGE, of.expected + 10))
