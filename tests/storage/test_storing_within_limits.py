"""Texts are clipped where the database is narrower, and rows that it swallows are counted."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.records import Account
from contributor_backfill.domain.types import Priority
from tests.support.databases import Database, new_database
from tests.support.pages import (
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
from tests.support.sources import claim_source, commit_source, harvest, review_comment

LATER = "2025-02-01T00:00:00Z"
SWALLOW = "create function swallow() returns trigger language plpgsql as 'begin return null; end'"


@pytest.fixture
def database(postgres: str) -> Database:
    """A database of its own, because its tables are changed."""
    return new_database(postgres, migrated=True)


def store(gateway: Gateway, *items: Any) -> int:
    begin(gateway)
    return commit(gateway, claim(gateway), page(*items), lease_seconds=None).rejected


def rejects(database: Database) -> list[tuple[str, int, str]]:
    rows = database.rows("select * from backfill_rejects order by kind, github_id")
    return [(row["kind"], row["github_id"], row["sqlstate"]) for row in rows]


@pytest.mark.parametrize(
    ("limit", "most"),
    [
        ("alter column title type varchar(20)", 20),
        ("alter column title type char(20)", 20),
        ("alter column title type narrow", 20),
        ("alter column title type checked", 20),
        ("add check (length(title) <= 20)", 20),
        ("add check (char_length(title) < 21)", 20),
        ("add check (character_length(title) between 1 and 20)", 20),
        ("add check (title is null or length(title) <= 20)", 20),
        ("add check (length(title) <= 20 and length(body) <= 1000)", 20),
        ("add check (octet_length(title) <= 60)", 20),
    ],
)
def test_a_text_is_clipped_by_the_real_limit_of_its_column(
    limit: str, most: int, gateway: Gateway, database: Database
) -> None:
    database.rows("create domain narrow as varchar(20)")
    database.rows("create domain checked as text check (length(value) <= 20)")
    database.rows(f"alter table pull_requests {limit}")

    assert store(gateway, item(pull_request(1, title="語" * 21))) == 0

    assert database.value("select title from pull_requests") == "語" * most
    (reject,) = database.rows("select * from backfill_rejects")
    assert (reject["sqlstate"], reject["refused"]) == ("22001", False)
    assert reject["source"]["title"] == "語" * 21


def test_an_edit_beyond_a_limit_replaces_the_old_text(gateway: Gateway, database: Database) -> None:
    database.rows("alter table pull_requests alter column title type varchar(20)")
    store(gateway, item(pull_request(1, title="before")))

    store(gateway, item(pull_request(1, title="after " * 10, updated_at=LATER)))

    assert database.value("select title from pull_requests") == ("after " * 10)[:20]


def test_a_column_that_is_filled_from_another_one_is_heeded(
    gateway: Gateway, database: Database
) -> None:
    database.rows("alter table pull_requests alter column head_ref type varchar(10)")

    assert store(gateway, item(pull_request(1, head_branch="a-long-branch"))) == 0

    assert database.value("select head_ref from pull_requests") == "a-long-bra"


def test_a_login_too_long_for_its_column_is_nobody_elses_and_stays(
    gateway: Gateway, database: Database
) -> None:
    database.rows("alter table contributors alter column username type varchar(12)")
    one, two = Account(7, "somebody-else-1", "User"), Account(8, "somebody-else-2", "User")
    of = pull_request(1, one)

    for _ in range(2):
        assert store(gateway, item(of, one, two, reviews=[review(1, of, two)])) == 0

    rows = database.rows("select username from contributors order by github_id")
    assert [row["username"] for row in rows] == ["somebody-e~7", "somebody-e~8"]
    assert database.value("select author_id is not null from pull_requests")


def test_what_the_server_finds_too_long_is_refused_not_clipped(
    gateway: Gateway, database: Database
) -> None:
    """A name is not clipped: the row would be somebody else's."""
    database.rows("alter table pull_requests alter column repository_full_name type varchar(5)")

    assert store(gateway, item(pull_request(1))) == 1

    (reject,) = database.rows("select sqlstate, refused from backfill_rejects")
    assert reject == {"sqlstate": "22001", "refused": True}


def test_a_row_whose_account_is_refused_is_stored_and_counted_until_it_is_whole(
    gateway: Gateway, database: Database
) -> None:
    database.rows("alter table contributors add constraint odd check (username <> 'ada')")
    of = pull_request(1)
    made = item(of, comments=[comment(1, of)])

    assert store(gateway, made) == 3

    assert rejects(database) == [
        ("comments", 1, "CB103"),
        ("contributors", 1, "23514"),
        ("pull_requests", of.github_id, "CB103"),
    ]
    database.rows("alter table contributors drop constraint odd")
    assert store(gateway, made) == 0
    assert rejects(database) == []


@contextmanager
def swallowing(database: Database, table: str, event: str) -> Iterator[None]:
    database.rows(f"""
        {SWALLOW};
        create trigger swallows before {event} on {table}
          for each row execute function swallow();
    """)
    yield
    database.rows("drop function swallow cascade")


