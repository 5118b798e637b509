"""Rejects, overlaps of old and new, and what a page written twice leaves untouched."""

from typing import Any

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.records import (
    GHOST,
    Account,
    Captured,
    Continuation,
    Page,
    Skipped,
)
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

NEWER = "2025-02-01T00:00:00Z"
KEPT_BY_EVERY_PAGE = {
    *("backfill_chunks", "backfill_days", "progressive_backfill_state"),
    *("backfill_repositories", "backfill_page_sizes", "backfill_due"),
}
KEPT_BY_TRACKING = {"repositories", "tracked_repositories"}


def store(gateway: Gateway, *pages: Page) -> int:
    """Commit pages one after another; return how many rows were rejected."""
    begin(gateway)
    return sum(
        commit(gateway, claim(gateway), captured, lease_seconds=None).rejected for captured in pages
    )


def skipped(cursor: str, github_id: int | None = None, number: int | None = None) -> Captured:
    return Captured(cursor, None, skipped=Skipped(github_id, number, cursor, "It hides."))


def test_a_page_stored_again_writes_to_no_table_but_those_of_the_backfill(
    gateway: Gateway, database: Database
) -> None:
    """Renames, rejects, lists that go on and skipped ones included."""
    of = pull_request(1, assignee_github_id=2, labels=("bug",))
    bob, twin = Account(2, "bob", "User"), Account(3, "bob", "Mannequin")
    made = page(
        item(
            of,
            *(ADA, bob, twin, GHOST),
            reviews=[review(1, of, GHOST)],
            comments=[comment(1, of)],
            continuations=[Continuation(of.github_id, "comments", None)],
        ),
        item(pull_request(2, additions=2**40), comments=[comment(2, pull_request(2))]),
        skipped("nameless"),
        skipped("known", 77, 7),
    )
    assert store(gateway, made) == 4
    before = versions(database)

    assert store(gateway, made) == 4

    changed = {table for table, rows in versions(database).items() if rows != before[table]}
    assert changed <= KEPT_BY_EVERY_PAGE | KEPT_BY_TRACKING
    assert set(people(database).values()) == {"ada", "bob", "bob~3", "ghost"}


def test_an_older_page_overwrites_neither_labels_nor_totals(
    gateway: Gateway, database: Database
) -> None:
    database.rows("alter table pull_requests add column labels jsonb")
    try:
        newer = pull_request(1, labels=("new",), reviews_total=9, updated_at=NEWER)

        store(gateway, page(item(newer)), page(item(pull_request(1, labels=("old",)))))

        assert database.value("select labels from pull_requests") == ["new"]
        assert database.value("select reviews_total from backfill_pull_requests") == 9
    finally:
        database.rows("alter table pull_requests drop column labels")


def test_a_column_that_cannot_take_labels_is_not_asked_for(
    gateway: Gateway, database: Database
) -> None:
    database.rows("alter table pull_requests add column labels integer")
    try:
        begin(gateway)
        held = claim(gateway)

        assert not held.repository.with_labels
        assert commit(gateway, held, page(item(pull_request(1, labels=("x",))))).rejected == 0
    finally:
        database.rows("alter table pull_requests drop column labels")


@pytest.mark.parametrize(("total", "assignee"), [(0, None), (None, 1)])
def test_an_assignee_goes_when_github_says_that_nobody_is_assigned(
    total: int | None, assignee: int | None, gateway: Gateway, database: Database
) -> None:
    assigned = pull_request(1, assignee_github_id=1, assignees_total=1)
    now = pull_request(1, assignees_total=total, updated_at=NEWER)

    store(gateway, page(item(assigned)), page(item(now)))

    assert (
        database.value("""
            select c.github_id from pull_requests p left join contributors c on c.id = p.assignee_id
        """)
        == assignee
    )


def test_ids_beyond_thirty_two_bits_are_kept(gateway: Gateway, database: Database) -> None:
    of = pull_request(1, Account(2**33, "late", "User"), github_id=2**34)
    late = Account(2**33, "late", "User")

    assert store(gateway, page(item(of, late, reviews=[review(2**35, of, late)]))) == 0

    assert database.value("select github_id from reviews") == 2**35
    assert database.value("select author_github_id from pull_requests") == 2**33


def test_what_comes_twice_in_a_page_is_stored_once(gateway: Gateway, database: Database) -> None:
    of = pull_request(1)
    both = item(of, reviews=[review(1, of)] * 2, comments=[comment(1, of)] * 2)

    assert store(gateway, page(both, both)) == 0

    for table in ("pull_requests", "reviews", "comments"):
        assert database.value(f"select count(*) from {table}") == 1


