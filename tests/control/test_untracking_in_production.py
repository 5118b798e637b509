"""contributor.info's database: what the site has of its own stays when a repository is deleted."""

from collections.abc import Iterator

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.db.postgres import PostgresTransport
from contributor_backfill.operations.deletion import delete, measure
from tests.support.clocks import ManualClock
from tests.support.control import ONE, order
from tests.support.databases import Database, new_database
from tests.support.untracking import fill

OF_THE_SITE = """
    insert into issues (github_id, repository_id, number, title, state, created_at, updated_at)
    select 1, id, 1, 'x', 'open', now(), now() from repositories;
    insert into comments (github_id, issue_id, repository_id, body, created_at, updated_at,
      comment_type)
    select 1, i.id, i.repository_id, 'on an issue', now(), now(), 'issue_comment' from issues i;
    insert into sync_logs (sync_type, repository_id, status)
    select 'full_sync', id, 'started' from repositories;
"""
ADDED_BY_A_USER = """
    insert into app_users (github_username) values ('ada');
    update tracked_repositories set added_by_user_id = (select id from app_users)
"""


@pytest.fixture(params=["export", "migrated"])
def production(request: pytest.FixtureRequest, postgres: str) -> Database:
    return new_database(postgres, variant=request.param, migrated=True)


@pytest.fixture
def filled(production: Database) -> Iterator[Gateway]:
    transport = PostgresTransport(production.conninfo)
    gateway = Gateway(transport)
    fill(gateway, production)
    yield gateway
    transport.close()


def delete_all(gateway: Gateway) -> tuple[str, ...] | None:
    candidate = gateway.peek_untrack(ONE)
    gateway.untrack_repository(candidate.repository_id, order(), deletes=True)
    ending = delete(gateway, candidate, order(), ManualClock(), lambda _: None)
    assert ending.is_done
    return ending.kept_by


def test_a_repository_that_only_this_tool_knows_goes_whole(
    filled: Gateway, production: Database
) -> None:
    assert delete_all(filled) is None

    for table in (
        "repositories",
        "pull_requests",
        "reviews",
        "comments",
        "tracked_repositories",
        "progressive_backfill_state",
        "backfill_chunks",
        "progressive_capture_jobs",
    ):
        assert production.value(f"select count(*) from {table}") == 0, table
    assert production.value("select count(*) from contributors") == 1


def test_what_the_site_has_of_it_stays_with_its_row(filled: Gateway, production: Database) -> None:
    production.rows(OF_THE_SITE + ADDED_BY_A_USER)
    others = measure(filled, filled.peek_untrack(ONE).repository_id).others

    kept_by = delete_all(filled)

    assert {(o.table, o.target, o.count) for o in others} == {
        ("issues", "repositories", 1),
        ("sync_logs", "repositories", 1),
    }
    assert kept_by == ("comments", "issues", "sync_logs", "tracked_repositories")
    assert production.value("select count(*) from pull_requests") == 0
    for table in kept_by:
        assert production.value(f"select count(*) from {table}") == 1, table
    assert production.value("select tracking_enabled from tracked_repositories")


def test_issues_that_are_linked_to_pull_requests_let_none_go(
    filled: Gateway, production: Database
) -> None:
    production.rows(OF_THE_SITE)
    production.rows(
        "update issues set linked_pr_id = (select id from pull_requests where number = 102)"
    )

    (refusal,) = measure(filled, filled.peek_untrack(ONE).repository_id).refusals

    assert (refusal.table, refusal.column, refusal.count) == ("issues", "linked_pr_id", 1)


def test_a_listing_of_our_own_is_switched_off_and_on_again(
    filled: Gateway, production: Database
) -> None:
    candidate = filled.peek_untrack(ONE)
    filled.untrack_repository(candidate.repository_id, order(), deletes=False)
    off = production.value("select tracking_enabled from tracked_repositories")
    filled.track_repository(
        {
            "github_id": 1,
            "full_name": ONE,
            "owner": "octo",
            "name": "one",
            "node_id": "R_1",
            "pull_requests_total": 5,
        },
        None,
    )
    on = production.value("select tracking_enabled from tracked_repositories")

    assert (off, on) == (False, True)
