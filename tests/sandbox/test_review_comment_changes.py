"""Comments on the diff that come, change and go during a backfill."""

from typing import Any

import pytest

from contributor_backfill.domain.errors import BackfillError
from tests.sandbox.client import REPOSITORY, Client

NOW = "2026-01-31T08:00:00Z"


def pull_request(client: Client, number: int | None = None) -> dict[str, Any]:
    """Return the newest pull request with comments on its diff, or that of a number."""
    return next(
        line
        for line in client.sandbox.export(REPOSITORY)
        if (line["number"] == number if number else len(line["review_comments"]) == 3)
    )


def change(client: Client, name: str, line: dict[str, Any], **values: Any) -> dict[str, Any]:
    return client.sandbox.change(name, repository=REPOSITORY, number=line["number"], **values)


def newest(client: Client) -> dict[str, Any]:
    return client.review_comments(sort="updated", direction="desc")[0]


def test_a_new_comment_is_the_newest_of_all_and_touches_its_pull_request(
    reviewed_client: Client,
) -> None:
    before = pull_request(reviewed_client)

    added = change(reviewed_client, "add_review_comment", before, body="Look here.")

    comment, after = newest(reviewed_client), pull_request(reviewed_client, before["number"])
    assert comment["id"] == added["full_database_id"]
    assert comment["pull_request_review_id"] == added["review_full_database_id"]
    assert (comment["body"], comment["created_at"]) == ("Look here.", NOW)
    assert "in_reply_to_id" not in comment
    assert after["updated_at"] == NOW
    assert after["total_comments_count"] == before["total_comments_count"] + 1
    assert len(after["review_threads"]) == len(before["review_threads"]) + 1


def test_a_reply_names_the_first_comment_of_its_thread(reviewed_client: Client) -> None:
    before = pull_request(reviewed_client)
    thread = before["review_threads"][0]["comment_full_database_ids"]

    added = change(reviewed_client, "add_review_comment", before, reply_to_id=thread[-1])

    assert newest(reviewed_client)["in_reply_to_id"] == thread[0]
    after = pull_request(reviewed_client, before["number"])["review_threads"][0]
    assert after["comment_full_database_ids"] == [*thread, added["full_database_id"]]


def test_a_comment_can_be_added_to_any_review(reviewed_client: Client) -> None:
    before = pull_request(reviewed_client)
    review = before["reviews"][0]["full_database_id"]

    change(reviewed_client, "add_review_comment", before, review_id=review)

    after = pull_request(reviewed_client, before["number"])["reviews"][0]
    assert len(after["comments"]) == len(before["reviews"][0]["comments"]) + 1


def test_a_comment_where_nobody_has_reviewed_makes_a_review(reviewed_client: Client) -> None:
    lines = reviewed_client.sandbox.export(REPOSITORY)
    before = next(line for line in lines if not line["reviews"])

    added = change(reviewed_client, "add_review_comment", before)

    (review,) = pull_request(reviewed_client, before["number"])["reviews"]
    assert review["full_database_id"] == added["review_full_database_id"]
    assert (review["state"], review["submitted_at"]) == ("COMMENTED", NOW)


@pytest.mark.parametrize(("bump", "is_touched"), [(False, False), (True, True)])
def test_an_edit_is_listed_as_newest_and_touches_the_pull_request_only_if_asked(
    reviewed_client: Client, bump: bool, is_touched: bool
) -> None:
    before = pull_request(reviewed_client)
    wanted = before["review_comments"][0]["full_database_id"]

    change(
        reviewed_client,
        "edit_review_comment",
        before,
        full_database_id=wanted,
        body="Better.",
        bump=bump,
    )

    comment, after = newest(reviewed_client), pull_request(reviewed_client, before["number"])
    assert (comment["id"], comment["body"], comment["updated_at"]) == (wanted, "Better.", NOW)
    assert comment["created_at"] == before["review_comments"][0]["created_at"]
    assert (after["updated_at"] == NOW) == is_touched


@pytest.mark.parametrize("bump", [False, True])
def test_a_deleted_comment_is_gone_and_its_replies_stay(
    reviewed_client: Client, bump: bool
) -> None:
    before = pull_request(reviewed_client)
    asked = before["review_comments"][0]["full_database_id"]
    response = change(reviewed_client, "add_review_comment", before, reply_to_id=asked)
    reviewed_client.sandbox.clock.advance(60)

    change(reviewed_client, "delete_review_comment", before, full_database_id=asked, bump=bump)

    found = {comment["id"]: comment for comment in reviewed_client.review_comments(per_page=100)}
    assert asked not in found
    assert found[response["full_database_id"]]["in_reply_to_id"] == asked
    assert reviewed_client.get(f"/repos/{REPOSITORY}/pulls/comments/{asked}").status_code == 404
    after = pull_request(reviewed_client, before["number"])
    assert (after["updated_at"] > NOW) == bump


def test_a_thread_ends_with_its_last_comment(reviewed_client: Client) -> None:
    line = pull_request(reviewed_client)

    for comment in line["review_comments"]:
        change(
            reviewed_client,
            "delete_review_comment",
            line,
            full_database_id=comment["full_database_id"],
        )

    assert pull_request(reviewed_client, line["number"])["review_threads"] == []


def test_an_id_is_never_used_again(reviewed_client: Client) -> None:
    line = pull_request(reviewed_client)
    first = change(reviewed_client, "add_review_comment", line)["full_database_id"]

    change(reviewed_client, "delete_review_comment", line, full_database_id=str(first))
    second = change(reviewed_client, "add_review_comment", line)["full_database_id"]
    third = change(reviewed_client, "add_comment", line)["full_database_id"]

    assert first < second < third


def test_graphql_tells_the_same_as_rest(reviewed_client: Client) -> None:
    comment = reviewed_client.review_comments()[0]
    text = """query($id: ID!) { node(id: $id) { ... on PullRequestReviewComment {
      fullDatabaseId diffHunk position originalPosition commit { oid }
      originalCommit { oid } } } }"""

    assert reviewed_client.data(text, id=comment["node_id"])["node"] == {
        "fullDatabaseId": str(comment["id"]),
        "diffHunk": comment["diff_hunk"],
        "position": comment["position"],
        "originalPosition": comment["original_position"],
        "commit": {"oid": comment["commit_id"]},
        "originalCommit": {"oid": comment["original_commit_id"]},
    }


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("add_review_comment", {"reply_to_id": 1}),
        ("add_review_comment", {"review_id": 1}),
        ("add_review_comment", {"review_id": "first"}),
        ("add_review_comment", {"body": 5}),
        ("edit_review_comment", {}),
        ("edit_review_comment", {"full_database_id": 1}),
        ("delete_review_comment", {"full_database_id": [1]}),
    ],
)
def test_a_change_that_cannot_be_made_says_why(
    reviewed_client: Client, name: str, values: dict[str, Any]
) -> None:
    with pytest.raises(BackfillError) as caught:
        change(reviewed_client, name, pull_request(reviewed_client), **values)

    assert str(caught.value)
