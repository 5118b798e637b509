"""The backfill that is served next, and who may say that one rests."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.db.postgres import PostgresTransport
from contributor_backfill.domain.sources import SourceName
from contributor_backfill.domain.types import BackfillStatus
from tests.support.databases import Database
from tests.support.pages import begin, claim, commit, cursor_of, idle, item, page, pull_request

LATER = datetime(2040, 1, 1, tzinfo=UTC)


def state(database: Database) -> dict[str, Any]:
    (row,) = database.rows("select * from progressive_backfill_state")
    return row


def test_a_giant_does_not_starve_the_small(gateway: Gateway) -> None:
    for number, name in enumerate(("giant", "small", "tiny"), 1):
        begin(gateway, github_id=number, full_name=f"octo/{name}")

    served = []
    for number in range(6):
        held = claim(gateway)
        served.append(held.repository.full_name.removeprefix("octo/"))
        made = page(item(pull_request(100 + number)), full_name=held.repository.full_name)
        commit(gateway, held, made, lease_seconds=None)

    assert served == ["giant", "small", "tiny"] * 2


def test_a_claim_passes_over_what_is_leased_deferred_paused_completed_failed_or_excluded(
    gateway: Gateway, database: Database
) -> None:
    names = ("deferred", "paused", "completed", "failed", "excluded", "due", "leased")
    ids = {n: begin(gateway, github_id=i, full_name=f"octo/{n}") for i, n in enumerate(names, 1)}
    claim(gateway, full_name="octo/leased")
    for name, change in {
        "deferred": "next_attempt_at = now() + interval '1 hour'",
        "paused": "status = 'paused'",
        "completed": "status = 'completed'",
        "failed": "status = 'failed'",
    }.items():
        by_id = "where repository_id = %s"
        database.rows(f"update progressive_backfill_state set {change} {by_id}", ids[name])

    excluded = ((ids["excluded"], SourceName.BACKFILL),)
    assert claim(gateway, exclude=excluded).repository.full_name == "octo/due"
    causes = {b.full_name: b.cause for b in idle(gateway, exclude=excluded).blocked}

    assert "octo/excluded" not in causes, "that it is not served is this run's own wish"
    assert causes.pop("octo/due") == "leased"
    assert causes == {f"octo/{n}": n for n in ("leased", "deferred", "paused", "failed")}


def test_a_claim_counts_the_others_that_are_due(gateway: Gateway) -> None:
    for number in (1, 2, 3):
        begin(gateway, github_id=number, full_name=f"octo/r{number}")

    assert [claim(gateway).waiting for _ in range(3)] == [2, 1, 0]


def test_a_person_who_pauses_a_backfill_while_it_is_served_is_obeyed_after_the_turn(
    gateway: Gateway, database: Database
) -> None:
    begin(gateway)
    held = claim(gateway)
    database.rows("update progressive_backfill_state set status = 'paused'")

    done = commit(gateway, held, page(item(pull_request(1))), lease_seconds=None)

    assert done.status is BackfillStatus.PAUSED
    assert [b.cause for b in idle(gateway, full_name="octo/one").blocked] == ["paused"]
    assert claim_at(gateway, LATER) is None, "it does not end by itself"


def test_a_pause_ends_by_itself_at_its_time_or_when_the_backfill_is_named(
    gateway: Gateway, database: Database
) -> None:
    begin(gateway)
    database.rows("""
        update progressive_backfill_state
        set status = 'paused', resume_at = now() + interval '1 hour'
    """)

    assert claim_at(gateway, datetime.now(UTC) + timedelta(minutes=59)) is None
    assert claim_at(gateway, datetime.now(UTC) + timedelta(minutes=61)) is not None
    after = state(database)
    assert (after["status"], after["resume_at"]) == ("active", None)


def test_a_named_backfill_need_not_wait_for_the_end_of_its_pause(
    gateway: Gateway, database: Database
) -> None:
    begin(gateway)
    database.rows("update progressive_backfill_state set status = 'paused', resume_at = %s", LATER)

    assert claim(gateway, full_name="octo/one").chunk_number == 1


@pytest.mark.parametrize("status", ["active", "paused"])
def test_what_the_earlier_implementation_left_starts_from_the_newest(
    status: str, gateway: Gateway, database: Database
) -> None:
    begin(gateway)
    database.rows(
        """
        update progressive_backfill_state set walk_started_at = null, processed_prs = 4711,
          last_processed_cursor = 'leads nowhere', status = %s
    """,
        status,
    )

    held = claim(gateway)

    assert (cursor_of(held), held.repository.stored) == (None, 0)
    assert state(database)["walk_started_at"] is not None


@pytest.mark.parametrize(
    ("status", "started", "cursor"),
    [
        ("active", False, "here"),
        ("paused", False, "here"),
        ("completed", True, None),
        ("failed", True, "here"),
    ],
)
def test_a_backfill_is_begun_again_only_when_it_had_ended(
    status: str, started: bool, cursor: str | None, gateway: Gateway, database: Database
) -> None:
    repository_id = begin(gateway)
    database.rows(
        """
        update progressive_backfill_state set last_processed_cursor = 'here', status = %s
    """,
        status,
    )

    assert gateway.start_backfill(repository_id, 500, 25) is started

    after = state(database)
    assert after["last_processed_cursor"] == cursor
    assert after["status"] == ("active" if started else status)


def test_two_who_begin_the_same_backfill_begin_it_once(
    gateway: Gateway, database: Database
) -> None:
    repository_id = begin(gateway)
    database.rows("delete from progressive_backfill_state")

    def start(_: int) -> bool:
        transport = PostgresTransport(database.conninfo)
        started = Gateway(transport).start_backfill(repository_id, 500, 25)
        transport.close()
        return started

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(start, range(4))) == 1


def test_every_time_that_a_transition_writes_is_the_callers(
    gateway: Gateway, database: Database
) -> None:
    """So that a test, and a run on a clock of its own, see one time and not two."""
    repository_id = begin(gateway)
    database.rows("delete from progressive_backfill_state")
    call, now = gateway.transport.call, LATER.isoformat()
    arguments = {"p_repository_id": repository_id, "p_now": now}
    call("backfill_start_backfill_v1", {**arguments, "p_total": 1, "p_chunk_size": 25})
    claimed = call(
        "backfill_claim_v1",
        {"p_sources": ["backfill"], "p_holder": "x", "p_lease_seconds": 60, "p_now": now},
    )
    call(
        "backfill_fail_v1",
        {
            **arguments,
            "p_source": "backfill",
            "p_lease_token": claimed["lease_token"],
            "p_chunk_id": claimed["chunk_id"],
            "p_error": "It broke.",
        },
    )

    after = state(database)
    assert after["walk_started_at"] == after["last_served_at"] == after["last_error_at"] == LATER
    assert after["next_attempt_at"] == LATER + timedelta(minutes=5)
    assert database.rows("select started_at, completed_at from backfill_chunks") == [
        {"started_at": LATER, "completed_at": LATER}
    ]


def claim_at(gateway: Gateway, now: datetime) -> str | None:
    """Return the lease's token, or None when nothing was due at that time."""
    answer = gateway.transport.call(
        "backfill_claim_v1",
        {
            "p_sources": ["backfill"],
            "p_holder": "test",
            "p_lease_seconds": 60,
            "p_now": now.isoformat(),
        },
    )
    token: str | None = answer.get("lease_token")
    return token
