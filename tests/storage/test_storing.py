"""The rows of a page are stored. Over a direct connection: it is all the database's doing."""

from dataclasses import replace
from typing import Any

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.errors import NotConfigured
from contributor_backfill.domain.records import Account, Continuation, Page
from tests.support.databases import Database
from tests.support.pages import (
    ADA,
    begin,
    claim,
    comment,
    commit,
    item,
    page,
    pull_request,
    repository,
    review,
)


def store(gateway: Gateway, *pages: Page) -> int:
    """Commit pages one after another; return how many rows were rejected."""
    begin(gateway)
    return sum(
        commit(gateway, claim(gateway), captured, lease_seconds=None).rejected for captured in pages
    )


def people(database: Database) -> dict[int, str]:
    rows = database.rows("select github_id, username from contributors")
    return {row["github_id"]: row["username"] for row in rows}


def test_unchanged_rows_are_not_rewritten_and_changed_ones_are(
    gateway: Gateway, database: Database
) -> None:
    first, second = pull_request(1), pull_request(2)
    reviewed = item(first, reviews=[review(9, first)], comments=[comment(8, first)])
    store(gateway, page(reviewed, item(second)))
    before = _versions(database)

    store(gateway, page(reviewed, item(pull_request(2, title="Changed"))))

    changed = {key for key, version in _versions(database).items() if before[key] != version}
    assert changed == {("pull_requests", second.github_id)}


def test_what_was_not_asked_for_overwrites_nothing(gateway: Gateway, database: Database) -> None:
    full = pull_request(1, additions=10, mergeable=True, reviews_total=4)
    lighter = pull_request(
        1,
        additions=None,
        deletions=None,
        mergeable=None,
        reviews_total=None,
        body=None,
        missing_fields=("diff_statistics", "lists"),
        title="Newer",
    )

    store(gateway, page(item(full)), page(item(lighter)))

    row = database.rows("select title, body, additions, mergeable from pull_requests")
    assert row == [{"title": "Newer", "body": "Body", "additions": 10, "mergeable": True}]
    kept = database.rows("select reviews_total, missing_fields from backfill_pull_requests")
    assert kept == [{"reviews_total": 4, "missing_fields": ["diff_statistics", "lists"]}]


@pytest.mark.parametrize("state", ["closed", "merged"])
def test_what_can_be_merged_no_more_is_not_mergeable(
    state: str, gateway: Gateway, database: Database
) -> None:
    begin(gateway)
    held = claim(gateway)
    opened = pull_request(1, mergeable=True, mergeable_state="clean")
    commit(gateway, held, page(item(opened)), lease_seconds=None)
    over = replace(
        opened,
        state=state,
        merged=state == "merged",
        mergeable=None,
        mergeable_state=None,
        updated_at="2025-01-02T00:00:00Z",
        closed_at="2025-01-02T00:00:00Z",
        merged_at="2025-01-02T00:00:00Z" if state == "merged" else None,
    )

    commit(gateway, claim(gateway), page(item(over)))

    row = database.rows("select mergeable, mergeable_state from pull_requests")
    assert row == [{"mergeable": None, "mergeable_state": None}]


def test_a_page_read_earlier_overwrites_nothing_newer(gateway: Gateway, database: Database) -> None:
    newer = pull_request(1, title="Newer", updated_at="2025-02-01T00:00:00Z")

    store(gateway, page(item(newer)), page(item(pull_request(1, title="Older"))))

    assert database.value("select title from pull_requests") == "Newer"


def test_a_reopened_pull_request_loses_its_closing_time(
    gateway: Gateway, database: Database
) -> None:
    closed = pull_request(1, state="closed", closed_at="2025-01-02T00:00:00Z")

    store(gateway, page(item(closed)), page(item(pull_request(1))))

    assert database.rows("select state, closed_at from pull_requests") == [
        {"state": "open", "closed_at": None}
    ]


def test_a_row_stored_under_a_wrong_id_is_taken_over_by_its_number(
    gateway: Gateway, database: Database
) -> None:
    store(gateway, page(item(pull_request(1, title="Old"))))
    database.rows("update pull_requests set github_id = 0")

    assert store(gateway, page(item(pull_request(1, title="New")))) == 0

    assert database.rows("select github_id, title from pull_requests") == [
        {"github_id": 3_000_000_001, "title": "New"}
    ]


RENAMES = [
    # what was known, what a page shows now, what is stored in the end
    ({1: "ada"}, {1: "lovelace"}, {1: "lovelace"}),
    ({1: "ada"}, {2: "ada"}, {1: "ada~1", 2: "ada"}),
    ({1: "ada", 2: "bob"}, {1: "bob", 2: "ada"}, {1: "bob", 2: "ada"}),
    ({1: "ada", 2: "bob"}, {1: "bob"}, {1: "bob", 2: "bob~2"}),
    (
        {1: "ada", 2: "bob", 3: "eve"},
        {1: "bob", 2: "eve", 3: "ada"},
        {1: "bob", 2: "eve", 3: "ada"},
    ),
]


@pytest.mark.parametrize(("known", "shown", "stored"), RENAMES)
def test_renamed_recycled_and_swapped_logins(
    known: dict[int, str],
    shown: dict[int, str],
    stored: dict[int, str],
    gateway: Gateway,
    database: Database,
) -> None:
    pages = [
        page(item(pull_request(1), *(Account(i, name, "User") for i, name in logins.items())))
        for logins in (known, shown)
    ]

    assert store(gateway, *pages) == 0
    assert people(database) == stored


