"""The lease of a source decides who may commit; a step happens once. Over both transports."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.db.postgres import PostgresTransport
from contributor_backfill.domain.errors import LeaseLost, NotFound
from contributor_backfill.domain.page_planner import PagePlanner
from contributor_backfill.domain.sources import Claim, Position, SourceName, Step, Wanted
from contributor_backfill.domain.types import LeaseToken, RepositoryId
from tests.support.databases import Database
from tests.support.pages import begin, claim, commit, item, page, pull_request
from tests.support.sources import (
    BEGUN,
    REVIEW_COMMENTS,
    claim_source,
    commit_source,
    harvest,
    no_source,
    review_comment,
)


def with_one_pull_request(gateway: Gateway) -> RepositoryId:
    repository_id = begin(gateway)
    commit(gateway, claim(gateway), page(item(pull_request(7)), more=False))
    return repository_id


def test_a_claimed_source_is_nobody_elses_until_the_lease_ends(either_gateway: Gateway) -> None:
    begin(either_gateway)
    claim_source(either_gateway, holder="one")

    blocked = no_source(either_gateway, holder="two").blocked

    assert [(b.cause, b.holder, b.source) for b in blocked] == [
        ("leased", "one", SourceName.REVIEW_COMMENTS)
    ]
    assert blocked[0].until is not None


def test_the_sources_of_one_repository_are_leased_one_by_one(either_gateway: Gateway) -> None:
    begin(either_gateway)
    claim_source(either_gateway, holder="one")

    other = claim_source(either_gateway, Wanted((SourceName.SYNC,), forced=True), holder="two")

    assert other.source is SourceName.SYNC
    assert claim(either_gateway, holder="three").chunk_number == 1


def test_a_commit_is_refused_once_the_lease_has_passed_on(
    either_gateway: Gateway, database: Database
) -> None:
    with_one_pull_request(either_gateway)
    late = claim_source(either_gateway, holder="late", lease_seconds=0)
    claim_source(either_gateway, holder="quick")

    with pytest.raises(LeaseLost, match="has passed to quick"):
        commit_source(either_gateway, late, harvest(review_comment(1, 7)))
    with pytest.raises(LeaseLost):
        either_gateway.release(late, next_attempt_at=None, reason="")
    with pytest.raises(LeaseLost):
        either_gateway.fail(late, "x", terminal=False, page_size=None, requests=1)

    assert database.value("select count(*) from comments") == 0
    assert database.value("select error_count from backfill_feeds") == 0


def test_an_expired_lease_that_nobody_took_still_commits(
    either_gateway: Gateway, database: Database
) -> None:
    with_one_pull_request(either_gateway)
    held = claim_source(either_gateway, lease_seconds=0)

    commit_source(either_gateway, held, harvest(review_comment(1, 7)))

    assert database.value("select count(*) from comments") == 1


def test_a_step_committed_twice_happens_once_and_gets_the_same_response(
    either_gateway: Gateway, database: Database
) -> None:
    with_one_pull_request(either_gateway)
    held = claim_source(either_gateway)
    rows = harvest(review_comment(1, 7), review_comment(2, 8))

    first = commit_source(either_gateway, held, rows)
    again = commit_source(either_gateway, held, rows)

    assert again == first
    assert (first.step, first.rejected) == (held.step + 1, 1)
    (feed,) = database.rows("select * from backfill_feeds")
    assert (feed["step"], feed["points"], feed["requests"], feed["milliseconds"]) == (1, 1, 2, 3)


def test_a_step_of_long_ago_is_refused(either_gateway: Gateway) -> None:
    with_one_pull_request(either_gateway)
    held = claim_source(either_gateway)
    for step in range(2):
        commit_source(either_gateway, replace(held, step=Step(step)), harvest())

    with pytest.raises(LeaseLost):
        commit_source(either_gateway, held, harvest())


def test_a_last_step_committed_twice_gives_the_lease_back_once(
    either_gateway: Gateway, database: Database
) -> None:
    with_one_pull_request(either_gateway)
    held = claim_source(either_gateway)

    first = commit_source(either_gateway, held, harvest(), finished=True)
    again = commit_source(either_gateway, held, harvest(), finished=True)

    assert again == first
    (feed,) = database.rows("select * from backfill_feeds")
    assert (feed["lease_holder"], feed["lease_expires_at"], feed["position"]) == (None,) * 3
    claim_source(either_gateway)


def test_a_release_or_a_failure_repeated_changes_nothing(
    either_gateway: Gateway, database: Database
) -> None:
    begin(either_gateway)
    later = datetime.now(UTC) + timedelta(hours=1)
    held = claim_source(either_gateway)
    for _ in range(2):
        either_gateway.release(held, next_attempt_at=later, reason="quota")
    (released,) = database.rows("select * from backfill_feeds")

    held = claim_source(either_gateway)
    answers = [
        either_gateway.fail(held, "no", terminal=False, page_size=PagePlanner(5), requests=4)
        for _ in range(2)
    ]
    (failed,) = database.rows("select * from backfill_feeds")

    assert (released["next_attempt_at"], released["next_attempt_reason"]) == (later, "quota")
    assert answers[0] == answers[1] == failed["next_attempt_at"]
    assert (failed["error_count"], failed["last_error"], failed["requests"]) == (1, "no", 4)


def test_failures_in_a_row_are_tried_again_ever_later_and_a_success_forgets_them(
    either_gateway: Gateway, database: Database
) -> None:
    begin(either_gateway)
    waits = []
    for terminal in (False, False, False, True):
        held = claim_source(either_gateway)
        until = either_gateway.fail(held, "no", terminal=terminal, page_size=None, requests=1)
        assert until is not None
        waits.append(round((until - datetime.now(UTC)).total_seconds() / 60))

    assert waits == [5, 10, 20, 24 * 60]
    blocked = no_source(either_gateway, replace(REVIEW_COMMENTS, forced=False)).blocked
    assert [(b.cause, b.reason) for b in blocked] == [("deferred", "access lost")]
    commit_source(either_gateway, claim_source(either_gateway), harvest())
    assert database.value("select consecutive_errors from backfill_feeds") == 0


def test_the_lease_of_a_dead_process_is_taken_at_once_and_its_pass_goes_on(
    either_gateway: Gateway,
) -> None:
    begin(either_gateway)
    held = claim_source(either_gateway, holder="host/boot/1")
    stands = Position(BEGUN, since=BEGUN, page=2, per_page=50)
    commit_source(either_gateway, held, harvest(), position=stands)

    taken = claim_source(either_gateway, holder="host/boot/2", dead_holders=("host/boot/1",))

    assert (taken.step, taken.position) == (held.step + 1, stands)


def test_claims_at_once_never_get_the_same_source(gateway: Gateway, database: Database) -> None:
    for number in range(20):
        begin(gateway, github_id=number + 1, full_name=f"octo/r{number}")
    wanted = Wanted((SourceName.SYNC, SourceName.REVIEW_COMMENTS), forced=True)

    def take_all(holder: str) -> list[LeaseToken]:
        transport = PostgresTransport(database.conninfo)
        mine = Gateway(transport)
        taken: list[LeaseToken] = []
        while isinstance(answer := mine.claim(wanted, holder=holder, lease_seconds=60), Claim):
            taken.append(answer.lease_token)
        transport.close()
        return taken

    with ThreadPoolExecutor(8) as pool:
        taken = [token for tokens in pool.map(take_all, "abcdefgh") for token in tokens]

    assert len(taken) == len(set(taken)) == 40
    held = database.rows("select lease_token::text as token from backfill_feeds")
    assert {row["token"] for row in held} == set(taken)


def test_an_unknown_repository_is_an_error_and_not_idle(either_gateway: Gateway) -> None:
    with pytest.raises(NotFound):
        no_source(either_gateway, replace(REVIEW_COMMENTS, full_name="octo/none"))