def test_of_two_accounts_with_one_login_in_a_page_the_younger_has_it(
    gateway: Gateway, database: Database
) -> None:
    """The older one was renamed, or the login could not have been taken again."""
    old, young = Account(5, "ada", "User"), Account(9, "ada", "User")

    assert store(gateway, page(item(pull_request(1), young, old))) == 0

    assert people(database) == {5: "ada~5", 9: "ada"}


def test_a_reject_goes_when_its_row_is_stored_though_another_is_bad(
    gateway: Gateway, database: Database
) -> None:
    bad = [pull_request(number, additions=2**40) for number in (1, 2)]
    first = page(*map(item, bad))

    assert store(gateway, first, page(item(pull_request(1)), item(bad[1]))) == 3

    assert [r["number"] for r in database.rows("select number from backfill_rejects")] == [2]


def test_what_hangs_on_a_bad_pull_request_is_recorded_with_it(
    gateway: Gateway, database: Database
) -> None:
    """Also where the database would take a comment that hangs on nothing."""
    bad = pull_request(1, additions=2**40)
    database.rows("alter table comments drop constraint comments_pr_or_issue_check")
    try:
        made = page(item(bad, reviews=[review(1, bad)], comments=[comment(1, bad)]))

        assert store(gateway, made) == 3

        rejects = database.rows("select kind, number from backfill_rejects order by kind")
        assert [r["kind"] for r in rejects] == ["comments", "pull_requests", "reviews"]
        assert {r["number"] for r in rejects} == {1}
        assert database.value("select count(*) from comments") == 0
    finally:
        database.rows("""
            alter table comments add constraint comments_pr_or_issue_check
              check ((pull_request_id is null) <> (issue_id is null))
        """)


def test_a_text_too_long_for_an_index_is_a_bad_row(gateway: Gateway, database: Database) -> None:
    database.rows("create index too_narrow on pull_requests (title)")
    try:
        noise = "".join(chr(0x4E00 + (i * 7919) % 20_000) for i in range(20_000))

        assert store(gateway, page(item(pull_request(1, title=noise)), item(pull_request(2)))) == 1

        assert database.value("select sqlstate from backfill_rejects") == "54000"
        assert database.value("select number from pull_requests") == 2
    finally:
        database.rows("drop index too_narrow")


def test_a_pull_request_that_github_hides_is_recorded_until_it_can_be_stored(
    gateway: Gateway, database: Database
) -> None:
    of = pull_request(7)

    assert store(gateway, page(skipped("here", of.github_id, 7))) == 1
    (reject,) = database.rows("select sqlstate, number, message from backfill_rejects")
    assert reject == {"sqlstate": "CB100", "number": 7, "message": "It hides."}

    assert store(gateway, page(item(of))) == 0
    assert database.value("select count(*) from backfill_rejects") == 0


def test_two_that_github_hides_completely_are_two(gateway: Gateway, database: Database) -> None:
    assert store(gateway, page(skipped("here"), skipped("there")), page(skipped("here"))) == 3

    assert database.value("select count(*) from backfill_rejects") == 2


def test_a_renamed_repository_is_the_same_one(gateway: Gateway, database: Database) -> None:
    first = gateway.track_repository(repository(1, "octo/one"), None)
    again = gateway.track_repository(repository(1, "octo/renamed"), None)

    assert again.repository_id == first.repository_id
    assert database.value("select full_name from repositories") == "octo/renamed"


def test_a_page_says_that_its_repository_was_renamed(gateway: Gateway, database: Database) -> None:
    gateway.track_repository(repository(2, "octo/new"), None)

    store(gateway, page(item(pull_request(1)), full_name="octo/new"))

    rows = database.rows("select full_name from repositories order by github_id")
    assert [row["full_name"] for row in rows] == ["octo/new", "octo/new~2"]
    assert database.value("select repository_full_name from pull_requests") == "octo/new"


def people(database: Database) -> dict[int, str]:
    rows = database.rows("select github_id, username from contributors")
    return {row["github_id"]: row["username"] for row in rows}


def versions(database: Database) -> dict[str, list[Any]]:
    tables = database.rows("""
        select relname as name from pg_class
        where relkind = 'r' and relnamespace = 'public'::regnamespace
    """)
    return {
        table["name"]: database.rows(
            f"select ctid::text, xmin::text from {table['name']} order by 1"
        )
        for table in tables
    }
