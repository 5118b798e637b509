"""contributor.info's database as its migration files build it: CHECKs on lengths, letters, dates.

It has no state 'merged', no priority 'critical', and takes no `[bot]` in a username.
"""

from collections.abc import Callable
from typing import Any

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.db.postgres import PostgresTransport
from contributor_backfill.db.transport import Transport
from contributor_backfill.domain.records import Account, PullRequest
from contributor_backfill.domain.types import Priority
from tests.support.databases import Database, new_database
from tests.support.pages import begin, claim, commit, item, page, pull_request, repository, review
from tests.support.sources import claim_source, commit_source, harvest, review_comment

BOT = Account(49699333, "dependabot[bot]", "Bot", is_bot=True)


@pytest.fixture(scope="module")
def shared_strict(postgres: str) -> Database:
    return new_database(postgres, variant="migrated", migrated=True)


@pytest.fixture
def strict(shared_strict: Database) -> Database:
    shared_strict.empty()
    return shared_strict


@pytest.fixture
def gateway(strict: Database, open_gateway: Callable[[Transport], Gateway]) -> Gateway:
    return open_gateway(PostgresTransport(strict.conninfo))


def store(gateway: Gateway, *pull_requests: PullRequest) -> int:
    begin(gateway)
    made = page(*(item(of) for of in pull_requests))
    return commit(gateway, claim(gateway), made, lease_seconds=None).rejected


def rejects(database: Database) -> list[dict[str, Any]]:
    return database.rows("select * from backfill_rejects order by github_id")


def test_an_outdated_review_comment_stands_where_it_stood_at_first(
    gateway: Gateway, strict: Database
) -> None:
    """A position is asked for where GitHub sends none; the beginning stands in for nothing."""
    store(gateway, pull_request(7))
    outdated = review_comment(1, 7, position=None, original_position=9)
    unplaced = review_comment(2, 7, position=None, original_position=None, body="")
    placed = review_comment(3, 7, position=4, original_position=9)

    commit_source(gateway, claim_source(gateway), harvest(outdated, unplaced, placed))

    assert rejects(strict) == []
    columns = "select position, original_position, body from comments order by github_id"
    assert [tuple(row.values()) for row in strict.rows(columns)] == [
        (9, 9, "Why?"),
        (1, None, "-"),
        (4, 9, "Why?"),
    ]


def test_a_long_text_is_clipped_and_kept_whole_in_the_rejects(
    gateway: Gateway, strict: Database
) -> None:
    long = pull_request(1, body="b" * 10_001, title="t" * 501)

    assert store(gateway, long) == 0

    assert strict.rows(
        "select length(title) as title, length(body) as body from pull_requests"
    ) == [{"title": 500, "body": 10_000}]
    (reject,) = rejects(strict)
    assert reject["sqlstate"] == "22001"
    assert "body to 10000, title to 500 characters" in reject["message"]
    assert (len(reject["source"]["body"]), len(reject["source"]["title"])) == (10_001, 501)


def test_a_clipped_row_stored_again_rewrites_nothing(gateway: Gateway, strict: Database) -> None:
    version = "select xmin::text || ctid::text from backfill_rejects"
    long = pull_request(1, body="b" * 10_001, title="t" * 501)
    store(gateway, long)
    before = strict.value(version)

    store(gateway, long)

    assert strict.value(version) == before


def test_a_text_that_fits_by_now_is_off_the_record(gateway: Gateway, strict: Database) -> None:
    store(gateway, pull_request(1, body="b" * 10_001), pull_request(2, body="b" * 10_001))

    store(gateway, pull_request(1), pull_request(2, body="b" * 10_001))

    assert [reject["number"] for reject in rejects(strict)] == [2]


def test_a_row_both_clipped_and_refused_is_recorded_as_it_came(
    gateway: Gateway, strict: Database
) -> None:
    contradictory = pull_request(1, body="b" * 10_001, merged=True, state="merged")

    assert store(gateway, contradictory) == 1

    (reject,) = rejects(strict)
    assert reject["sqlstate"] == "23514"
    assert len(reject["source"]["body"]) == 10_001


def test_a_merged_pull_request_is_stored_as_closed_and_merged(
    gateway: Gateway, strict: Database
) -> None:
    day = "2025-01-02T00:00:00Z"
    store(gateway, pull_request(1, state="merged", merged=True, merged_at=day, closed_at=day))

    assert strict.rows("select state, merged from pull_requests") == [
        {"state": "closed", "merged": True}
    ]


def test_a_bot_is_stored_under_a_name_that_the_check_allows(
    gateway: Gateway, strict: Database
) -> None:
    begin(gateway)
    of = pull_request(1, BOT)
    made = page(item(of, BOT, reviews=[review(1, of, BOT)]))

    for _ in range(2):
        assert commit(gateway, claim(gateway), made, lease_seconds=None).rejected == 0

    assert strict.rows("select username, is_bot from contributors") == [
        {"username": "dependabot-bot", "is_bot": True}
    ]
    assert strict.value("select author_login from pull_requests") == "dependabot[bot]"


def test_a_login_that_changed_hands_is_parked_within_the_check(
    gateway: Gateway, strict: Database
) -> None:
    begin(gateway)
    for account in (Account(1, "a" * 39, "User"), Account(2, "a" * 39, "User")):
        made = page(item(pull_request(1, account), account))
        assert commit(gateway, claim(gateway), made, lease_seconds=None).rejected == 0

    rows = strict.rows("select username from contributors order by github_id")
    assert [row["username"] for row in rows] == ["a" * 37 + "-1", "a" * 39]


def test_a_name_that_passed_to_another_repository_is_parked_within_the_check(
    gateway: Gateway, strict: Database
) -> None:
    gateway.track_repository(repository(1, "octo/one"), None)

    gateway.track_repository(repository(2, "octo/one"), None)

    rows = strict.rows("select full_name from repositories order by github_id")
    assert [row["full_name"] for row in rows] == ["octo/one.1", "octo/one"]


def test_a_homepage_that_the_check_refuses_does_not_keep_a_repository_out(
    gateway: Gateway, strict: Database
) -> None:
    row = {**repository(), "homepage": "octo.example", "stargazers_count": 7}

    gateway.track_repository(row, None)

    assert strict.rows("select homepage, stargazers_count from repositories") == [
        {"homepage": None, "stargazers_count": 7}
    ]


def test_a_priority_that_the_website_does_not_know_is_listed_as_high(
    gateway: Gateway, strict: Database
) -> None:
    tracked = gateway.track_repository(repository(), Priority.CRITICAL)

    assert tracked.priority is Priority.CRITICAL
    assert strict.value("select priority::text from tracked_repositories") == "high"


def test_doctor_finds_the_database_writable_and_names_its_limits(gateway: Gateway) -> None:
    schema = gateway.inspect_schema()

    assert gateway.probe_write().writable
    assert schema.merged_state == "closed"
    assert schema.length_limits["pull_requests.body"] == 10_000
    assert schema.required_columns_not_written == ()


def test_a_probe_leaves_nothing_behind(gateway: Gateway, strict: Database) -> None:
    gateway.probe_write()

    assert strict.value("select count(*) from contributors") == 0
