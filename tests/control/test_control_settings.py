"""Resets and settings, and the history of changes. Over both transports."""

from typing import Any

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.control import Action
from contributor_backfill.domain.page_planner import PagePlanner
from contributor_backfill.domain.sources import SourceName, Wanted
from contributor_backfill.domain.storage import Keep
from contributor_backfill.domain.types import Priority
from tests.support.control import ONE, control, interventions, order
from tests.support.databases import Database
from tests.support.pages import begin, claim, commit, cursor_of, idle, item, page, pull_request

EVERY_FEED = Wanted(
    (
        SourceName.SYNC,
        SourceName.REVIEW_COMMENTS,
        SourceName.CONNECTIONS,
        SourceName.RECONCILIATION,
    ),
    forced=True,
)


def state(database: Database) -> dict[str, Any]:
    (row,) = database.rows("select * from progressive_backfill_state")
    return row


def test_a_reset_begins_afresh_and_keeps_what_is_stored(
    either_gateway: Gateway, database: Database
) -> None:
    begin(either_gateway)
    commit(either_gateway, claim(either_gateway), page(item(pull_request(9))), lease_seconds=None)
    claim(either_gateway, lease_seconds=0)
    before = state(database)

    control(either_gateway, Action.RESET)

    after = state(database)
    assert after["walk_started_at"] > before["walk_started_at"]
    assert (after["last_processed_cursor"], after["lease_token"]) == (None, None)
    assert database.value("select count(*) from pull_requests") == 1
    assert database.value("select count(*) from backfill_chunks where status = 'processing'") == 0
    again = claim(either_gateway)
    assert cursor_of(again) is None


def test_a_reset_leaves_alone_what_a_run_is_at_work_on(
    either_gateway: Gateway, database: Database
) -> None:
    begin(either_gateway)
    held = claim(either_gateway)
    commit(either_gateway, held, page(item(pull_request(9))))
    before = state(database)

    made = control(either_gateway, Action.RESET)

    assert (made.changes, made.busy) == ((), (ONE,))
    assert state(database) == before


def test_a_reset_of_a_paused_repository_stays_paused(
    either_gateway: Gateway, database: Database
) -> None:
    begin(either_gateway)
    control(either_gateway, Action.PAUSE)

    control(either_gateway, Action.RESET)

    assert idle(either_gateway, full_name=ONE).blocked[0].cause == "paused"
    assert len(interventions(database)) == 2


def test_settings_are_remembered_and_listed(either_gateway: Gateway, database: Database) -> None:
    begin(either_gateway)

    control(either_gateway, Action.SET, priority="high", bodies="none", diff_hunks="truncate:9")

    repository = claim(either_gateway).repository
    assert repository.priority is Priority.HIGH
    assert (repository.storage.bodies, repository.storage.diff_hunks) == (Keep(0), Keep(9))
    assert database.value("select priority::text from tracked_repositories") == "high"
    assert control(either_gateway, Action.SET, priority="high").changes == ()


def test_a_fixed_page_size_stays_whatever_is_measured_until_it_is_given_back(
    either_gateway: Gateway,
) -> None:
    begin(either_gateway)
    held = claim(either_gateway)

    control(either_gateway, Action.SET, page_size=7, page_size_is_fixed=True)
    # The run that was at work planned before.
    made = page(item(pull_request(9)))
    commit(either_gateway, held, made, page_size=PagePlanner(50), lease_seconds=None)

    fixed = claim(either_gateway)
    assert fixed.page_size == PagePlanner(7, fixed=True)
    made = page(item(pull_request(8)))
    commit(either_gateway, fixed, made, page_size=PagePlanner(7, fixed=True), lease_seconds=None)
    control(either_gateway, Action.SET, page_size_is_fixed=False)
    assert claim(either_gateway).page_size == PagePlanner(7)


def test_the_history_is_the_newest_first_and_only_as_long_as_asked(
    either_gateway: Gateway,
) -> None:
    begin(either_gateway)
    begin(either_gateway, github_id=2, full_name="octo/two")
    for action in (Action.PAUSE, Action.RESUME, Action.PAUSE):
        control(either_gateway, action)
    either_gateway.control_repositories(Action.PAUSE, {}, order(), full_name="octo/two")

    everything = either_gateway.list_interventions(50)
    of_one = either_gateway.list_interventions(2, full_name=ONE)

    assert [change.repository for change in everything] == ["octo/two", ONE, ONE, ONE]
    assert [change.action for change in of_one] == ["pause", "resume"]
