"""Inline comments as rows: columns, replies in any order, readings that come late."""

from dataclasses import replace
from typing import Any

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.records import Account, ReviewComment
from tests.support.databases import Database
from tests.support.pages import (
    ADA,
    DAY,
    begin,
    claim,
    comment,
    commit,
    item,
    page,
    pull_request,
)
from tests.support.sources import claim_source, commit_source, harvest, review_comment

LATER = "2025-02-01T00:00:00Z"
ROWS = """
    select c.*, parent.github_id as in_reply_to
    from comments c left join comments parent on parent.id = c.in_reply_to_id
    order by c.github_id
"""


@pytest.fixture
def prepared(gateway: Gateway) -> Gateway:
    """A repository with the pull request 7, whose conversation has a comment 70."""
    begin(gateway)
    of = pull_request(7)
    commit(gateway, claim(gateway), page(item(of, comments=[comment(70, of)]), more=False))
    return gateway


def store(gateway: Gateway, *comments: ReviewComment, accounts: tuple[Account, ...] = ()) -> int:
    held = claim_source(gateway)
    made = harvest(*comments, accounts=accounts)
    return commit_source(gateway, held, made, lease_seconds=None).rejected


def inline(database: Database) -> dict[int, dict[str, Any]]:
    rows = database.rows(ROWS)
    return {row["github_id"]: row for row in rows if row["comment_type"] == "review_comment"}


def replies(database: Database) -> dict[int, int | None]:
    return {key: row["in_reply_to"] for key, row in inline(database).items()}


def test_every_column_is_stored_as_it_came(prepared: Gateway, database: Database) -> None:
    outdated = review_comment(
        1, 7, position=None, original_position=9, commit_id="new", original_commit_id="old"
    )

    store(prepared, outdated)

    row = inline(database)[1]
    columns = ("body", "path", "diff_hunk", "position", "original_position", "commit_id")
    assert [row[c] for c in columns] == ["Why?", "a.py", "@@ -1 +1 @@", None, 9, "new"]
    assert row["original_commit_id"] == "old"
    author = database.value("select github_id from contributors where id = %s", row["commenter_id"])
    assert author == ADA.github_id


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1), (3, 1, 2)])
@pytest.mark.parametrize("at_once", [True, False])
def test_replies_are_linked_in_whatever_order_they_come(
    order: tuple[int, ...], at_once: bool, prepared: Gateway, database: Database
) -> None:
    """All of a thread reply to its first comment."""
    thread = {
        1: review_comment(1, 7),
        2: review_comment(2, 7, in_reply_to_github_id=1),
        3: review_comment(3, 7, in_reply_to_github_id=1),
    }

    if at_once:
        store(prepared, *(thread[n] for n in order))
    else:
        for n in order:
            store(prepared, thread[n])

    assert replies(database) == {1: None, 2: 1, 3: 1}
    assert database.value("select count(*) from backfill_replies") == 0


def test_a_reply_that_waits_is_stored_and_waits_once(prepared: Gateway, database: Database) -> None:
    reply = review_comment(2, 7, in_reply_to_github_id=1)

    for _ in range(2):
        store(prepared, reply)

    assert replies(database) == {2: None}
    assert database.value("select count(*) from backfill_replies") == 1


def test_a_reply_is_never_linked_to_a_conversation_comment_of_that_number(
    prepared: Gateway, database: Database
) -> None:
    store(prepared, review_comment(2, 7, in_reply_to_github_id=70))

    assert replies(database) == {2: None}
    assert database.value("select parent_github_id from backfill_replies") == 70


def test_a_link_outlives_what_it_leads_to_being_edited(
    prepared: Gateway, database: Database
) -> None:
    first = review_comment(1, 7)
    store(prepared, first, review_comment(2, 7, in_reply_to_github_id=1))

    store(prepared, replace(first, body="Well?", updated_at=LATER))

    assert replies(database) == {1: None, 2: 1}
    assert inline(database)[1]["body"] == "Well?"


def test_an_older_reading_changes_nothing(prepared: Gateway, database: Database) -> None:
    store(prepared, review_comment(1, 7, body="new", updated_at=LATER))

    store(prepared, review_comment(1, 7, body="old"))

    assert inline(database)[1]["body"] == "new"


def test_of_two_readings_in_one_commit_the_later_counts(
    prepared: Gateway, database: Database
) -> None:
    store(
        prepared,
        review_comment(1, 7, body="new", updated_at=LATER),
        review_comment(1, 7, body="old"),
    )

    assert inline(database)[1]["body"] == "new"


def test_a_line_that_became_outdated_without_an_edit_is_noticed(
    prepared: Gateway, database: Database
) -> None:
    store(prepared, review_comment(1, 7))

    store(prepared, review_comment(1, 7, position=None, commit_id="new"))

    row = inline(database)[1]
    assert (row["position"], row["commit_id"]) == (None, "new")


def test_a_comment_read_again_rewrites_nothing(prepared: Gateway, database: Database) -> None:
    version = "select xmin::text || ctid::text from comments where github_id = 1"
    store(prepared, review_comment(1, 7), review_comment(2, 7, in_reply_to_github_id=1))
    before = database.value(version)

    store(prepared, review_comment(1, 7), review_comment(2, 7, in_reply_to_github_id=1))

    assert database.value(version) == before


def test_one_that_cannot_be_stored_costs_none_of_the_others(
    prepared: Gateway, database: Database
) -> None:
    rejected = store(prepared, review_comment(1, 7), review_comment(70, 7), review_comment(3, 8))

    assert rejected == 2
    assert list(inline(database)) == [1]
    assert database.value("select body from comments where github_id = 70") == "Hello"
    messages = database.rows("select github_id, number, message from backfill_rejects order by 1")
    assert messages == [
        {
            "github_id": 3,
            "number": 8,
            "message": "The pull request of comment 3 is not stored.",
        },
        {
            "github_id": 70,
            "number": 7,
            "message": "Comment 70 is stored as a conversation comment already.",
        },
    ]


def test_a_text_that_is_not_kept_overwrites_none(prepared: Gateway, database: Database) -> None:
    store(prepared, review_comment(1, 7))

    store(prepared, review_comment(1, 7, body=None, diff_hunk=None, updated_at=LATER))
    store(prepared, review_comment(2, 7, body=None, diff_hunk=None))

    rows = inline(database)
    assert (rows[1]["body"], rows[1]["diff_hunk"]) == ("Why?", "@@ -1 +1 @@")
    assert (rows[2]["body"], rows[2]["diff_hunk"]) == ("", None)


def test_who_is_known_in_full_loses_nothing_to_a_brief_account(
    prepared: Gateway, database: Database
) -> None:
    full = replace(ADA, avatar_url="https://avatars.example/1?v=4", github_created_at=DAY)
    store(prepared, accounts=(full,))
    brief = Account(1, "ada-in-rest", "User", avatar_url="https://avatars.example/1", is_brief=True)

    store(prepared, review_comment(1, 7), accounts=(brief,))

    (row,) = database.rows("select * from contributors")
    assert (row["username"], row["display_name"]) == ("ada", "Ada")
    assert row["avatar_url"] == full.avatar_url
    assert row["github_created_at"] is not None
