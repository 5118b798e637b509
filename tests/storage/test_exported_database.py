"""contributor.info's database as production most likely is: it counts and stamps by trigger."""

from collections.abc import Callable

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.db.postgres import PostgresTransport
from contributor_backfill.db.transport import Transport
from contributor_backfill.domain.types import Priority
from tests.support.databases import Database, new_database
from tests.support.pages import begin, claim, comment, commit, item, page, pull_request, repository

DAY = "2025-01-02T00:00:00Z"


@pytest.fixture(scope="module")
def shared_export(postgres: str) -> Database:
    return new_database(postgres, variant="export", migrated=True)


@pytest.fixture
def export(shared_export: Database) -> Database:
    shared_export.empty()
    return shared_export


@pytest.fixture
def gateway(export: Database, open_gateway: Callable[[Transport], Gateway]) -> Gateway:
    return open_gateway(PostgresTransport(export.conninfo))


def test_merged_is_a_state_of_its_own(gateway: Gateway, export: Database) -> None:
    begin(gateway)
    merged = pull_request(1, state="merged", merged=True, merged_at=DAY, closed_at=DAY)

    commit(gateway, claim(gateway), page(item(merged)))

    assert export.value("select state from pull_requests") == "merged"


def test_the_count_trigger_counts_every_pull_request_once(
    gateway: Gateway, export: Database
) -> None:
    begin(gateway)
    made = page(item(pull_request(1)), item(pull_request(2)))

    for _ in range(2):
        commit(gateway, claim(gateway), made, lease_seconds=None)

    assert export.value("select pull_request_count from repositories") == 2


def test_a_row_that_did_not_change_is_not_stamped_as_changed(
    gateway: Gateway, export: Database
) -> None:
    """The website takes these stamps for a sync, and then holds its own back."""
    stamps = """
        select r.last_updated_at, p.last_updated, c.last_updated_at
        from repositories r, pull_requests p, contributors c
    """
    begin(gateway)
    made = page(item(pull_request(1)))
    commit(gateway, claim(gateway), made, lease_seconds=None)
    before = export.rows(stamps)

    commit(gateway, claim(gateway), made, lease_seconds=None)

    assert export.rows(stamps) == before


def test_a_comment_that_hangs_on_nothing_is_not_stored_though_the_database_would(
    gateway: Gateway, export: Database
) -> None:
    begin(gateway)
    bad = pull_request(1, additions=2**40)

    done = commit(gateway, claim(gateway), page(item(bad, comments=[comment(1, bad)])))

    assert done.rejected == 2
    assert export.value("select count(*) from comments") == 0


def test_the_website_knows_critical(gateway: Gateway, export: Database) -> None:
    gateway.track_repository(repository(), Priority.CRITICAL)

    listed = export.rows("select organization_name, priority::text from tracked_repositories")
    assert listed == [{"organization_name": "octo", "priority": "critical"}]


def test_a_listing_goes_with_its_name_to_the_repository_that_has_it_now(
    gateway: Gateway, export: Database
) -> None:
    first = gateway.track_repository(repository(1), None)
    gateway.track_repository(repository(2), Priority.HIGH)

    (listed,) = export.rows("select repository_id::text as id from tracked_repositories")
    assert listed["id"] != first.repository_id


def test_doctor_finds_no_trap(gateway: Gateway) -> None:
    schema = gateway.inspect_schema()

    assert gateway.probe_write().writable
    assert schema.merged_state == "merged"
    assert (schema.length_limits, schema.required_columns_not_written) == ({}, ())
