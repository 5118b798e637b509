"""What is odd about GitHub's responses is settled once."""

from typing import Any

import pytest

from contributor_backfill.domain.records import GHOST, Continuation
from contributor_backfill.github.records import captured

USER: dict[str, Any] = {
    "__typename": "User",
    "login": "ada",
    "databaseId": 1,
    "avatarUrl": "https://avatars.example/1",
    "url": "https://github.com/ada",
    "name": "Ada",
    "createdAt": "2020-01-01T00:00:00Z",
}


def connection(
    nodes: list[Any], *, total: int | None = None, after: str | None = None
) -> dict[str, Any]:
    page_info = {"hasNextPage": after is not None, "endCursor": after}
    return {
        "totalCount": len(nodes) if total is None else total,
        "pageInfo": page_info,
        "nodes": nodes,
    }


def node(**changed: Any) -> dict[str, Any]:
    made = {
        "id": "PR_1",
        "fullDatabaseId": "3000000001",
        "number": 7,
        "title": "Title",
        "body": "Body",
        "state": "MERGED",
        "isDraft": False,
        "merged": True,
        "url": "https://github.com/octo/one/pull/7",
        "baseRefName": "main",
        "headRefName": "topic",
        "createdAt": "2025-01-01T00:00:00Z",
        "updatedAt": "2025-01-02T00:00:00Z",
        "closedAt": "2025-01-02T00:00:00Z",
        "mergedAt": "2025-01-02T00:00:00Z",
        "author": USER,
        "mergedBy": USER,
        "additions": 1,
        "deletions": 2,
        "changedFiles": 3,
        "mergeable": "UNKNOWN",
        "mergeStateStatus": "CLEAN",
        "commits": {"totalCount": 4},
        "totalCommentsCount": 5,
        "assignees": {"totalCount": 0, "nodes": []},
        "reviews": connection([]),
        "comments": connection([]),
    }
    return {**made, **changed}


def review_node(number: int, author: Any = USER) -> dict[str, Any]:
    return {
        "fullDatabaseId": str(number),
        "state": "APPROVED",
        "body": "",
        "submittedAt": "2025-01-02T00:00:00Z",
        "commit": None,
        "author": author,
    }


def test_whoever_is_deleted_is_the_ghost_in_every_position() -> None:
    lists = {
        "reviews": connection([review_node(8, author=None)]),
        "comments": connection(
            [{**review_node(9, author=None), "createdAt": "x", "updatedAt": "x"}]
        ),
    }

    found = captured("c", node(author=None, mergedBy=None, **lists), ())

    assert found.accounts == (GHOST,)
    assert found.pull_request is not None
    assert found.pull_request.author_github_id == GHOST.github_id
    assert found.pull_request.merged_by_github_id == GHOST.github_id
    assert found.reviews[0].author_github_id == GHOST.github_id
    assert found.comments[0].author_github_id == GHOST.github_id


def test_nobody_merged_what_is_not_merged() -> None:
    found = captured("c", node(merged=False, state="OPEN", mergedBy=None), ()).pull_request

    assert found is not None
    assert (found.state, found.merged_by_github_id) == ("open", None)


def test_ids_beyond_32_bits_come_as_strings() -> None:
    found = captured("c", node(fullDatabaseId="9007199254740993"), ()).pull_request

    assert found is not None
    assert found.github_id == 9007199254740993


LISTS = [
    (connection([]), []),
    (connection([review_node(1)], total=250, after="x"), [("reviews", "x", (1,))]),
    (connection([review_node(1)], total=3), [("reviews", None)]),
    (connection([review_node(1), None]), [("reviews", None)]),
    (None, [("reviews", None)]),
]


@pytest.mark.parametrize(("reviews", "queued"), LISTS)
def test_a_list_that_is_not_whole_is_queued(
    reviews: dict[str, Any] | None, queued: list[tuple[Any, ...]]
) -> None:
    found = captured("c", node(reviews=reviews), ())

    assert found.continuations == tuple(Continuation(3000000001, *each) for each in queued)


def test_a_lighter_query_leaves_unknown_what_it_did_not_ask_for() -> None:
    light = {
        key: value
        for key, value in node().items()
        if key
        not in {"additions", "commits", "mergeable", "mergeStateStatus", "reviews", "comments"}
    }

    found = captured("c", light, ("diff_statistics", "lists"))

    assert found.pull_request is not None
    assert found.pull_request.additions is None
    assert found.pull_request.commits is None
    assert found.pull_request.reviews_total is None
    assert {c.connection for c in found.continuations} == {"reviews", "comments"}


LABELS = [
    (connection([{"name": "bug"}, {"name": "\x00"}, None]), ("bug", ""), [("labels", None)]),
    (connection([{"name": "bug"}], total=101, after="x"), ("bug",), [("labels", "x")]),
    ({**connection([]), "nodes": None, "totalCount": 1}, (), [("labels", None)]),
    (connection([]), (), []),
    (None, None, []),
]


@pytest.mark.parametrize(("labels", "kept", "queued"), LABELS)
def test_labels_are_kept_by_name_and_queued_when_there_are_more(
    labels: dict[str, Any] | None,
    kept: tuple[str, ...] | None,
    queued: list[tuple[str, str | None]],
) -> None:
    found = captured("c", node(labels=labels), ())

    assert found.pull_request is not None
    assert found.pull_request.labels == kept
    assert found.continuations == tuple(Continuation(3000000001, *each) for each in queued)


def test_a_body_may_be_null_and_a_title_is_always_text() -> None:
    found = captured("c", node(body=None, title="\x00"), ()).pull_request

    assert found is not None
    assert (found.title, found.body) == ("", None)


@pytest.mark.parametrize(
    ("word", "value"), [("MERGEABLE", True), ("CONFLICTING", False), ("UNKNOWN", None)]
)
def test_whether_it_can_be_merged_may_be_unknown(word: str, value: bool | None) -> None:
    found = captured("c", node(mergeable=word), ()).pull_request

    assert found is not None
    assert (found.mergeable, found.mergeable_state) == (value, "clean")
