"""A person changes repositories, and each change is on record. Over both transports."""

from typing import Any

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.control import Action
from contributor_backfill.domain.errors import NotFound
from contributor_backfill.domain.sources import SourceName, Wanted
from contributor_backfill.domain.types import BackfillStatus
from tests.support.control import ONE, control, interventions, order
from tests.support.databases import Database
from tests.support.pages import begin, claim, commit, idle, item, page, pull_request, repository
from tests.support.sources import claim_source, no_source

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


def test_a_pause_holds_the_backfill_and_every_source_however_they_are_asked_for(
    either_gateway: Gateway,
) -> None:
    begin(either_gateway)

    control(either_gateway, Action.PAUSE)

    assert [b.cause for b in idle(either_gateway).blocked] == ["paused"]
    assert [b.cause for b in idle(either_gateway, full_name=ONE).blocked] == ["paused"]
    held = no_source(either_gateway, EVERY_FEED).blocked
    assert {b.cause for b in held} == {"paused"}


def test_a_pause_with_an_end_holds_until_then_and_no_longer(
    either_gateway: Gateway, database: Database
) -> None:
    begin(either_gateway)

    control(either_gateway, Action.PAUSE, minutes=10)

    (blocked,) = idle(either_gateway, full_name=ONE).blocked
    assert blocked.until == state(database)["resume_at"]
    assert no_source(either_gateway, EVERY_FEED).blocked[0].until == blocked.until
    _time_passes(database, 10.1)
    assert claim(either_gateway).repository.full_name == ONE
    claim_source(either_gateway, EVERY_FEED)


def test_a_pause_holds_for_a_backfill_that_is_begun_later(
    either_gateway: Gateway, database: Database
) -> None:
    tracked = either_gateway.track_repository(repository(), None)
    control(either_gateway, Action.PAUSE)

    assert either_gateway.start_backfill(tracked.repository_id, 500, 25)

    assert state(database)["status"] == "paused"
    assert idle(either_gateway, full_name=ONE).blocked[0].cause == "paused"
    control(either_gateway, Action.RESUME)
    assert claim(either_gateway).repository.full_name == ONE


def test_a_paused_backfill_that_was_written_by_hand_holds_the_sources_too(
    either_gateway: Gateway, database: Database
) -> None:
    begin(either_gateway)
    database.rows("update progressive_backfill_state set status = 'paused'")

    assert {b.cause for b in no_source(either_gateway, EVERY_FEED).blocked} == {"paused"}

    control(either_gateway, Action.RESUME)
    claim_source(either_gateway, EVERY_FEED)


def test_an_automatic_pause_holds_no_source(either_gateway: Gateway, database: Database) -> None:
    begin(either_gateway)
    database.rows(
        "update progressive_backfill_state set status = 'paused', resume_at = now() + '1 hour'"
    )

    claim_source(either_gateway, EVERY_FEED)


def test_a_lease_under_way_is_left_alone_by_a_pause_and_by_a_resume(
    either_gateway: Gateway, database: Database
) -> None:
    begin(either_gateway)
    held = claim(either_gateway)
    lease = [state(database)[name] for name in ("lease_holder", "lease_token", "lease_expires_at")]

    control(either_gateway, Action.PAUSE)

    after = state(database)
    assert [after[n] for n in ("lease_holder", "lease_token", "lease_expires_at")] == lease
    done = commit(either_gateway, held, page(item(pull_request(9))), lease_seconds=None)
    assert (done.inserted, done.status) == (1, BackfillStatus.PAUSED)
    assert idle(either_gateway, full_name=ONE).blocked[0].cause == "paused"


def test_a_resume_ends_an_automatic_pause_and_every_wait(
    either_gateway: Gateway, database: Database
) -> None:
    begin(either_gateway)
    feed = claim_source(either_gateway, EVERY_FEED)
    either_gateway.fail(feed, "x", terminal=False, page_size=None, requests=1)
    database.rows("""
        update progressive_backfill_state set status = 'paused', resume_at = now() + '1 hour',
          next_attempt_at = now() + '1 hour', consecutive_errors = 3, pause_count = 4
    """)

    (change,) = control(either_gateway, Action.RESUME).changes

    row = state(database)
    assert (row["status"], row["resume_at"], row["next_attempt_at"]) == ("active", None, None)
    assert (row["consecutive_errors"], row["pause_count"]) == (0, 0)
    assert database.value("select max(next_attempt_at) from backfill_feeds") is None
    assert change.before["deferred_feeds"].keys() == {"pull_requests"}
    assert control(either_gateway, Action.RESUME).changes == ()


