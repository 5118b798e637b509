"""The list of review comments is read whole, whatever its times are and however it is cut."""

from bisect import bisect_left
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contributor_backfill.domain.records import GHOST, ReviewComment
from contributor_backfill.domain.sources import Connection, PendingConnection, Position
from contributor_backfill.github.faults import TooHeavy, Unusable
from contributor_backfill.github.http import RestResponse
from contributor_backfill.github.review_comments import (
    comments_parameters,
    connection_parameters,
    read_comments,
    read_connection,
)

BEGUN = datetime(2026, 1, 1, tzinfo=UTC)


def document(github_id: int, updated_at: datetime = BEGUN, **changed: Any) -> dict[str, Any]:
    made = {
        "id": github_id,
        "pull_request_url": "https://api.github.com/repos/octo/one/pulls/7",
        "user": {"id": 1, "login": "ada", "type": "User"},
        "body": "Why?",
        "created_at": "2025-01-01T00:00:00Z",
        "updated_at": updated_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "path": "a.py",
        "diff_hunk": "@@",
        "commit_id": "abc",
        "original_commit_id": "abc",
        "position": 1,
        "original_position": 1,
    }
    return {**made, **changed}


@dataclass
class CommentsList:
    """GitHub's list, as its parameters cut it. `asked` counts the requests."""

    documents: list[dict[str, Any]]
    asked: int = field(default=0)

    def page(self, parameters: dict[str, str | int]) -> RestResponse:
        self.asked += 1
        ordered = sorted(self.documents, key=lambda comment: (comment["updated_at"], comment["id"]))
        since = str(parameters.get("since", ""))
        begin = bisect_left([comment["updated_at"] for comment in ordered], since)
        size, page = int(parameters["per_page"]), int(parameters["page"])
        first = begin + (page - 1) * size
        return RestResponse(ordered[first : first + size], None, first + size < len(ordered))


@given(
    st.lists(st.integers(0, 6), max_size=60),
    st.lists(st.integers(2, 9), min_size=1, max_size=9),
)
def test_every_comment_is_met_however_many_share_a_second_and_the_size_changes(
    seconds: list[int], sizes: list[int]
) -> None:
    listed = CommentsList(
        [document(n, BEGUN + timedelta(seconds=s)) for n, s in enumerate(seconds, 1)]
    )
    position, met = Position(BEGUN), set[int]()

    while True:
        # A size that goes on changing within one second may begin it again for ever.
        size = sizes[min(listed.asked, len(sizes) - 1)]
        found = read_comments(listed.page(comments_parameters(position, size)), position, size)
        met |= {item.github_id for item in found.harvest.items}
        position = found.position
        if not found.has_next_page:
            break

    assert met == {comment["id"] for comment in listed.documents}
    assert listed.asked <= 2 * len(seconds) + 2 * len(sizes) + 1


def test_the_first_pass_asks_for_everything_and_a_later_one_since_a_moment() -> None:
    first = comments_parameters(Position(BEGUN), 50)
    later = comments_parameters(Position(BEGUN, since=BEGUN), 50)

    assert first == {"sort": "updated", "direction": "asc", "per_page": 50, "page": 1}
    assert later["since"] == "2026-01-01T00:00:00Z"


def test_a_page_is_counted_only_with_the_size_it_was_counted_by() -> None:
    middle = Position(BEGUN, since=BEGUN, page=3, per_page=50)

    assert comments_parameters(middle, 50)["page"] == 3
    assert comments_parameters(middle, 25)["page"] == 1


def test_an_empty_list_is_at_its_end_where_it_stood() -> None:
    position = Position(BEGUN, since=BEGUN)

    found = read_comments(RestResponse([], None, has_next_page=False), position, 50)

    assert (found.position, found.has_next_page) == (position, False)


def test_a_list_in_another_order_is_refused() -> None:
    older = document(1, BEGUN - timedelta(days=1))

    with pytest.raises(Unusable, match="order"):
        read_comments(
            RestResponse([older], None, has_next_page=True), Position(BEGUN, since=BEGUN), 50
        )


def test_a_list_that_is_none_carries_nothing() -> None:
    with pytest.raises(TooHeavy, match="no data"):
        read_comments(
            RestResponse({"message": "x"}, None, has_next_page=False), Position(BEGUN), 50
        )


@pytest.mark.parametrize("response", [[{}], [None], [{**document(1), "user": {"id": 1}}]])
def test_a_comment_that_lacks_something_costs_itself_alone(response: list[Any]) -> None:
    documents = [document(7), *response, document(8)]

    page = read_comments(RestResponse(documents, None, has_next_page=True), Position(BEGUN), 50)

    assert [item.github_id for item in page.harvest.items] == [7, 8]
    assert [each.kind for each in page.harvest.unreadable] == ["review_comments"]


def test_a_page_of_nothing_readable_is_passed() -> None:
    position = Position(BEGUN, since=BEGUN)

    page = read_comments(RestResponse([{}, {}], None, has_next_page=True), position, 50)

    assert (page.position.since, page.position.page, page.has_next_page) == (BEGUN, 2, True)


def test_what_is_odd_about_a_comment_is_settled() -> None:
    odd = document(
        2**40, user=None, body="a\x00b\ud800", diff_hunk=None, position=None, in_reply_to_id=7
    )

    found = read_comments(RestResponse([odd], None, has_next_page=False), Position(BEGUN), 50)

    (item,) = found.harvest.items
    assert isinstance(item, ReviewComment)
    assert (item.github_id, item.author_github_id) == (2**40, GHOST.github_id)
    assert (item.body, item.position, item.diff_hunk) == ("ab", None, None)
    assert (item.pull_request_number, item.in_reply_to_github_id) == (7, 7)
    assert found.numbers == (7,)


def test_the_list_of_one_pull_request_goes_on_at_the_moment_of_its_last_comment() -> None:
    beginning = PendingConnection("PR_7", 3, 7, Connection.REVIEW_COMMENTS, None, None)

    first = read_connection(RestResponse([document(1)], None, has_next_page=True), beginning).lists[
        0
    ]
    going_on = replace(beginning, cursor=first.end_cursor)
    within = read_connection(RestResponse([document(2)], None, has_next_page=True), going_on).lists[
        0
    ]
    end = read_connection(RestResponse([], None, has_next_page=False), going_on).lists[0]

    assert "since" not in connection_parameters(beginning)
    assert connection_parameters(going_on)["since"] == "2026-01-01T00:00:00Z"
    assert (first.finished, first.ids) == (False, (1,))
    assert connection_parameters(replace(going_on, cursor=within.end_cursor))["page"] == 2
    assert (end.end_cursor, end.finished) == (None, True)
