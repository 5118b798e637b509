"""A lease decides who may commit; whatever is called twice happens once. Over both transports."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.db.postgres import PostgresTransport
from contributor_backfill.domain.errors import LeaseLost, NotFound
from contributor_backfill.domain.page_planner import PagePlanner
from contributor_backfill.domain.sources import Claim, SourceName, Wanted
from contributor_backfill.domain.types import BackfillStatus, Priority
from contributor_backfill.github.faults import GitHubFault
from tests.support.databases import Database
from tests.support.pages import (
    begin,
    claim,
    commit,
    cursor_of,
    idle,
    item,
    page,
    pull_request,
    repository,
)

BACKFILLS = Wanted((SourceName.BACKFILL,))
PAUSED = """
    select status, round(extract(epoch from resume_at - now()) / 60)::int as minutes
    from progressive_backfill_state
"""


def test_a_claimed_backfill_is_nobody_elses_until_the_lease_ends(either_gateway: Gateway) -> None:
    begin(either_gateway)
    held = claim(either_gateway, holder="one")

    blocked = idle(either_gateway, holder="two").blocked

    assert [(b.cause, b.holder) for b in blocked] == [("leased", "one")]
    assert blocked[0].until is not None
    assert held.chunk_number == 1


def test_a_commit_is_refused_once_the_lease_has_passed_on(
    either_gateway: Gateway, database: Database
) -> None:
    begin(either_gateway)
    late = claim(either_gateway, holder="late", lease_seconds=0)
    claim(either_gateway, holder="quick")

    with pytest.raises(LeaseLost, match="has passed to quick"):
        commit(either_gateway, late, page(item(pull_request(1))))

    assert database.value("select count(*) from pull_requests") == 0


def test_an_expired_lease_that_nobody_took_still_commits(
    either_gateway: Gateway, database: Database
) -> None:
    begin(either_gateway)
    held = claim(either_gateway, lease_seconds=0)

    commit(either_gateway, held, page(item(pull_request(1))))

    assert database.value("select count(*) from pull_requests") == 1


def test_a_commit_repeated_after_a_lost_response_gets_the_same_response(
    either_gateway: Gateway, database: Database
) -> None:
    begin(either_gateway)
    held = claim(either_gateway)
    made = page(item(pull_request(1)), item(pull_request(2)))

    first = commit(either_gateway, held, made)
    again = commit(either_gateway, held, made)

    assert again == first
    assert first.inserted == 2
    assert database.value("select processed_prs from progressive_backfill_state") == 2
    assert database.value("select count(*) from backfill_chunks") == 2, "one done, one opened"


def test_the_lease_of_a_dead_process_is_taken_at_once(
    either_gateway: Gateway, database: Database
) -> None:
    begin(either_gateway)
    claim(either_gateway, holder="host/boot/1")

    taken = claim(either_gateway, holder="host/boot/2", dead_holders=("host/boot/1",))

    assert taken.chunk_number == 1
    assert database.value("select retry_count from backfill_chunks") == 1


def test_a_chunk_lost_six_times_is_closed_and_another_opened_in_its_place(
    either_gateway: Gateway, database: Database
) -> None:
    begin(either_gateway)
    for _ in range(7):
        last = claim(either_gateway, lease_seconds=0)

    chunks = database.rows("select * from backfill_chunks order by chunk_number")
    assert [c["status"] for c in chunks] == ["failed", "processing"]
    assert chunks[0]["error"] == "The run that held this chunk was lost 6 times."
    assert chunks[1]["start_cursor"] == chunks[0]["start_cursor"]
    assert (last.chunk_number, chunks[1]["retry_count"]) == (2, 0)


def test_a_chunk_that_was_stuck_for_months_can_be_closed(
    either_gateway: Gateway, database: Database
) -> None:
    """`processing_time_ms` is an integer in production: 24.8 days is all it holds."""
    begin(either_gateway)
    held = claim(either_gateway)
    database.rows("update backfill_chunks set started_at = now() - interval '90 days'")

    commit(either_gateway, held, page(item(pull_request(1))))

    assert (
        database.value("select status from backfill_chunks order by chunk_number limit 1")
        == "completed"
    )


def test_claims_at_once_never_get_the_same_backfill(gateway: Gateway, database: Database) -> None:
    walks = 40
    for number in range(walks):
        begin(gateway, github_id=number + 1, full_name=f"octo/r{number}")

    def take_all(holder: str) -> list[str]:
        transport = PostgresTransport(database.conninfo)
        mine = Gateway(transport)
        taken = []
        while isinstance(answer := mine.claim(BACKFILLS, holder=holder, lease_seconds=60), Claim):
            taken.append(answer.repository.full_name)
        transport.close()
        return taken

    with ThreadPoolExecutor(8) as pool:
        taken = [name for names in pool.map(take_all, "abcdefgh") for name in names]

    assert len(taken) == len(set(taken)) == walks


def test_newly_tracked_come_first_then_priority_then_who_waited_longest(
    either_gateway: Gateway, database: Database
) -> None:
    for number, (name, priority) in enumerate(
        [("low", "low"), ("high", "high"), ("waited", "medium"), ("served", "medium")], 1
    ):
        row = repository(number, f"octo/{name}")
        tracked = either_gateway.track_repository(row, Priority(priority))
        either_gateway.start_backfill(tracked.repository_id, 500, 25)
    database.rows("update backfill_repositories set tracked_at = now() - interval '2 days'")
    database.rows("""
        update progressive_backfill_state s set last_served_at = now() from repositories r
        where r.id = s.repository_id and r.full_name = 'octo/served'
    """)
    begin(either_gateway, github_id=9, full_name="octo/new")

    order = [claim(either_gateway).repository.full_name.removeprefix("octo/") for _ in range(5)]

    assert order == ["new", "high", "waited", "served", "low"]


def test_a_deferred_backfill_waits_unless_it_is_named(
    either_gateway: Gateway, database: Database
) -> None:
    begin(either_gateway)
    held = claim(either_gateway)
    either_gateway.release(held, next_attempt_at=_in_an_hour(database), reason="quota")

    assert [b.cause for b in idle(either_gateway).blocked] == ["deferred"]
    assert claim(either_gateway, full_name="OCTO/ONE").repository.full_name == "octo/one"


def test_a_release_may_be_repeated_and_leaves_no_open_chunk(
    either_gateway: Gateway, database: Database
) -> None:
    begin(either_gateway)
    held = claim(either_gateway)

    for _ in range(2):
        either_gateway.release(held, next_attempt_at=None, reason="interrupted")

    assert database.value("select count(*) from backfill_chunks") == 0


def test_an_unknown_repository_is_said_to_be_unknown(either_gateway: Gateway) -> None:
    with pytest.raises(NotFound, match="octo/none is not in this database"):
        claim(either_gateway, full_name="octo/none")


def test_three_failures_in_a_row_pause_and_each_pause_is_twice_as_long(
    either_gateway: Gateway, database: Database
) -> None:
    begin(either_gateway)
    minutes = []
    for failure in range(1, 13):
        _fail(either_gateway, claim(either_gateway, full_name="octo/one"))
        (state,) = database.rows(PAUSED)
        if failure < 3:
            assert state == {"status": "active", "minutes": None}
        else:
            assert state["status"] == "paused"
            minutes.append(state["minutes"])

    assert minutes == [15, 30, 60, 120, 240, 480, 960, 1440, 1440, 1440]
    commit(either_gateway, claim(either_gateway, full_name="octo/one"), page(item(pull_request(1))))
    state = database.rows("select * from progressive_backfill_state")[0]
    assert (state["status"], state["consecutive_errors"], state["pause_count"]) == ("active", 0, 0)
    assert state["error_count"] == 12


def test_a_failure_repeated_after_a_lost_response_counts_once(
    either_gateway: Gateway, database: Database
) -> None:
    begin(either_gateway)
    held = claim(either_gateway)

    assert _fail(either_gateway, held) == _fail(either_gateway, held)
    assert database.value("select error_count from progressive_backfill_state") == 1


def test_a_person_settles_a_failed_backfill_by_tracking_again_and_it_goes_on(
    either_gateway: Gateway,
) -> None:
    repository_id = begin(either_gateway)
    commit(either_gateway, claim(either_gateway), page(item(pull_request(7))), lease_seconds=None)
    _fail(either_gateway, claim(either_gateway), terminal=True)
    assert [b.cause for b in idle(either_gateway).blocked] == ["failed"]

    assert either_gateway.start_backfill(repository_id, 500, 25)

    assert cursor_of(claim(either_gateway)) == "cursor-7"


def test_a_completed_backfill_begins_again_from_the_newest(either_gateway: Gateway) -> None:
    repository_id = begin(either_gateway)
    done = commit(either_gateway, claim(either_gateway), page(item(pull_request(7)), more=False))
    assert done.status is BackfillStatus.COMPLETED
    assert done.next_chunk_id is None

    assert either_gateway.start_backfill(repository_id, 500, 25)
    assert not either_gateway.start_backfill(repository_id, 500, 25), "it is under way"

    assert cursor_of(claim(either_gateway)) is None


def test_what_the_planner_learnt_is_remembered(either_gateway: Gateway) -> None:
    begin(either_gateway)
    learnt = PagePlanner(14, clean_pages=3, failed_size=29)
    commit(
        either_gateway,
        claim(either_gateway),
        page(item(pull_request(7))),
        lease_seconds=None,
        page_size=learnt,
    )
    assert claim(either_gateway, lease_seconds=0).page_size == learnt

    fixed = replace(learnt, size=100, fixed=True)
    commit(
        either_gateway,
        claim(either_gateway),
        page(item(pull_request(6))),
        lease_seconds=None,
        page_size=fixed,
    )
    assert claim(either_gateway).page_size == learnt


def _fail(gateway: Gateway, held: Claim, *, terminal: bool = False) -> datetime | None:
    error = str(GitHubFault("It broke."))
    return gateway.fail(held, error, terminal=terminal, page_size=PagePlanner(25), requests=4)


def _in_an_hour(database: Database) -> datetime:
    moment: datetime = database.value("select now() + interval '1 hour'")
    return moment