def test_each_change_is_on_record_with_who_why_before_and_after(
    either_gateway: Gateway, database: Database
) -> None:
    repository_id = begin(either_gateway)

    made = control(either_gateway, Action.PAUSE, minutes=5)

    (row,) = interventions(database)
    assert (row["actor"], row["action"], row["reason"]) == ("ada", "pause", "because")
    assert (str(row["repository_id"]), row["repository"]) == (repository_id, ONE)
    assert row["before"] == {
        "status": "active",
        "paused_at": None,
        "resume_at": None,
        "pause_ends_at": None,
    }
    assert row["after"]["status"] == "paused"
    assert row["after"].keys() == row["before"].keys()
    (shown,) = either_gateway.list_interventions(50, full_name=ONE)
    assert (shown,) == made.changes
    assert shown.made_at == row["made_at"]


@pytest.mark.parametrize("action", [Action.PAUSE, Action.RESET, Action.RETRY])
def test_a_call_repeated_after_a_lost_response_changes_nothing_and_gets_the_same_response(
    either_gateway: Gateway, database: Database, action: Action
) -> None:
    begin(either_gateway)
    database.rows("update progressive_backfill_state set consecutive_errors = 1")
    once = order()

    first = either_gateway.control_repositories(action, {}, once)
    again = either_gateway.control_repositories(action, {}, once)

    assert again == first
    assert len(first.changes) == len(interventions(database)) == 1


def test_all_are_those_that_are_tracked_each_with_a_record_of_its_own(
    either_gateway: Gateway, database: Database
) -> None:
    for number, name in enumerate(("one", "two"), 1):
        begin(either_gateway, github_id=number, full_name=f"octo/{name}")
    either_gateway.track_repository(repository(3, "octo/three"), None)
    _untracked(database)

    made = either_gateway.control_repositories(Action.PAUSE, {}, order())

    names = {f"octo/{name}" for name in ("one", "two", "three")}
    assert {change.repository for change in made.changes} == names
    assert {row["repository"] for row in interventions(database)} == names


@pytest.mark.parametrize(
    ("name", "message"), [("octo/none", "octo/none is not in"), ("octo/other", "is not tracked")]
)
def test_a_repository_that_is_not_known_is_named(
    either_gateway: Gateway, database: Database, name: str, message: str
) -> None:
    _untracked(database)

    for rehearsed in (False, True):
        with pytest.raises(NotFound, match=message):
            either_gateway.control_repositories(
                Action.PAUSE, {}, order(), full_name=name, rehearsed=rehearsed
            )


@pytest.mark.parametrize(
    ("action", "arguments"),
    [
        (Action.PAUSE, {"minutes": None}),
        (Action.RESUME, {}),
        (Action.RETRY, {}),
        (Action.RESET, {}),
        (Action.SET, {"priority": "high", "page_size": 7, "page_size_is_fixed": True}),
    ],
)
def test_a_dry_run_says_what_is_then_done(
    either_gateway: Gateway, database: Database, action: Action, arguments: dict[str, Any]
) -> None:
    begin(either_gateway)
    database.rows(
        "update progressive_backfill_state set next_attempt_at = now(), consecutive_errors = 1"
    )

    would = either_gateway.control_repositories(
        action, arguments, order(), full_name=ONE, rehearsed=True
    )
    assert interventions(database) == []
    did = either_gateway.control_repositories(action, arguments, order(), full_name=ONE)

    assert len(would.changes) == len(did.changes) == 1
    for attribute in ("action", "repository", "actor", "reason", "before"):
        assert getattr(would.changes[0], attribute) == getattr(did.changes[0], attribute)
    assert would.changes[0].after.keys() == did.changes[0].after.keys()
    assert would.changes[0].made_at is None


def _untracked(database: Database) -> None:
    database.rows("""
        insert into repositories (github_id, full_name, owner, name)
        values (99, 'octo/other', 'octo', 'other')
    """)


def _time_passes(database: Database, minutes: float) -> None:
    span = f"interval '{minutes} minutes'"
    database.rows(f"""
        update progressive_backfill_state set resume_at = resume_at - {span};
        update backfill_repositories set pause_ends_at = pause_ends_at - {span}
    """)