def test_a_mannequin_never_takes_a_users_login(gateway: Gateway, database: Database) -> None:
    mannequin = Account(2, "ada", "Mannequin")

    assert store(gateway, page(item(pull_request(1), ADA, mannequin))) == 0
    assert store(gateway, page(item(pull_request(2), mannequin))) == 0
    assert people(database) == {1: "ada", 2: "ada~2"}


def test_a_user_and_a_bot_of_the_same_bare_name_are_two(
    gateway: Gateway, database: Database
) -> None:
    bot = Account(2, "ada[bot]", "Bot", is_bot=True)

    store(gateway, page(item(pull_request(1), ADA, bot)))

    assert people(database) == {1: "ada", 2: "ada[bot]"}


def test_what_others_know_of_a_contributor_is_kept(gateway: Gateway, database: Database) -> None:
    store(gateway, page(item(pull_request(1))))
    database.rows("update contributors set bio = 'Analyst', followers = 12, display_name = 'A.'")

    store(gateway, page(item(pull_request(1), Account(1, "ada", "User", display_name=None))))

    assert database.rows("select bio, followers, display_name from contributors") == [
        {"bio": "Analyst", "followers": 12, "display_name": "A."}
    ]


def test_a_bad_row_is_kept_whole_with_its_reason_and_the_rest_is_stored(
    gateway: Gateway, database: Database
) -> None:
    bad = pull_request(2, additions=2**40)

    rejected = store(gateway, page(item(pull_request(1)), item(bad), item(pull_request(3))))

    assert rejected == 1
    assert [
        r["number"] for r in database.rows("select number from pull_requests order by number")
    ] == [1, 3]
    (reject,) = database.rows("select * from backfill_rejects")
    assert (reject["kind"], reject["number"], reject["sqlstate"]) == ("pull_requests", 2, "22003")
    assert reject["source"]["additions"] == 2**40
    assert store(gateway, page(item(pull_request(2)))) == 0, "and it can be stored later"
    assert database.value("select count(*) from backfill_rejects") == 0


def test_a_row_that_a_trigger_refuses_is_a_reject_too(gateway: Gateway, database: Database) -> None:
    database.rows("""
        create function refuse() returns trigger language plpgsql as
        $$ begin raise exception 'not on my watch'; end $$;
        create trigger refuse before insert on reviews
          for each row when (new.body = 'Bad') execute function refuse();
    """)
    try:
        of = pull_request(1)
        reviews = [review(1, of), review(2, of, body="Bad"), review(3, of)]

        assert store(gateway, page(item(of, reviews=reviews))) == 1

        assert database.value("select message from backfill_rejects") == "not on my watch"
        assert database.value("select count(*) from reviews") == 2
    finally:
        database.rows("drop function refuse() cascade")


def test_a_missing_grant_is_no_bad_row_but_stops_the_commit(
    gateway: Gateway, database: Database
) -> None:
    database.rows("revoke insert on reviews from service_role")
    try:
        of = pull_request(1)
        with pytest.raises(NotConfigured, match="permission denied for table reviews"):
            store(gateway, page(item(of, reviews=[review(1, of)])))
        assert database.value("select count(*) from pull_requests") == 0
        assert database.value("select count(*) from backfill_rejects") == 0
    finally:
        database.rows("grant insert on reviews to service_role")


def test_a_review_comment_with_the_same_number_is_not_overwritten(
    gateway: Gateway, database: Database
) -> None:
    of = pull_request(1)
    store(gateway, page(item(of, comments=[comment(5, of)])))
    database.rows("update comments set comment_type = 'review_comment', body = 'inline'")

    rejected = store(gateway, page(item(of, comments=[comment(5, of), comment(6, of)])))

    assert rejected == 1
    assert database.rows("select github_id, body from comments order by 1") == [
        {"github_id": 5, "body": "inline"},
        {"github_id": 6, "body": "Hello"},
    ]


def test_lists_that_did_not_fit_are_queued_once(gateway: Gateway, database: Database) -> None:
    of = pull_request(1, reviews_total=250)
    queued = [Continuation(of.github_id, "reviews", "more")]

    store(gateway, *[page(item(of, continuations=queued))] * 2)

    assert database.rows("select connection, cursor from backfill_continuations") == [
        {"connection": "reviews", "cursor": "more"}
    ]


@pytest.mark.parametrize("column_type", ["jsonb", "text[]"])
def test_labels_are_stored_where_there_is_a_column_for_them(
    column_type: str, gateway: Gateway, database: Database
) -> None:
    database.rows(f"alter table pull_requests add column labels {column_type}")
    try:
        begin(gateway)
        held = claim(gateway)
        assert held.repository.with_labels

        commit(gateway, held, page(item(pull_request(1, labels=("bug", "a, b")))))

        assert database.value("select labels from pull_requests") == ["bug", "a, b"]
    finally:
        database.rows("alter table pull_requests drop column labels")


def test_a_new_repository_under_an_old_name_is_another_repository(
    gateway: Gateway, database: Database
) -> None:
    gateway.track_repository(repository(1, "octo/one"), None)

    gateway.track_repository(repository(2, "Octo/One"), None)

    rows = database.rows("select github_id, full_name from repositories order by github_id")
    assert [row["full_name"] for row in rows] == ["octo/one~1", "Octo/One"]


def _versions(database: Database) -> dict[tuple[str, Any], str]:
    tables = ("pull_requests", "reviews", "comments", "contributors")
    return {
        (table, row["github_id"]): row["version"]
        for table in tables
        for row in database.rows(f"select github_id, ctid::text || xmin as version from {table}")
    }
