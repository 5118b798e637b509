"""A response is a page only after it was checked."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contributor_backfill.domain.records import Page
from contributor_backfill.github import totals
from contributor_backfill.github.documents import Detail
from contributor_backfill.github.faults import (
    Forbidden,
    GitHubFault,
    Gone,
    TooHeavy,
    Unusable,
)
from contributor_backfill.github.http import GraphQLError, Response
from contributor_backfill.github.pull_requests import PageRequest, connections, read_page
from tests.github.test_parsing import node


def request(after: str | None = None, detail: Detail = Detail.FULL) -> PageRequest:
    return PageRequest("R_1", 3, after, detail=detail, with_labels=False)


def response(
    edges: list[Any] | None,
    *,
    broken: int | None = None,
    more: bool = True,
    end: str | None = "end",
) -> Response:
    connection = {
        "totalCount": 9,
        "pageInfo": {"hasNextPage": more, "endCursor": end},
        "edges": edges,
    }
    repository = {
        "__typename": "Repository",
        "id": "R_1",
        "databaseId": 1,
        "nameWithOwner": "octo/one",
        "isPrivate": False,
        "pullRequests": connection,
    }
    path = ("node", "pullRequests", "edges", broken, "node", "additions")
    errors = () if broken is None else (GraphQLError("broken", "", path),)  # type: ignore[arg-type]  # None is excluded
    return Response({"node": repository}, errors, None, 1, None)


def edge(number: int) -> dict[str, Any]:
    return {"cursor": f"c{number}", "node": node(number=number, fullDatabaseId=str(number))}


def numbers(page: Page) -> list[int]:
    return [i.pull_request.number for i in page.items if i.pull_request]


def test_a_whole_page_ends_at_githubs_cursor() -> None:
    page = read_page(response([edge(3), edge(2), edge(1)]), request())

    assert numbers(page) == [3, 2, 1]
    assert (page.end_cursor, page.has_next_page, page.complete) == ("end", True, True)


def test_half_a_page_is_a_page() -> None:
    assert numbers(read_page(response([edge(3)], end="c3"), request())) == [3]


@pytest.mark.parametrize("damaged", [{"cursor": "c2", "node": None}, edge(2)])
def test_a_page_ends_before_the_first_damaged_pull_request(damaged: dict[str, Any]) -> None:
    broken = 1 if damaged["node"] else None

    page = read_page(response([edge(3), damaged, edge(1)], broken=broken, more=False), request())

    assert numbers(page) == [3]
    assert (page.end_cursor, page.has_next_page, page.complete) == ("c3", True, False)


def test_a_page_whose_first_pull_request_is_damaged_stands_where_it_was() -> None:
    page = read_page(response([{"cursor": "c3", "node": None}, edge(2)]), request(after="before"))

    assert (page.items, page.end_cursor, page.complete) == ((), "before", False)


def test_what_not_even_its_identity_brings_is_skipped_on_record() -> None:
    page = read_page(
        response([{"cursor": "c3", "node": None}], broken=0), request(detail=Detail.IDENTITY)
    )

    skipped = page.items[0].skipped
    assert skipped is not None
    assert (skipped.number, skipped.cursor, skipped.message) == (None, "c3", "broken")


@pytest.mark.parametrize(("edges", "end"), [([edge(3)], "before"), ([], None)])
def test_a_cursor_that_did_not_move_is_refused(edges: list[Any], end: str | None) -> None:
    with pytest.raises(Unusable, match="did not move"):
        read_page(response(edges, end=end), request(after="before"))


def test_a_page_without_its_own_cursor_ends_at_its_last_pull_requests() -> None:
    assert read_page(response([edge(3)], end=None), request()).end_cursor == "c3"


def test_a_null_in_the_place_of_a_pull_request_is_passed_when_it_is_alone() -> None:
    whole = read_page(response([edge(3), None, edge(1)]), request())
    alone = read_page(response([None], end="c2"), request(detail=Detail.IDENTITY))

    assert (numbers(whole), whole.end_cursor, whole.complete) == ([3], "c3", False)
    assert alone.items[0].skipped is not None
    assert alone.end_cursor == "c2"


def test_pull_requests_that_are_switched_off_are_none() -> None:
    off = response([])
    off.data["node"]["pullRequests"] = None

    page = read_page(off, request())

    assert (page.total, page.items, page.has_next_page) == (0, (), False)


def test_where_they_are_switched_off_there_are_no_totals_to_compare() -> None:
    off = response([])
    off.data["node"]["pullRequests"] = None

    with pytest.raises(Unusable, match="octo/one has its pull requests switched off"):
        totals.read_page(off, None)


@pytest.mark.parametrize(
    ("message", "kind", "fault"),
    [
        ("Something went wrong while executing your query.", "", TooHeavy),
        ("Resource protected by organization SAML enforcement.", "FORBIDDEN", Forbidden),
        ("No idea.", "", TooHeavy),
        ("No such field", "UNPROCESSABLE", Unusable),
    ],
)
@pytest.mark.parametrize("lost", ["pullRequests", "edges"])
def test_an_error_never_becomes_an_empty_list(
    lost: str, message: str, kind: str, fault: type[GitHubFault]
) -> None:
    whole = response([], more=False)
    repository = whole.data["node"]
    if lost == "edges":
        repository["pullRequests"]["edges"] = None
    else:
        repository["pullRequests"] = None
    path = ("node", "pullRequests", "totalCount")
    broken = Response(whole.data, (GraphQLError(message, kind, path),), None, 1, None)

    with pytest.raises(fault, match=message):
        read_page(broken, request())


def test_a_list_that_is_null_for_no_reason_is_refused() -> None:
    with pytest.raises(TooHeavy):
        read_page(response(None, more=False), request())


def test_a_node_that_is_no_repository_is_gone() -> None:
    with pytest.raises(Gone):
        read_page(Response({"node": {"__typename": "User"}}, (), None, 1, None), request())


junk = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["cursor", "node", "number", "id"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.lists(junk, max_size=3))
def test_a_response_of_another_shape_is_a_fault_and_no_crash(edges: list[Any]) -> None:
    with suppress(GitHubFault):
        read_page(response(edges), request())


def test_the_price_follows_what_is_asked_for() -> None:
    assert connections(with_labels=False) == 4
    assert connections(with_labels=True) == 5
    assert connections(with_labels=True, detail=Detail.WITHOUT_DIFF_STATISTICS) == 4
    assert connections(with_labels=True, detail=Detail.WITHOUT_LISTS) == 0


def test_a_field_that_the_token_may_not_see_damages_nothing() -> None:
    path = ("node", "pullRequests", "edges", 1, "node", "reviews", "nodes", 0, "commit")
    whole = response([edge(3), edge(2), edge(1)])
    withheld = GraphQLError("Resource not accessible by integration", "FORBIDDEN", path)

    page = read_page(Response(whole.data, (withheld,), None, 1, None), request())

    assert (numbers(page), page.complete) == ([3, 2, 1], True)
    assert page.missing_permissions == ("contents: read",)


def test_a_pull_request_that_is_null_for_a_missing_permission_is_damaged() -> None:
    path = ("node", "pullRequests", "edges", 1, "node", "commits")
    whole = response([edge(3), {"cursor": "c2", "node": None}, edge(1)])
    withheld = GraphQLError("Resource not accessible by integration", "FORBIDDEN", path)

    page = read_page(Response(whole.data, (withheld,), None, 1, None), request())

    assert (numbers(page), page.complete) == ([3], False)


@pytest.mark.parametrize(
    ("detail", "missing"),
    [
        (Detail.FULL, ()),
        (Detail.WITHOUT_DIFF_STATISTICS, ("diff_statistics",)),
        (Detail.WITHOUT_LISTS, ("diff_statistics", "lists")),
    ],
)
def test_a_pull_request_says_what_its_step_of_the_ladder_leaves_out(
    detail: Detail, missing: tuple[str, ...]
) -> None:
    captured = read_page(response([edge(3)]), request(detail=detail)).items[0].pull_request

    assert captured is not None
    assert captured.missing_fields == missing
