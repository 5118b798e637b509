"""A run stops before it touches the reserve or its time, and waits only as long as it may."""

from datetime import timedelta

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.bounds import Stop
from contributor_backfill.domain.sources import SourceName, Wanted
from contributor_backfill.sandbox import Limits, RepositoryOptions, Sandbox, World
from tests.support.captures import REPOSITORY, Rig, rig, tracked
from tests.support.databases import Database
from tests.support.truth import differences


def test_the_reserve_is_left_to_others_and_the_backfill_goes_on_after_the_reset(
    gateway: Gateway, database: Database
) -> None:
    with tracked(gateway, RepositoryOptions(), limits=Limits(hourly_points=60)) as work:
        report = work.run(chunk_size=5)

        assert report.stop is Stop.QUOTA
        assert not report.failed
        assert report.rate_limit is not None
        assert report.rate_limit.remaining == 50
        state = database.rows("select * from progressive_backfill_state")[0]
        assert state["status"] == "active"
        assert state["next_attempt_at"] > report.rate_limit.reset_at
        assert state["next_attempt_reason"] == "quota"

        work.sandbox.clock.advance(3_700)
        assert work.run(repository=REPOSITORY, reserve=0).stop is Stop.COMPLETED
        assert differences(database, work.sandbox.export(REPOSITORY)) == []


def test_a_spent_limit_beyond_the_time_bound_is_deferred_not_slept(
    work: Rig, sandbox: Sandbox, database: Database
) -> None:
    sandbox.add_fault({"kind": "rate_limited_200", "after_requests": 2})

    report = work.run(minutes=5)

    assert report.stop is Stop.RATE_LIMITED
    assert not report.failed
    assert sum(work.clock.slept) < 5 * 60
    state = database.rows("select * from progressive_backfill_state")[0]
    assert state["status"] == "active"
    assert state["next_attempt_at"] is not None
    assert state["lease_token"] is None


def test_the_newer_spelling_of_a_spent_limit_is_understood(work: Rig, sandbox: Sandbox) -> None:
    sandbox.add_fault({"kind": "rate_limit_200_new_type"})

    assert work.run(minutes=5).stop is Stop.RATE_LIMITED


def test_a_secondary_limit_is_waited_for_as_told(
    work: Rig, sandbox: Sandbox, database: Database
) -> None:
    sandbox.add_fault({"kind": "secondary_403_retry_after", "times": 1, "retry_after": 17})

    report = work.run(minutes=5)

    assert report.stop is Stop.COMPLETED
    assert [round(s) for s in work.clock.slept] == [17]
    assert differences(database, sandbox.export(REPOSITORY)) == []


def test_a_secondary_limit_without_a_word_is_waited_for_a_minute_then_two(
    work: Rig, sandbox: Sandbox
) -> None:
    sandbox.add_fault({"kind": "secondary_200", "times": 1})
    sandbox.add_fault({"kind": "secondary_403", "times": 1})

    report = work.run(minutes=30)

    assert report.stop is Stop.COMPLETED
    assert [round(s) for s in work.clock.slept] == [60, 120]


def test_a_run_ends_at_its_chunk_limit_and_the_next_goes_on(
    work: Rig, sandbox: Sandbox, database: Database
) -> None:
    first = work.run(chunks=2, chunk_size=40)

    assert first.stop is Stop.CHUNKS
    assert database.value("select count(*) from pull_requests") == 80
    assert work.run(chunk_size=40).stop is Stop.COMPLETED
    chunks = database.rows("select * from backfill_chunks order by chunk_number")
    assert [c["chunk_number"] for c in chunks] == list(range(1, len(chunks) + 1))
    assert all(c["status"] == "completed" and c["points"] == 2 for c in chunks)
    assert sorted(n for c in chunks for n in c["pr_numbers"]) == sorted(
        line["number"] for line in sandbox.export(REPOSITORY)
    )


def test_a_giant_leaves_time_for_the_small_ones(gateway: Gateway, database: Database) -> None:
    small = [RepositoryOptions(f"octo/small-{n}", 120, seed=n) for n in range(4)]
    giant = RepositoryOptions("octo/giant", 3_000, seed=9)
    with Sandbox(World.of([giant, *small])) as sandbox:
        work = rig(sandbox, gateway)
        for repository in (giant, *small):
            work.track(repository.name_with_owner)

        work.run(chunks=25, chunk_size=50)

        served = database.rows("""
            select r.full_name, s.status, s.processed_prs from progressive_backfill_state s
            join repositories r on r.id = s.repository_id order by r.full_name
        """)
        giant_row, *small_rows = served
        assert [row["status"] for row in small_rows] == ["completed"] * 4
        assert 0 < giant_row["processed_prs"] < 3_000


def test_a_sync_whose_points_are_spent_ends_for_that_reason(kept: Rig) -> None:
    long_ago = kept.clock.now() - timedelta(days=10_000)
    wanted = Wanted((SourceName.SYNC, SourceName.CONNECTIONS), forced=True, since=long_ago)

    report = kept.serve(wanted, reserve=999)

    assert [turn.stop for turn in report.turns] == [Stop.QUOTA]
    assert report.stop is Stop.QUOTA, "and not because nothing is due"
    assert report.turns[0].next_attempt_at is not None
