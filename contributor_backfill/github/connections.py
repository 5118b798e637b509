"""Lists inside pull requests, read on from where each stands, many of them with one query.

GitHub charges a hundredth of a point for each list, whatever it holds: a hundred cost one point.
"""

from dataclasses import dataclass
from typing import Any

from contributor_backfill.domain.harvest import Harvest, Item, ListProgress
from contributor_backfill.domain.records import Account, Skipped
from contributor_backfill.domain.sources import Connection, Doubt, PendingList
from contributor_backfill.github.documents import repeated
from contributor_backfill.github.faults import TooHeavy
from contributor_backfill.github.http import Response, expected_shape
from contributor_backfill.github.records import Place, comment, readable, review
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
        "reviews(first: $first{place}, after: $after{place},"
        " states: [APPROVED, CHANGES_REQUESTED, COMMENTED, DISMISSED]) { ...ReviewList }"
    ),
    Connection.COMMENTS: "comments(first: $first{place}, after: $after{place}) { ...CommentList }",
}


@dataclass(frozen=True)
class ListsRequest:
    """The next page of each of these lists, which are of reviews and of conversation comments."""

    lists: tuple[PendingList, ...]

    @property
    def query(self) -> str:
        """The text of the GraphQL query."""
        return repeated(
            "lists",
            (
                {"selection": _SELECTIONS[each.connection], "place": place}
                for place, each in enumerate(self.lists)
            ),
        )

    @property
    def variables(self) -> dict[str, Any]:
        """The variables of the GraphQL query."""
        found: dict[str, Any] = {}
        for place, each in enumerate(self.lists):
            found[f"id{place}"] = each.node_id
            found[f"first{place}"] = _page_size(each)
            found[f"after{place}"] = each.cursor
        return found


@expected_shape()
def read_lists(response: Response, request: ListsRequest) -> Harvest:
    """Return what the lists held, and how far each was read.

    Raises `TooHeavy` when one came damaged: ask for fewer, and record it when it is alone.
    """
    return _read_lists(response, request)


def _read_lists(response: Response, request: ListsRequest) -> Harvest:
    missing = {e.path[0] for e in response.errors if e.type == "NOT_FOUND" and len(e.path) == 1}
    errors = [e for e in response.errors if not (e.withholds and len(e.path) > 2)]
    if damaged := [e for e in errors if not e.path or e.path[0] not in missing]:
        raise TooHeavy(f"GitHub gave a list damaged: {damaged[0].message}")
    accounts: list[Account] = []
    items: list[Item] = []
    progress: list[ListProgress] = []
    unreadable: list[Skipped] = []
    for place, each in enumerate(request.lists):
        node = response.data[f"l{place}"]
        if not node:
            progress.append(_progress(each, gone=True))
            continue
        if (node.get(each.connection.value) or {}).get("nodes") is None:
            raise TooHeavy("GitHub gives a list as null.")
        found, odd = _items(node, each)
        accounts += [account for account, _ in found]
        items += [item for _, item in found]
        unreadable += odd
        progress.append(
            _moved(node[each.connection.value], each, tuple(i.github_id for _, i in found))
        )
    return Harvest(
        accounts=tuple(accounts),
        items=tuple(items),
        lists=tuple(progress),
        unreadable=tuple(unreadable),
    )


def _items(
    node: dict[str, Any], of: PendingList
) -> tuple[list[tuple[Account, Item]], tuple[Skipped, ...]]:
    connection = node[of.connection.value]
    place = Place(of.pull_request_github_id, of.number, node["updatedAt"])
    nodes = [each for each in connection["nodes"] if each]
    if of.connection is Connection.REVIEWS:
        return readable(nodes, lambda each: review(each, place), "reviews", of.number)
    return readable(nodes, lambda each: comment(each, place), "comments", of.number)


def _moved(connection: dict[str, Any], of: PendingList, ids: tuple[int, ...]) -> ListProgress:
    page = connection["pageInfo"]
    goes_on = page["hasNextPage"] and page["endCursor"] not in {None, of.cursor}
    return _progress(
        of,
        end_cursor=page["endCursor"] if goes_on else None,
        finished=not goes_on,
        ids=ids,
        total=connection["totalCount"],
    )


def _progress(of: PendingList, **values: Any) -> ListProgress:
    return ListProgress(
        of.pull_request_github_id, of.connection.value, from_cursor=of.cursor, **values
    )


def _page_size(of: PendingList) -> int:
    """Return how many items to ask for: what should be there, and a few that came since."""
    if of.expected is None:
        return LONGEST_PAGE
    return max(1, min(LONGEST_PAGE, of.expected + 10))
