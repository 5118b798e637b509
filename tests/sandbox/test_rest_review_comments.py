"""The review comments of a repository, page by page, as REST lists them."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from contributor_backfill.sandbox import ListSizes, RepositoryOptions
from tests.sandbox.client import REPOSITORY, Client

PATH = f"/repos/{REPOSITORY}/pulls/comments"
SORTED = {"sort": "updated", "direction": "asc"}


def ids(comments: list[dict[str, Any]], name: str = "id") -> list[int]:
    return [comment[name] for comment in comments]


def by_update(client: Client) -> list[dict[str, Any]]:
    return sorted(
        client.truth(), key=lambda comment: (comment["updated_at"], comment["full_database_id"])
    )


@pytest.mark.parametrize("per_page", [1, 7, 30, 100])
def test_a_backfill_in_pages_of_any_size_meets_the_export_exactly(
    reviewed_client: Client, per_page: int
) -> None:
    expected = ids(by_update(reviewed_client), "full_database_id")

    assert ids(reviewed_client.review_comments(**SORTED, per_page=per_page)) == expected


def test_the_newest_change_can_come_first(reviewed_client: Client) -> None:
    backwards = reviewed_client.review_comments(sort="updated", direction="desc")

    assert backwards == reviewed_client.review_comments(**SORTED)[::-1]


def test_comments_can_be_sorted_by_creation(reviewed_client: Client) -> None:
    found = reviewed_client.review_comments(sort="created", direction="asc")

    assert all(
        (one["created_at"], one["id"]) < (other["created_at"], other["id"])
        for one, other in pairwise(found)
    )


def test_without_a_sort_ids_ascend_and_a_direction_means_nothing(reviewed_client: Client) -> None:
    found = ids(reviewed_client.review_comments(direction="desc"))

    assert found == sorted(found)


def test_since_takes_in_its_own_second(reviewed_client: Client) -> None:
    expected = by_update(reviewed_client)
    since = expected[len(expected) // 2]["updated_at"]
    later = ids([e for e in expected if e["updated_at"] >= since], "full_database_id")

    assert ids(reviewed_client.review_comments(**SORTED, since=since)) == later
    assert sorted(ids(reviewed_client.review_comments(since=since))) == sorted(later)
    assert len(later) < len(expected)


def test_a_moment_can_be_in_another_zone(reviewed_client: Client) -> None:
    moment = by_update(reviewed_client)[-1]["updated_at"]
    shifted = moment.replace("Z", "+00:00")

    assert reviewed_client.review_comments(since=shifted) == reviewed_client.review_comments(
        since=moment
    )


@pytest.mark.parametrize(
    "since", ["", "yesterday", "2025-13-01T00:00:00Z", "1750000000", "0001-01-01T00:00:00+23:59"]
)
def test_a_moment_that_is_none_bounds_nothing(reviewed_client: Client, since: str) -> None:
    assert reviewed_client.review_comments(
        **SORTED, since=since
    ) == reviewed_client.review_comments(**SORTED)


@pytest.mark.parametrize(
    ("per_page", "size"), [(None, 30), ("0", 30), ("many", 30), ("-1", 30), ("5", 5), ("500", 100)]
)
def test_a_page_has_thirty_items_or_what_is_asked_up_to_a_hundred(
    open_client: Callable[..., Client], per_page: str | None, size: int
) -> None:
    client = open_client(RepositoryOptions(review_comments=ListSizes.exactly(3)))

    assert len(client.get(PATH, per_page=per_page).json()) == size
    assert client.sandbox.counters()["rest_pages_by_size"] == {str(size): 1}


def test_links_lead_forwards_and_backwards(reviewed_client: Client) -> None:
    last = -(-len(reviewed_client.truth()) // 10)

    pages = [reviewed_client.get(PATH, per_page=10, page=page) for page in (1, 2, last)]

    begin = (
        f"{reviewed_client.sandbox.url}/repositories/2147000000/pulls/comments?per_page=10&page="
    )
    assert [
        {name: int(link["url"].removeprefix(begin)) for name, link in page.links.items()}
        for page in pages
    ] == [
        {"next": 2, "last": last},
        {"prev": 1, "next": 3, "last": last, "first": 1},
        {"prev": last - 1, "first": 1},
    ]


def test_a_single_page_has_no_links(reviewed_client: Client) -> None:
    assert "link" not in reviewed_client.get(PATH, since="2027-01-01T00:00:00Z").headers


def test_beyond_the_end_a_page_is_empty(reviewed_client: Client) -> None:
    response = reviewed_client.get(PATH, page=999)

    assert (response.status_code, response.json()) == (200, [])
    assert set(response.links) == {"prev", "first"}


def test_a_reply_arrives_before_what_it_replies_to_when_that_was_edited(
    open_client: Callable[..., Client],
) -> None:
    client = open_client(RepositoryOptions(review_comments=ListSizes.exactly(6)))
    found = client.review_comments(**SORTED, per_page=100)
    positions = {comment["id"]: position for position, comment in enumerate(found)}

    ahead = [
        positions[comment["in_reply_to_id"]] - positions[comment["id"]]
        for comment in found
        if "in_reply_to_id" in comment
    ]

    assert max(ahead) > 30
    assert min(ahead) < 0
