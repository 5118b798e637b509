"""Repositories that GitHub shows, or does not, are noted. Over both transports."""

from dataclasses import replace
from typing import Any

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.control import Access, AccessFinding, Action
from contributor_backfill.domain.page_planner import PagePlanner
from contributor_backfill.domain.runs import Outcome, RunEnd
from tests.support.control import ONE, control, order
from tests.support.databases import Database
from tests.support.pages import begin, claim, commit, cursor_of, item, page, pull_request

DONE = RunEnd(Outcome.DONE, "finished")


def state(database: Database) -> dict[str, Any]:
    (row,) = database.rows("select * from progressive_backfill_state")
    return row


@pytest.mark.parametrize(
    ("access", "name"), [(Access.GONE, "gone"), (Access.FORBIDDEN, "forbidden")]
)
def test_a_repository_that_github_does_not_show_is_noted_once(
    either_gateway: Gateway, database: Database, access: Access, name: str
) -> None:
    repository_id = begin(either_gateway)
    _fail(either_gateway)
    (suspect,) = either_gateway.find_suspects(100)
    found = AccessFinding(suspect.repository_id, access, ONE, "GitHub's words")

    would = either_gateway.note_access([found], order(None, "recover"), rehearsed=True)
    (did,) = either_gateway.note_access([found], order(None, "recover"))
    again = either_gateway.note_access([found], order(None, "recover"))

    assert (suspect.repository_id, suspect.node_id) == (repository_id, "R_1")
    assert [replace(did, made_at=None)] == list(would)
    assert (did.action, did.reason, again) == (name, "GitHub's words", ())
    (row,) = database.rows("select access, access_reason from backfill_repositories")
    assert row == {"access": name, "access_reason": "GitHub's words"}
    assert state(database)["status"] == "failed"


def test_a_repository_that_is_back_goes_on_where_it_stood(
    either_gateway: Gateway, database: Database
) -> None:
    begin(either_gateway)
    commit(either_gateway, claim(either_gateway), page(item(pull_request(9))), lease_seconds=None)
    _fail(either_gateway)
    (suspect,) = either_gateway.find_suspects(100)
    gone = AccessFinding(suspect.repository_id, Access.GONE, ONE, "not there")
    either_gateway.note_access([gone], order())

    (change,) = either_gateway.note_access(
        [replace(gone, access=Access.OK, reason="there")], order()
    )

    assert change.action == "reachable"
    assert cursor_of(claim(either_gateway)) == "cursor-9"
    assert database.value("select access from backfill_repositories") == "ok"
    assert database.value("select access_reason from backfill_repositories") is None


def test_a_repository_that_was_renamed_has_its_new_name_and_goes_on(
    either_gateway: Gateway, database: Database
) -> None:
    repository_id = begin(either_gateway)
    other = begin(either_gateway, github_id=2, full_name="new/name")
    _fail(either_gateway)

    (change,) = either_gateway.note_access(
        [AccessFinding(repository_id, Access.OK, "new/name", "renamed")], order()
    )

    assert (change.action, change.repository) == ("renamed", ONE)
    rows = database.rows("select id::text, full_name, owner, name from repositories")
    named = {row["id"]: (row["full_name"], row["owner"], row["name"]) for row in rows}
    assert named[repository_id] == ("new/name", "new", "name")
    assert named[other][0] == "new/name~2", "whoever held the name before is parked"
    assert claim(either_gateway, repository_id=repository_id).repository.full_name == "new/name"
    (shown,) = either_gateway.list_interventions(50, full_name="new/name")
    assert shown == change


def test_a_repository_that_is_back_while_a_person_paused_it_stays_paused(
    either_gateway: Gateway, database: Database
) -> None:
    repository_id = begin(either_gateway)
    _fail(either_gateway)
    control(either_gateway, Action.PAUSE)

    either_gateway.note_access([AccessFinding(repository_id, Access.OK, ONE, "there")], order())

    assert state(database)["status"] == "paused"


def test_a_verdict_changes_nothing_of_a_repository_that_a_run_is_at_work_on(
    either_gateway: Gateway, database: Database
) -> None:
    repository_id = begin(either_gateway)
    claim(either_gateway)
    before = state(database)

    made = either_gateway.note_access(
        [AccessFinding(repository_id, Access.GONE, ONE, "not there")], order()
    )

    assert (made, state(database)) == ((), before)


def test_github_is_asked_about_what_failed_or_fails_again_and_again(
    either_gateway: Gateway, database: Database
) -> None:
    names = ("fine", "failed", "fails", "once", "feed", "gone")
    ids = {
        n: begin(either_gateway, github_id=i, full_name=f"octo/{n}") for i, n in enumerate(names)
    }
    for name, change in {
        "failed": "status = 'failed'",
        "fails": "consecutive_errors = 2",
        "once": "consecutive_errors = 1",
    }.items():
        database.rows(
            f"update progressive_backfill_state set {change} where repository_id = %s", ids[name]
        )
    database.rows(
        "insert into backfill_feeds (repository_id, feed, consecutive_errors)"
        " values (%s, 'pull_requests', 2)",
        ids["feed"],
    )
    database.rows(
        "update backfill_repositories set access = 'gone' where repository_id = %s", ids["gone"]
    )

    asked = [suspect.full_name for suspect in either_gateway.find_suspects(100)]
    first = either_gateway.find_suspects(3)

    assert set(asked) == {"octo/failed", "octo/fails", "octo/feed", "octo/gone"}
    assert asked[-1] == "octo/gone", "those that are not settled yet come first"
    assert [suspect.full_name for suspect in first] == asked[:3]


def test_a_page_that_comes_shows_that_a_repository_is_there(
    either_gateway: Gateway, database: Database
) -> None:
    begin(either_gateway)
    database.rows("update backfill_repositories set access = 'gone', access_reason = 'x'")

    commit(either_gateway, claim(either_gateway), page(item(pull_request(9))))

    assert database.value("select access from backfill_repositories") == "ok"


def _fail(gateway: Gateway) -> None:
    held = claim(gateway, full_name=ONE)
    gateway.fail(held, "not there", terminal=True, page_size=PagePlanner(25), requests=1)
