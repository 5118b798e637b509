"""One run serves sources of many repositories, each in its turn and within the run's bounds."""

from datetime import timedelta

from contributor_backfill.capture.engine import Holder
from contributor_backfill.capture.report import Report
from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.bounds import Bounds, Stop
from contributor_backfill.domain.sources import EVERYTHING, SourceName, Wanted
from contributor_backfill.sandbox import Limits, ListSizes, RepositoryOptions, Sandbox, World
from tests.capture.conftest import a_day_passes
from tests.support.captures import REPOSITORY, SYNC, Rig, rig
from tests.support.databases import Database
from tests.support.review_comments import fault
from tests.support.truth import differences


def current(work: Rig, *, minutes: float = 30, chunks: int | None = None) -> tuple[Report, ...]:
    """Do what the scheduled command does."""
    engine = work.engine(Holder("t", lambda _: False))
    deadline = work.clock.now() + timedelta(minutes=minutes)
    return engine.capture(Wanted(EVERYTHING), Bounds(deadline, chunks, None, deadline))


def test_one_command_captures_everything_and_then_has_nothing_to_do(
    work: Rig, sandbox: Sandbox, database: Database
) -> None:
    backfills, rest = current(work)

    assert not backfills.failed
    assert not rest.failed
    assert backfills.turns[0].stop is Stop.COMPLETED
    assert differences(database, sandbox.export(REPOSITORY), whole=True) == []
    before = sandbox.counters()["requests"]
    _, rest = current(work)
    assert rest.turns == ()
    assert sandbox.counters()["requests"] == before


def test_sources_are_served_only_with_what_the_backfills_leave(work: Rig) -> None:
    (first,) = current(work, chunks=3)
    backfills, rest = current(work, chunks=60)

    assert first.stop is Stop.CHUNKS
    assert sum(turn.commits for turn in (*backfills.turns, *rest.turns)) <= 60


def test_when_the_points_are_spent_review_comments_go_on(
    gateway: Gateway, database: Database
) -> None:
    worlds = World.of([RepositoryOptions(), RepositoryOptions("octo/other", 120, seed=2)])
    with Sandbox(worlds, limits=Limits(hourly_points=75)) as sandbox:
        work = rig(sandbox, gateway)
        work.track("octo/other")
        current(work, minutes=1)
        a_day_passes(database)
        database.rows("delete from comments where comment_type = 'review_comment'")
        database.rows("update backfill_feeds set watermark = null")
        work.track()

        backfills, rest = current(work)

    assert backfills.turns[-1].stop is Stop.QUOTA
    assert {turn.source for turn in rest.turns} == {SourceName.REVIEW_COMMENTS}
    stored = "select count(*) from comments where comment_type = 'review_comment'"
    assert database.value(stored) > 0


def test_lists_that_a_sync_queues_are_read_in_the_same_run(
    kept: Rig, sandbox: Sandbox, database: Database
) -> None:
    short = next(x for x in sandbox.export(REPOSITORY) if not x["comments"])
    for _ in range(130):
        kept.change("add_comment", number=short["number"])

    report = kept.serve()

    assert sum(turn.lists for turn in report.turns) == 1
    assert report.stop is Stop.IDLE
    assert differences(database, sandbox.export(REPOSITORY), whole=True) == []


def test_a_giant_leaves_steps_for_the_small_ones(gateway: Gateway, database: Database) -> None:
    long, none = ListSizes.exactly(101), ListSizes.exactly(0)
    small = [RepositoryOptions(f"octo/small-{n}", 10, n, long, none) for n in range(1, 4)]
    giant = RepositoryOptions("octo/giant", 60, 9, comments=ListSizes.exactly(600))
    with Sandbox(World.of([giant, *small]), limits=Limits(hourly_points=5_000)) as sandbox:
        work = rig(sandbox, gateway)
        for repository in (giant, *small):
            work.track(repository.name_with_owner, backfill=True)
        work.run()

        report = work.serve(Wanted((SourceName.CONNECTIONS,)), steps=12)

    assert report.stop is Stop.CHUNKS
    left = database.rows("""
        select r.full_name, count(*) from backfill_continuations c
        join repositories r on r.id = c.repository_id group by 1
    """)
    assert {row["full_name"] for row in left} == {"octo/giant"}


def test_a_failing_source_does_not_keep_the_others_from_being_served(
    kept: Rig, sandbox: Sandbox, database: Database
) -> None:
    sandbox.add_fault(fault("not_found"))
    for line in list(sandbox.export(REPOSITORY))[:5]:
        kept.change("add_review", number=line["number"])

    report = kept.serve(SYNC)

    assert report.failed
    stops = {turn.source: turn.stop for turn in report.turns}
    assert stops[SourceName.REVIEW_COMMENTS] is Stop.ERROR
    assert stops[SourceName.SYNC] is Stop.COMPLETED
    assert differences(database, sandbox.export(REPOSITORY), whole=True) == []
