"""Changes that a person makes by hand, and the captures after them."""

from contributor_backfill.domain.control import Action, Change
from contributor_backfill.sandbox import Sandbox
from tests.support.captures import REPOSITORY, SYNC, Rig
from tests.support.control import order
from tests.support.databases import Database
from tests.support.truth import differences


def test_after_a_pause_nothing_is_captured_and_after_a_resume_everything_is(
    work: Rig, sandbox: Sandbox, database: Database
) -> None:
    work.run(chunks=2)
    control(work, Action.PAUSE)
    before = sandbox.counters()["requests"]

    for _ in range(2):
        work.run()
        work.run(repository=REPOSITORY)
        work.serve()
        work.serve(SYNC)

    assert sandbox.counters()["requests"] == before
    control(work, Action.RESUME)
    assert not work.run().failed
    assert not work.serve().failed
    assert differences(database, sandbox.export(REPOSITORY), whole=True) == []


def test_after_a_reset_everything_is_captured_afresh_and_nothing_doubled(
    kept: Rig, sandbox: Sandbox, database: Database
) -> None:
    (change,) = control(kept, Action.RESET)
    stored = database.value("select count(*) from pull_requests")

    report = kept.run()

    assert change.after["status"] == "active"
    assert sum(turn.captured for turn in report.turns) == 0
    assert sum(turn.points for turn in report.turns) > 0
    assert database.value("select count(*) from pull_requests") == stored
    kept.serve()
    assert differences(database, sandbox.export(REPOSITORY), whole=True) == []


def test_a_retry_captures_exactly_what_a_dead_chunk_left_out(
    work: Rig, sandbox: Sandbox, database: Database
) -> None:
    work.run(chunks=6, chunk_size=20)
    lost = _let_the_third_chunk_be_dead(database)
    newest = {line["number"] for line in sandbox.export(REPOSITORY)}
    place = database.value("select last_processed_cursor from progressive_backfill_state")
    assert len(lost) == 20

    (change,) = control(work, Action.RETRY)
    captured = sum(turn.captured for turn in work.serve().turns)

    assert set(change.after["wanted"]) & newest == set(lost)
    assert captured == len(lost)
    stored = database.rows("select number from pull_requests where number = any (%s)", lost)
    assert len(stored) == len(lost)
    assert database.value("select last_processed_cursor from progressive_backfill_state") == place
    assert not work.run().failed
    assert not work.serve().failed
    assert differences(database, sandbox.export(REPOSITORY), whole=True) == []
    assert control(work, Action.RETRY) == ()


def test_a_retry_captures_anew_what_was_rejected_once_its_cause_is_gone(
    work: Rig, sandbox: Sandbox, database: Database
) -> None:
    number = work.longest("comments", 5)["number"]
    sandbox.add_fault({"kind": "poison", "when": {"number": number, "with_details": True}})
    assert work.run().failed
    sandbox.clear_faults()
    assert database.value("select number from backfill_rejects") == number

    (change,) = control(work, Action.RETRY)
    work.serve()

    assert change.after["wanted"] == [number]
    assert database.value("select count(*) from backfill_rejects") == 0
    assert differences(database, sandbox.export(REPOSITORY), whole=True) == []


def control(work: Rig, action: Action) -> tuple[Change, ...]:
    made = work.gateway.control_repositories(action, {}, order(), full_name=REPOSITORY)
    return made.changes


def _let_the_third_chunk_be_dead(database: Database) -> list[int]:
    """Forget what the third chunk captured, and let the backfill have gone on all the same."""
    numbers: list[int] = database.value(
        "select pr_numbers from backfill_chunks where chunk_number = 3"
    )
    database.rows("delete from pull_requests where number = any (%s)", numbers)
    database.rows("""
        update backfill_chunks set status = 'failed', pr_numbers = null, end_cursor = null,
          error = 'lost' where chunk_number = 3
    """)
    return numbers
