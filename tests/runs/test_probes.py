"""One question about many repositories, and its response beside what is stored."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.control import Access, AccessFinding, KnownRepository, Order
from contributor_backfill.domain.freshness import Behind, Findings, Newest, Noted, ProbeClaim
from contributor_backfill.domain.sources import SourceName, Wanted
from contributor_backfill.domain.types import RepositoryId
from tests.support.databases import Database
from tests.support.pages import repository
from tests.support.sources import claim_source, commit_source, harvest, no_source

CHANGED = datetime(2026, 1, 1, 12, tzinfo=UTC)
LATER = CHANGED + timedelta(hours=3)
SYNCED = Wanted((SourceName.SYNC,))
BESIDE = Wanted((SourceName.SYNC,), while_backfilled=True)


def order() -> Order:
    return Order(str(uuid4()), "test")


def synced(
    gateway: Gateway, database: Database, many: int = 1, *, settled: bool = True
) -> list[RepositoryId]:
    """Track repositories that were synced an hour ago, up to `CHANGED`."""
    ids = []
    for github_id in range(1, many + 1):
        row = repository(github_id, f"octo/number-{github_id}", 3)
        ids.append(gateway.track_repository(row, None).repository_id)
    database.rows(
        """
        insert into backfill_feeds (repository_id, feed, watermark, watermark_is_settled, synced_at,
          last_served_at)
        select r.id, feed, %s, %s, now() - interval '1 hour', now() - interval '1 hour'
        from repositories r, unnest(array['pull_requests', 'review_comments']) feed
        """,
        CHANGED,
        settled,
    )
    return ids


def ask_again(database: Database) -> None:
    database.rows("update backfill_due set due_at = 'epoch' where source = 'probe'")


def newest(suspect: KnownRepository, change: datetime | None = CHANGED, **other: Any) -> Newest:
    made = {
        "github_id": suspect.github_id,
        "node_id": suspect.node_id or f"R_{suspect.github_id}",
        "full_name": suspect.full_name,
        "is_private": False,
        "newest_change": change,
    }
    return Newest(**{**made, **other})


def note(
    gateway: Gateway,
    claim: ProbeClaim,
    said: Callable[[KnownRepository], Newest] = newest,
    *,
    settled_before: datetime = LATER,
) -> Noted:
    asked = Findings(tuple((repository, said(repository)) for repository in claim.repositories))
    return gateway.note_probes(claim, asked, settled_before, order())


def freshness(database: Database) -> dict[str, Any]:
    (row,) = database.rows("select * from backfill_freshness")
    return row


def test_a_hundred_are_taken_at_once_and_by_nobody_else(
    either_gateway: Gateway, database: Database
) -> None:
    synced(either_gateway, database, 5)

    first = either_gateway.claim_probes(3, 60)
    second = either_gateway.claim_probes(3, 60)
    third = either_gateway.claim_probes(3, 60)

    taken = [
        repository.full_name
        for claim in (first, second, third)
        for repository in claim.repositories
    ]
    assert [len(claim.repositories) for claim in (first, second, third)] == [3, 2, 0]
    assert len(set(taken)) == 5
    assert first.repositories[0].node_id == f"R_{first.repositories[0].github_id}"


def test_what_did_not_move_is_known_to_be_current_and_no_sync_is_due(
    either_gateway: Gateway, database: Database
) -> None:
    synced(either_gateway, database)
    database.rows("update backfill_feeds set synced_at = synced_at - interval '13 hours'")
    claim = either_gateway.claim_probes(100, 60)

    noted = note(either_gateway, claim)

    assert noted == Noted(1, ())
    assert freshness(database)["current_at"] == datetime.fromisoformat(claim.asked_at)
    no_source(either_gateway, SYNCED)
    assert either_gateway.claim_probes(100, 60).repositories == (), "it was asked about just now"
    (idle,) = no_source(either_gateway, SYNCED).blocked
    assert (idle.cause, idle.since) == ("unchanged", freshness(database)["current_at"])
    due_at = "select due_at - now() from backfill_due where source = 'pull_requests'"
    assert database.value(due_at) > timedelta(hours=11)


def test_what_moved_is_due_at_once_until_a_pass_has_brought_it(
    either_gateway: Gateway, database: Database
) -> None:
    synced(either_gateway, database)
    no_source(either_gateway, SYNCED)
    claim = either_gateway.claim_probes(100, 60)

    noted = note(either_gateway, claim, lambda repository: newest(repository, LATER))

    assert noted == Noted(0, ("octo/number-1",))
    held = claim_source(either_gateway, SYNCED)
    commit_source(either_gateway, held, harvest(), finished=True, lease_seconds=None)
    no_source(either_gateway, SYNCED)
    comments = claim_source(either_gateway, Wanted((SourceName.REVIEW_COMMENTS,)))
    commit_source(either_gateway, comments, harvest(), finished=True, lease_seconds=None)
    no_source(either_gateway, Wanted((SourceName.REVIEW_COMMENTS,)))


def test_a_change_that_was_too_young_when_it_was_stored_is_read_once_more_after_twelve_hours(
    gateway: Gateway, database: Database
) -> None:
    synced(gateway, database, settled=False)

    young = note(gateway, gateway.claim_probes(100, 60), settled_before=CHANGED)
    ask_again(database)
    old = note(gateway, gateway.claim_probes(100, 60), settled_before=LATER)

    assert young == old == Noted(1, ())
    no_source(gateway, SYNCED)
    database.rows("update backfill_feeds set synced_at = synced_at - interval '12 hours'")
    ask_again(database)
    note(gateway, gateway.claim_probes(100, 60), settled_before=LATER)
    held = claim_source(gateway, SYNCED)
    commit_source(gateway, held, harvest(), finished=True, lease_seconds=None)
    no_source(gateway, SYNCED)


def test_a_repository_without_pull_requests_is_current(
    gateway: Gateway, database: Database
) -> None:
    synced(gateway, database)
    database.rows("update backfill_feeds set watermark = null")

    assert (
        note(
            gateway, gateway.claim_probes(100, 60), lambda repository: newest(repository, None)
        ).current
        == 1
    )
    ask_again(database)
    assert note(gateway, gateway.claim_probes(100, 60)).moved == ("octo/number-1",), "its first one"


def test_while_its_backfill_runs_it_is_synced_only_when_it_moved(
    gateway: Gateway, database: Database
) -> None:
    (repository_id,) = synced(gateway, database)
    gateway.start_backfill(repository_id, 500, 25)
    database.rows("update backfill_feeds set synced_at = now() - interval '2 hours'")

    note(gateway, gateway.claim_probes(100, 60))
    no_source(gateway, BESIDE)
    ask_again(database)
    moved = note(
        gateway, gateway.claim_probes(100, 60), lambda repository: newest(repository, LATER)
    )
    held = claim_source(gateway, BESIDE)
    # It went back a day, which is not down to the watermark.
    commit_source(gateway, held, harvest(), finished=True, lease_seconds=None)
    database.rows("update backfill_feeds set watermark = %s", CHANGED)
    ask_again(database)
    again = note(
        gateway, gateway.claim_probes(100, 60), lambda repository: newest(repository, LATER)
    )

    assert (moved.moved, again) == (("octo/number-1",), Noted(1, ()))
    no_source(gateway, BESIDE)
    database.rows("update progressive_backfill_state set status = 'completed'")
    ask_again(database)
    ended = note(
        gateway, gateway.claim_probes(100, 60), lambda repository: newest(repository, LATER)
    )
    assert ended.moved == ("octo/number-1",), "what is older than a day was not read"


def test_the_same_response_written_twice_is_one_and_one_that_comes_late_is_none(
    either_gateway: Gateway, database: Database
) -> None:
    synced(either_gateway, database)
    late = either_gateway.claim_probes(100, 60)
    ask_again(database)
    claim = either_gateway.claim_probes(100, 60)
    asked = Findings(
        tuple((repository, newest(repository, LATER)) for repository in claim.repositories)
    )
    by = order()

    first = either_gateway.note_probes(claim, asked, LATER, by)
    before = freshness(database)
    second = either_gateway.note_probes(claim, asked, LATER, by)
    note(either_gateway, late, lambda repository: newest(repository, full_name="octo/former"))
    gone = AccessFinding(
        claim.repositories[0].repository_id, Access.GONE, "octo/number-1", "Not there."
    )
    either_gateway.note_probes(late, Findings(refused=(gone,)), LATER, order())

    assert first == second
    assert freshness(database) == before
    assert database.value("select full_name from repositories") == "octo/number-1"
    assert database.value("select access from backfill_repositories") == "ok"


def test_what_nothing_was_written_of_is_due_again_after_a_minute(
    gateway: Gateway, database: Database
) -> None:
    synced(gateway, database)
    killed = gateway.claim_probes(100, 0)

    assert gateway.claim_probes(100, 60).repositories == killed.repositories


def test_what_was_not_said_clearly_is_asked_for_again_and_nothing_is_concluded(
    gateway: Gateway, database: Database
) -> None:
    synced(gateway, database)
    claim = gateway.claim_probes(100, 60)

    noted = gateway.note_probes(claim, Findings(unclear=claim.repositories), LATER, order())

    assert noted == Noted(0, ())
    assert database.rows("select * from backfill_freshness") == []
    due_at = "select due_at - now() from backfill_due where source = 'probe'"
    assert timedelta(minutes=4) < database.value(due_at) <= timedelta(minutes=5)


def test_names_privacy_and_node_ids_are_taken_in(
    either_gateway: Gateway, database: Database
) -> None:
    synced(either_gateway, database)
    claim = either_gateway.claim_probes(100, 60)

    note(
        either_gateway,
        claim,
        lambda repository: newest(
            repository, full_name="else/where", node_id="R_new", is_private=True
        ),
    )

    (row,) = database.rows("""
        select r.full_name, r.owner, r.name, r.is_private, b.node_id, b.former_names, b.access
        from repositories r join backfill_repositories b on b.repository_id = r.id
    """)
    assert row == {
        "full_name": "else/where",
        "owner": "else",
        "name": "where",
        "is_private": True,
        "node_id": "R_new",
        "former_names": ["octo/number-1"],
        "access": "ok",
    }


def test_what_github_does_not_show_is_stopped_for_a_day_with_the_reason_and_comes_back(
    either_gateway: Gateway, database: Database
) -> None:
    (repository_id,) = synced(either_gateway, database)
    database.rows("update backfill_feeds set synced_at = synced_at - interval '13 hours'")
    claim = either_gateway.claim_probes(100, 60)
    gone = AccessFinding(repository_id, Access.GONE, "octo/number-1", "Could not resolve.")

    either_gateway.note_probes(claim, Findings(refused=(gone,)), LATER, order())

    (row,) = database.rows("select access, access_reason from backfill_repositories")
    assert row == {"access": "gone", "access_reason": "Could not resolve."}
    (idle,) = no_source(either_gateway, SYNCED).blocked
    assert (idle.cause, idle.reason) == ("deferred", "access lost")
    assert either_gateway.claim_probes(100, 60).repositories == ()
    ask_again(database)
    note(either_gateway, either_gateway.claim_probes(100, 60))
    assert database.value("select access from backfill_repositories") == "ok"
    assert database.value("select count(*) from backfill_feeds where next_attempt_at > now()") == 0
    actions = database.rows("select action from backfill_interventions order by made_at")
    assert [action["action"] for action in actions] == ["gone", "reachable"]


@pytest.mark.parametrize(
    "change",
    [
        "update backfill_repositories set paused_at = now()",
        "update backfill_repositories set untracked_at = now()",
    ],
)
def test_what_is_paused_or_untracked_is_not_asked_about(
    change: str, gateway: Gateway, database: Database
) -> None:
    synced(gateway, database)
    database.rows(change)

    assert gateway.claim_probes(100, 60).repositories == ()


def test_two_runs_at_once_ask_about_different_repositories(
    gateway: Gateway, database: Database
) -> None:
    synced(gateway, database, 6)

    with psycopg.connect(database.conninfo) as other:
        other.execute("select backfill_claim_probes_v1(3, 60)")
        mine = gateway.claim_probes(100, 60)

    assert len(mine.repositories) == 3


def test_how_far_behind_the_fleet_is_counts_from_the_last_sync_or_question(
    either_gateway: Gateway, database: Database
) -> None:
    synced(either_gateway, database, 3)
    database.rows("""
        update backfill_feeds f set synced_at = now() - interval '5 hours'
        from repositories r where r.id = f.repository_id and r.github_id = 2
    """)

    before = either_gateway.read_behind()
    note(either_gateway, either_gateway.claim_probes(100, 60))
    after = either_gateway.read_behind()
    database.rows("update backfill_repositories set paused_at = now()")
    nobody = either_gateway.read_behind()

    assert (before.repositories, before.worst) == (3, "octo/number-2")
    assert before.median_seconds is not None
    assert before.worst_seconds is not None
    assert (before.median_seconds // 3_600, before.worst_seconds // 3_600) == (1, 5)
    assert after.worst_seconds is not None
    assert after.worst_seconds < 300
    assert nobody == Behind(0, None, None, None)


MOMENTS = st.one_of(st.none(), st.integers(0, 4).map(lambda n: CHANGED + timedelta(hours=n)))


@given(MOMENTS, MOMENTS, MOMENTS, MOMENTS, MOMENTS, st.booleans(), st.booleans())
def test_nothing_newer_than_what_is_stored_is_taken_for_current(
    shared_database: Database,
    change: datetime | None,
    watermark: datetime | None,
    seen_at: datetime | None,
    synced_at: datetime | None,
    settled_before: datetime | None,
    is_settled: bool,
    is_active: bool,
) -> None:
    meaning = shared_database.value(
        "select backfill_judge_newest_v1(%s, %s, %s, %s, %s, %s, %s)",
        *(change, seen_at or CHANGED, watermark, is_settled, synced_at, is_active, settled_before),
    )

    is_stored = change is None or (watermark is not None and change <= watermark)
    was_synced = synced_at is not None and synced_at >= (seen_at or CHANGED)
    is_covered = is_active and (watermark is None or was_synced)
    assert (meaning is None) == (change is not None and is_active and watermark is None)
    assert (meaning == "moved") == (not is_stored and not is_covered)
    if meaning == "unsettled":
        assert not is_settled
        assert change is not None
        assert settled_before is not None
        assert change < settled_before
