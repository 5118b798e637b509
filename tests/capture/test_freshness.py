"""All repositories are asked at once whether they moved, and only those get a turn that did."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from contributor_backfill.capture import freshness
from contributor_backfill.capture.freshness import ProbeReport
from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.bounds import Stop
from contributor_backfill.domain.errors import StoreFault
from contributor_backfill.domain.sources import SourceName
from contributor_backfill.github.faults import BadCredentials
from contributor_backfill.sandbox import Sandbox
from tests.support.captures import Rig
from tests.support.databases import Database
from tests.support.fleet import changed, fleet_rig, probe, serving

MANY = 12
ONE, TWO, THREE = "octo/number-0001", "octo/number-0002", "octo/number-0003"


@pytest.fixture
def fleet() -> Iterator[Sandbox]:
    with serving(MANY) as sandbox:
        yield sandbox


@pytest.fixture
def work(fleet: Sandbox, gateway: Gateway, database: Database) -> Rig:
    """Twelve repositories that were synced an hour ago."""
    return fleet_rig(fleet, gateway, database)


def ask_again(database: Database) -> None:
    database.rows("update backfill_due set due_at = 'epoch' where source = 'probe'")


def row_of(database: Database, name: str) -> dict[str, Any]:
    (row,) = database.rows(
        """
        select r.full_name, r.is_private, b.node_id, b.access, n.current_at, n.moved_at
        from repositories r join backfill_repositories b on b.repository_id = r.id
        left join backfill_freshness n on n.repository_id = r.id
        where r.full_name = %s
        """,
        name,
    )
    return row


def test_a_quiet_fleet_costs_a_point_and_two_calls_and_nobody_is_served(
    work: Rig, fleet: Sandbox
) -> None:
    calls = work.gateway.transport.calls

    report = probe(work)

    assert report == ProbeReport(current=MANY, points=1, requests=1, left=report.left)
    assert work.gateway.transport.calls - calls == 2
    assert fleet.counters()["rest_requests"] == 0
    assert work.serve().turns == ()
    assert probe(work).asked == 0, "it was asked about just now"


def test_what_moved_is_brought_up_to_date_in_the_same_run(
    work: Rig, fleet: Sandbox, database: Database
) -> None:
    changed(fleet, TWO)

    report = probe(work)
    visits = work.serve().turns

    assert (report.current, report.moved) == (MANY - 1, (TWO,))
    assert {(turn.repository.full_name, turn.stop) for turn in visits} == {(TWO, Stop.COMPLETED)}
    assert {SourceName.SYNC, SourceName.REVIEW_COMMENTS} <= {turn.source for turn in visits}
    ask_again(database)
    assert probe(work).current == MANY
    assert work.serve().turns == ()


def test_a_new_name_and_privacy_are_taken_in_from_the_same_response(
    work: Rig, fleet: Sandbox, database: Database
) -> None:
    fleet.change("rename_repository", repository=TWO, new_name="else/where")
    repository = fleet.world.find(THREE)
    assert repository is not None
    repository.facts = replace(repository.facts, is_private=True)

    report = probe(work)

    assert (report.current, report.points, report.requests) == (MANY, 1, 1)
    assert row_of(database, "else/where")["current_at"] is not None
    assert row_of(database, THREE)["is_private"] is True


def test_what_is_gone_by_its_id_and_its_name_is_stopped_and_costs_one_more_question(
    work: Rig, fleet: Sandbox, database: Database
) -> None:
    for name in (ONE, TWO):
        fleet.change("set_access", repository=name, access="gone")
    fleet.change("set_access", repository=THREE, access="saml")

    report = probe(work)

    assert set(report.refused) == {ONE, TWO, THREE}
    assert (report.current, report.points, report.requests) == (MANY - 3, 2, 2)
    assert row_of(database, ONE)["access"] == "gone"
    assert row_of(database, THREE)["access"] == "forbidden"
    assert work.serve().turns == ()


def test_a_node_id_that_leads_nowhere_is_learnt_anew_and_nobody_is_gone(
    work: Rig, database: Database
) -> None:
    right = row_of(database, ONE)["node_id"]
    other = row_of(database, TWO)["node_id"]
    stale = {ONE: "MDEwOlJlcG9zaXRvcnkx", TWO: other, THREE: None}
    for name, node_id in stale.items():
        database.rows(
            """
            update backfill_repositories b set node_id = %s
            from repositories r where r.id = b.repository_id and r.full_name = %s
            """,
            *(node_id, name),
        )
    # The node id of one leads to another repository.
    database.rows(
        """
        update backfill_repositories b set node_id = %s
        from repositories r where r.id = b.repository_id and r.full_name = 'octo/number-0004'
        """,
        other,
    )

    report = probe(work)

    assert (report.current, report.refused, report.points) == (MANY, (), 2)
    assert row_of(database, ONE)["node_id"] == right
    node_ids = database.rows("select distinct node_id from backfill_repositories")
    assert len(node_ids) == MANY


def test_a_name_that_belongs_to_another_repository_now_does_not_stand_for_this_one(
    work: Rig, fleet: Sandbox, database: Database
) -> None:
    fleet.change("rename_repository", repository=ONE, new_name="octo/away")
    fleet.change("rename_repository", repository=TWO, new_name=ONE)
    fleet.change("set_access", repository="octo/away", access="gone")

    report = probe(work)

    assert (report.current, len(report.refused)) == (MANY - 1, 1)
    (gone,) = database.rows("select access_reason from backfill_repositories where access = 'gone'")
    assert "belongs to another repository now" in gone["access_reason"]
    assert database.value("select count(*) from repositories where full_name = %s", ONE) == 1


def test_a_damaged_response_about_some_loses_nobody(work: Rig, fleet: Sandbox) -> None:
    damaged = newest_number(fleet, ONE)
    fleet.add_fault({"kind": "null_nodes", "when": {"number": damaged}, "times": 1})

    report = probe(work)

    assert (report.current, report.unclear) == (MANY, 0)
    assert 1 < report.requests <= 3


def test_what_github_cannot_say_is_left_for_later_and_the_others_are_known(
    work: Rig, fleet: Sandbox, database: Database
) -> None:
    damaged = newest_number(fleet, ONE)
    fleet.add_fault({"kind": "null_nodes", "when": {"number": damaged}})

    report = probe(work)

    assert report.unclear >= 1
    assert report.current == MANY - report.unclear
    assert row_of(database, ONE)["current_at"] is None
    assert row_of(database, ONE)["access"] == "ok"


@pytest.mark.parametrize("kind", ["bad_gateway_json", "gateway_timeout", "not_in_time"])
def test_what_is_cut_off_is_asked_in_smaller_pieces(kind: str, work: Rig, fleet: Sandbox) -> None:
    fleet.add_fault({"kind": kind, "when": {"ids_at_least": 4}})

    report = probe(work)

    assert (report.current, report.stop) == (MANY, Stop.IDLE)
    assert report.requests <= 12


def test_where_github_says_nothing_the_question_ends_and_turns_come_all_the_same(
    work: Rig, fleet: Sandbox, database: Database
) -> None:
    fleet.add_fault({"kind": "bad_gateway_json", "when": {"operation": "NewestChanges"}})
    database.rows("""
        update backfill_feeds set synced_at = now() - interval '13 hours';
        update progressive_backfill_state set walk_started_at = now() - interval '13 hours'
    """)

    report = probe(work)

    assert (report.stop, report.current, report.failed) == (Stop.ERROR, 0, False)
    assert "502" in report.reason
    assert report.requests < 30
    assert len(work.serve().turns) >= MANY


def test_the_quota_that_is_left_to_others_is_not_touched(
    work: Rig, fleet: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(freshness, "MOST_AT_ONCE", 4)
    fleet.service.budget("any", "graphql").charge(4_850)

    first = probe(work, reserve=200)
    second = probe(work, reserve=0, points=1)

    # What is left is known from the first response on.
    assert (first.asked, first.stop, first.points) == (4, Stop.QUOTA, 1)
    assert (second.asked, second.stop, second.points) == (4, Stop.POINTS, 1)


def test_a_token_that_github_does_not_take_ends_the_run(work: Rig, fleet: Sandbox) -> None:
    fleet.add_fault({"kind": "unauthorized"})

    with pytest.raises(BadCredentials):
        probe(work)


def test_a_run_that_is_killed_between_its_question_and_its_response_hides_nothing(
    work: Rig, fleet: Sandbox, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed(fleet, TWO)
    with monkeypatch.context() as patch:
        patch.setattr(Gateway, "note_probes", _die)
        with pytest.raises(MemoryError):
            probe(work)

    assert database.value("select count(*) from backfill_freshness") == 0
    assert probe(work).asked == 0, "somebody may be at work on them"
    database.rows("""
        update backfill_due set due_at = due_at - interval '2 minutes' where source = 'probe'
    """)
    assert probe(work).moved == (TWO,)


def test_what_the_database_refuses_is_a_failure_and_no_reason_not_to_serve_it(
    work: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Gateway, "note_probes", _refuse)
        report = probe(work)

    assert (report.failed, report.stop, report.reason) == (True, Stop.ERROR, "It is full.")


def test_a_change_between_the_question_and_the_turn_is_found_by_the_next_question(
    work: Rig, fleet: Sandbox, database: Database
) -> None:
    changed(fleet, TWO)
    probe(work)
    changed(fleet, TWO)
    work.serve()
    ask_again(database)
    quiet = probe(work)
    # GitHub's times are to the second: the next change is a moment of its own.
    fleet.clock.advance(2)
    changed(fleet, TWO)
    ask_again(database)

    assert quiet.moved == ()
    assert probe(work).moved == (TWO,)


def test_an_edited_review_comment_is_found_by_the_old_rhythm(work: Rig, database: Database) -> None:
    probe(work)
    assert work.serve().turns == ()
    database.rows("""
        update backfill_feeds set synced_at = now() - interval '13 hours'
        where feed = 'review_comments'
    """)

    visits = work.serve().turns

    assert {turn.source for turn in visits} == {SourceName.REVIEW_COMMENTS}
    assert len(visits) == MANY


def newest_number(sandbox: Sandbox, name: str) -> int:
    """Return the pull request that changed last."""
    repository = sandbox.world.find(name)
    assert repository is not None
    return max(repository.newest_first(), key=lambda pull: pull.updated_at).number


def _die(*_: Any) -> None:
    raise MemoryError


def _refuse(*_: Any) -> None:
    raise StoreFault("It is full.")