@pytest.mark.parametrize("table", ["contributors", "pull_requests", "reviews", "comments"])
@pytest.mark.parametrize("event", ["insert", "update"])
def test_a_row_that_a_trigger_swallows_is_a_reject(
    table: str, event: str, gateway: Gateway, database: Database
) -> None:
    ada = Account(1, "ada", "User", "Ada")
    of = pull_request(1)
    if event == "update":
        store(gateway, item(of, ada, reviews=[review(1, of)], comments=[comment(1, of)]))
    of = pull_request(1, title="Changed", updated_at=LATER)
    ada = Account(1, "ada", "User", "Ada Lovelace")
    made = item(
        of,
        ada,
        reviews=[review(1, of, body="Changed")],
        comments=[comment(1, of, body="Changed", updated_at=LATER)],
    )

    with swallowing(database, table, event):
        assert store(gateway, made) > 0

    lost = database.rows("select kind, message from backfill_rejects where sqlstate = 'CB101'")
    assert [row["kind"] for row in lost] == [table]
    assert "swallows" in lost[0]["message"]
    assert store(gateway, made) == 0
    assert rejects(database) == []


@pytest.mark.parametrize("event", ["insert", "update"])
def test_a_review_comment_that_a_trigger_swallows_is_a_reject(
    event: str, gateway: Gateway, database: Database
) -> None:
    store(gateway, item(pull_request(7)))
    if event == "update":
        commit_source(
            gateway, claim_source(gateway), harvest(review_comment(1, 7)), lease_seconds=None
        )

    with swallowing(database, "comments", event):
        made = harvest(review_comment(1, 7, body="Changed", updated_at=LATER))
        commit_source(gateway, claim_source(gateway), made)

    assert rejects(database) == [("review_comments", 1, "CB101")]


def test_a_row_that_is_deleted_as_soon_as_it_is_written_is_a_reject(
    gateway: Gateway, database: Database
) -> None:
    database.rows("""
        create function undo() returns trigger language plpgsql as
          'begin delete from reviews where id = new.id; return null; end';
        create trigger undoes after insert on reviews for each row execute function undo();
    """)
    of = pull_request(1)

    assert store(gateway, item(of, reviews=[review(1, of)])) == 1

    assert rejects(database) == [("reviews", 1, "CB101")]


def test_rows_that_a_rule_would_swallow_are_rejects(gateway: Gateway, database: Database) -> None:
    database.rows("create rule swallows as on insert to comments do instead nothing")
    of = pull_request(1)

    assert store(gateway, item(of, comments=[comment(1, of)])) == 1

    assert rejects(database) == [("comments", 1, "0A000")]


def test_a_row_that_row_level_security_refuses_is_a_reject(
    gateway: Gateway, database: Database
) -> None:
    database.rows("""
        alter role service_role nobypassrls;
        alter table comments enable row level security;
        create policy odd on comments for all to service_role using (github_id <> 2)
          with check (github_id <> 2);
    """)
    try:
        database.rows("""
            do $$ declare own regclass; begin
              for own in select c.oid from pg_class c
                where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
                  and c.relname <> 'comments'
              loop
                execute format(
                  'create policy "all" on %s for all to service_role using (true)', own);
              end loop;
            end $$
        """)
        of = pull_request(1)

        assert store(gateway, item(of, comments=[comment(1, of), comment(2, of)])) == 1

        assert rejects(database) == [("comments", 2, "42501")]
    finally:
        database.rows("alter role service_role bypassrls")


def test_labels_that_a_trigger_swallows_are_a_reject(gateway: Gateway, database: Database) -> None:
    database.rows("alter table pull_requests add column labels jsonb")
    store(gateway, item(pull_request(1)))

    with swallowing(database, "pull_requests", "update of labels"):
        assert store(gateway, item(pull_request(1, labels=("bug",)))) == 1

    assert rejects(database) == [("pull_requests", 3_000_000_001, "CB101")]


def test_a_repository_that_a_trigger_swallows_is_not_tracked(
    gateway: Gateway, database: Database
) -> None:
    with (
        swallowing(database, "repositories", "insert"),
        pytest.raises(Exception, match=r"octo/one.*swallows"),
    ):
        gateway.track_repository(repository(), None)


def test_a_known_repository_whose_row_is_swallowed_or_refused_is_a_reject(
    gateway: Gateway, database: Database
) -> None:
    begin(gateway)

    with swallowing(database, "repositories", "update"):
        commit(gateway, claim(gateway), page(item(pull_request(1)), full_name="octo/new"))

    assert rejects(database) == [("repositories", 1, "CB101")]
    assert database.value("select full_name from repositories") == "octo/one"


def test_a_repository_with_a_long_description_is_tracked(
    gateway: Gateway, database: Database
) -> None:
    database.rows("alter table repositories alter column description type varchar(10)")

    gateway.track_repository({**repository(), "description": "d" * 11}, Priority.HIGH)

    assert database.value("select description from repositories") == "d" * 10
    assert rejects(database) == [("repositories", 1, "22001")]
