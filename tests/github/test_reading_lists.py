"""Lists are read on from where each stands, and an error never becomes the end of one."""

from typing import Any

import pytest

from contributor_backfill.domain.records import GHOST, Comment, Review
from contributor_backfill.domain.sources import Connection, PendingConnection
from contributor_backfill.github.connections import ConnectionsRequest, read_connections
from contributor_backfill.github.documents import Detail
from contributor_backfill.github.faults import TooHeavy, Unusable
from contributor_backfill.github.http import GraphQLError, Response
from contributor_backfill.github.pull_requests import NumbersRequest, read_numbers
from tests.github.test_parsing import connection, node, review_node

REVIEWS = PendingConnection("PR_1", 1, 7, Connection.REVIEWS, "before", 30)
COMMENTS = PendingConnection("PR_2", 2, 8, Connection.COMMENTS, None, None)
COMMENT = {**review_node(9), "createdAt": "x", "updatedAt": "x"}


def response(*nodes: Any, errors: tuple[GraphQLError, ...] = ()) -> Response:
    return Response({f"l{n}": each for n, each in enumerate(nodes)}, errors, None, 1, None)


def of(name: str, found: Any) -> dict[str, Any]:
    return {"updatedAt": "2025-01-02T00:00:00Z", name: found}


def test_each_list_is_asked_for_from_its_cursor_and_as_long_as_it_should_be() -> None:
    request = ConnectionsRequest((REVIEWS, COMMENTS))

    assert request.variables == {
        "id0": "PR_1",
        "first0": 40,
        "after0": "before",
        "id1": "PR_2",
        "first1": 100,
        "after1": None,
    }


@pytest.mark.parametrize(("expected", "first"), [(0, 10), (85, 95), (95, 100), (5_000, 100)])
def test_a_few_more_than_should_be_there_are_asked_for(expected: int, first: int) -> None:
    pending = PendingConnection("PR_1", 1, 7, Connection.REVIEWS, None, expected)

    assert ConnectionsRequest((pending,)).variables["first0"] == first


def test_items_know_their_pull_request_and_lists_how_far_they_were_read() -> None:
    found = read_connections(
        response(
            of("reviews", connection([review_node(1), None], total=31, after="next")),
            of("comments", connection([{**COMMENT, "author": None}])),
        ),
        ConnectionsRequest((REVIEWS, COMMENTS)),
    )

    review, comment = found.items
    assert isinstance(review, Review)
    assert isinstance(comment, Comment)
    assert (review.pull_request_github_id, review.pull_request_number) == (1, 7)
    assert (comment.pull_request_github_id, comment.author_github_id) == (2, GHOST.github_id)
    first, second = found.lists
    assert (first.from_cursor, first.end_cursor, first.finished) == ("before", "next", False)
    assert (first.ids, first.total) == ((1,), 31)
    assert (second.from_cursor, second.end_cursor, second.finished) == (None, None, True)
    assert (second.ids, second.total) == ((9,), 1)


def test_a_pull_request_that_is_gone_is_gone_alone() -> None:
    missing = GraphQLError("Could not resolve", "NOT_FOUND", ("l0",))

    found = read_connections(
        response(None, of("comments", connection([])), errors=(missing,)),
        ConnectionsRequest((REVIEWS, COMMENTS)),
    )

    assert [(each.gone, each.finished) for each in found.lists] == [(True, False), (False, True)]


@pytest.mark.parametrize(
    "nodes",
    [
        (of("reviews", None), of("comments", connection([]))),
        ({}, {"updatedAt": "x"}),
    ],
)
def test_a_list_that_did_not_come_is_never_taken_for_an_empty_one(nodes: tuple[Any, Any]) -> None:
    damage = GraphQLError("Something went wrong", "", ("l0", "reviews"))

    with pytest.raises(TooHeavy):
        read_connections(
            response(*nodes, errors=(damage,)), ConnectionsRequest((REVIEWS, COMMENTS))
        )
    with pytest.raises((TooHeavy, Unusable)):
        read_connections(response(*nodes), ConnectionsRequest((REVIEWS, COMMENTS)))


def repository(**numbers: Any) -> dict[str, Any]:
    return {
        "__typename": "Repository",
        "id": "R_1",
        "databaseId": 1,
        "nameWithOwner": "octo/one",
        "isPrivate": False,
        "pullRequests": {"totalCount": 9},
        **numbers,
    }


def by_number(*errors: GraphQLError, detail: Detail = Detail.FULL, **numbers: Any) -> Any:
    request = NumbersRequest("R_1", (7, 8), detail=detail, with_labels=False)
    return read_numbers(Response({"node": repository(**numbers)}, errors, None, 1, None), request)


def test_a_number_without_a_pull_request_is_an_issues() -> None:
    missing = GraphQLError("Could not resolve", "NOT_FOUND", ("node", "n8"))

    page, others = by_number(missing, n7=node(number=7), n8=None)

    assert [i.pull_request.number for i in page.items if i.pull_request] == [7]
    assert [(each.number, each.meaning) for each in others] == [(8, "issue")]
    assert (page.total, page.has_next_page) == (9, False)


def test_a_pull_request_that_came_damaged_is_no_issue() -> None:
    damage = GraphQLError("Something went wrong", "", ("node", "n8", "additions"))

    with pytest.raises(TooHeavy):
        by_number(damage, n7=node(number=7), n8=None)
    with pytest.raises(TooHeavy):
        by_number(GraphQLError("Something went wrong", "", ()), n7=node(number=7), n8=None)


def test_what_comes_as_no_more_than_a_number_is_recorded_as_skipped() -> None:
    identity = {"id": "PR_7", "fullDatabaseId": "3000000007", "number": 7}

    page, _ = by_number(n7=identity, n8=node(number=8), detail=Detail.IDENTITY)

    skipped = page.items[0].skipped
    assert page.items[0].pull_request is None
    assert skipped is not None
    assert (skipped.github_id, skipped.number) == (3_000_000_007, 7)


def test_a_commit_that_the_token_may_not_see_costs_no_list() -> None:
    withheld = GraphQLError("Not accessible", "FORBIDDEN", ("l0", "reviews", "nodes", 0, "commit"))
    nodes = connection([{**review_node(1), "commit": None}])

    found = read_connections(
        response(of("reviews", nodes), errors=(withheld,)), ConnectionsRequest((REVIEWS,))
    )

    (review,) = found.items
    assert isinstance(review, Review)
    assert review.commit_id is None


def test_a_commit_that_the_token_may_not_see_costs_no_numbered_pull_request() -> None:
    path = ("node", "n7", "reviews", "nodes", 0, "commit")

    page, _ = by_number(
        GraphQLError("Not accessible", "FORBIDDEN", path), n7=node(number=7), n8=None
    )

    assert [item.pull_request is not None for item in page.items] == [True]
