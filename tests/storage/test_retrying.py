"""`retry` tries again what failed, and leaves the rest. Over both transports."""

from typing import Any

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.control import Action
from contributor_backfill.domain.page_planner import PagePlanner
from contributor_backfill.domain.sources import Claim
from tests.support.control import ONE, control
from tests.support.databases import Database
from tests.support.pages import begin, claim, commit, cursor_of, idle, item, page, pull_request
from tests.support.sources import claim_source


def test_a_backfill_that_failed_goes_on_where_it_stood(either_gateway: Gateway) -> None:
    begin(either_gateway)
    _capture(either_gateway, claim(either_gateway), 90, 89)
    _fail(either_gateway, claim(either_gateway), terminal=True)
    assert [b.cause for b in idle(either_gateway).blocked] == ["failed"]

    (change,) = control(either_gateway, Action.RETRY).changes

    assert cursor_of(claim(either_gateway)) == "cursor-89"
    assert "wanted" not in change.after, "the walk itself comes to that page again"


def test_a_backfill_that_errors_paused_goes_on_at_once(either_gateway: Gateway) -> None:
    begin(either_gateway)
    for _ in range(3):
        _fail(either_gateway, claim(either_gateway, full_name=ONE))
    assert [b.cause for b in idle(either_gateway).blocked] == ["paused"]

    control(either_gateway, Action.RETRY)

    assert cursor_of(claim(either_gateway)) is None


def test_a_retry_does_not_end_a_pause_by_hand(either_gateway: Gateway) -> None:
    begin(either_gateway)
    _fail(either_gateway, claim(either_gateway))
    control(either_gateway, Action.PAUSE)

    assert control(either_gateway, Action.RETRY).changes == ()

    assert idle(either_gateway, full_name=ONE).blocked[0].cause == "paused"


def test_a_chunk_that_the_backfill_captured_later_is_not_tried_again(
    either_gateway: Gateway,
) -> None:
    begin(either_gateway)
    _fail(either_gateway, claim(either_gateway))
    control(either_gateway, Action.RETRY)

    _capture(either_gateway, claim(either_gateway), 90, 89)

    assert control(either_gateway, Action.RETRY).changes == ()


def test_what_the_backfill_went_past_is_queued_and_the_backfill_keeps_its_place(
    either_gateway: Gateway, database: Database
) -> None:
    _leave_a_gap(either_gateway, database)
    database.rows("""
        insert into backfill_numbers (repository_id, number, meaning)
        select repository_id, 85, 'issue' from progressive_backfill_state
    """)
    before = _state(database)

    (change,) = control(either_gateway, Action.RETRY).changes

    assert change.after == {"wanted": [83, 84, 86, 87, 88]}
    assert _state(database) == before
    wanted = database.rows(
        "select number from backfill_numbers where meaning = 'wanted' order by 1"
    )
    assert [row["number"] for row in wanted] == [83, 84, 86, 87, 88]
    assert control(either_gateway, Action.RETRY).changes == (), "they are queued already"


def test_what_is_before_the_first_chunk_cannot_be_known_and_is_left_to_reconcile(
    either_gateway: Gateway, database: Database
) -> None:
    begin(either_gateway)
    _fail(either_gateway, claim(either_gateway))
    database.rows(
        "update progressive_backfill_state set last_processed_cursor = 'x', next_attempt_at = null,"
        " consecutive_errors = 0"
    )
    _capture(either_gateway, claim(either_gateway), 90)

    assert control(either_gateway, Action.RETRY).changes == ()


def test_pull_requests_with_rejected_rows_are_queued(
    either_gateway: Gateway, database: Database
) -> None:
    begin(either_gateway)
    database.rows("""
        insert into backfill_rejects
          (repository_id, kind, github_id, number, sqlstate, message, source)
        select repository_id, kind, github_id, number, '23514', 'no', '{}'
        from progressive_backfill_state, (values
          ('reviews', 1, 7), ('comments', 2, 7), ('pull_requests', 3, 9), ('contributors', 4, null)
        ) as j (kind, github_id, number)
    """)
    database.rows("""
        insert into backfill_numbers (repository_id, number, meaning, attempts, next_attempt_at)
        select repository_id, 9, 'wanted', 4, now() + interval '1 day'
        from progressive_backfill_state
    """)

    (change,) = control(either_gateway, Action.RETRY).changes

    assert change.after == {"wanted": [7, 9]}
    due = database.rows(
        "select number, attempts from backfill_numbers where next_attempt_at <= now()"
    )
    assert sorted((row["number"], row["attempts"]) for row in due) == [(7, 0), (9, 0)]


def test_a_source_that_failed_waits_no_longer_and_one_that_was_deferred_does(
    either_gateway: Gateway, database: Database
) -> None:
    begin(either_gateway)
    failed = claim_source(either_gateway)
    either_gateway.fail(failed, "x", terminal=True, page_size=None, requests=1)
    database.rows("""
        insert into backfill_feeds (repository_id, feed, next_attempt_at)
        select repository_id, 'lists', now() + interval '1 hour' from progressive_backfill_state
    """)

    control(either_gateway, Action.RETRY)

    waiting = database.rows("select feed from backfill_feeds where next_attempt_at is not null")
    assert [row["feed"] for row in waiting] == ["lists"]


def _capture(gateway: Gateway, held: Claim, *numbers: int) -> None:
    commit(gateway, held, page(*(item(pull_request(n)) for n in numbers)), lease_seconds=None)


def _fail(gateway: Gateway, held: Claim, *, terminal: bool = False) -> None:
    gateway.fail(held, "x", terminal=terminal, page_size=PagePlanner(25), requests=1)


def _leave_a_gap(gateway: Gateway, database: Database) -> None:
    """Let a backfill go past a chunk that failed, as somebody who moves its cursor does."""
    begin(gateway)
    _capture(gateway, claim(gateway), 90, 89)
    _fail(gateway, claim(gateway))
    database.rows(
        "update progressive_backfill_state set last_processed_cursor = 'cursor-83',"
        " next_attempt_at = null, consecutive_errors = 0"
    )
    _capture(gateway, claim(gateway), 82, 81)


def _state(database: Database) -> dict[str, Any]:
    (row,) = database.rows(
        "select last_processed_cursor, last_processed_pr_number, status, next_attempt_at,"
        " walk_started_at from progressive_backfill_state"
    )
    return row
