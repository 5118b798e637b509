"""Jobs from being added to being handed over, over both transports."""

from datetime import timedelta
from uuid import uuid4

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.control import Order
from contributor_backfill.domain.errors import LeaseLost, NotFound
from contributor_backfill.domain.jobs import Handover, JobType, Processor
from contributor_backfill.domain.routing import Decision, Verdict, decide
from contributor_backfill.domain.types import Priority
from tests.support.databases import Database
from tests.support.jobs import add_job, add_repository, age, states

BOTH = tuple(Processor)
INNGEST, ACTIONS, SKIP = Verdict.INNGEST, Verdict.GITHUB_ACTIONS, Verdict.SKIP


def order() -> Order:
    return Order(str(uuid4()), "someone", "to see")


def claim(gateway: Gateway, holder: str = "one") -> Handover | None:
    return gateway.claim_job(holder, 60, BOTH).handover


def claimed(gateway: Gateway) -> Handover:
    handover = claim(gateway)
    assert handover is not None
    return handover


def test_the_same_job_is_added_once_while_it_waits_or_runs(
    either_gateway: Gateway, database: Database
) -> None:
    add_repository(database, "octo/cat")

    def add(numbers: tuple[int, ...]) -> tuple[str, bool]:
        job = either_gateway.enqueue_job(
            JobType.REVIEWS, "Octo/Cat", days=None, priority=Priority.LOW, pr_numbers=numbers
        )
        return job.job_id, job.is_new

    first, second = add((2, 1)), add((1, 2))
    other = add((3,))
    database.rows("update progressive_capture_jobs set status = 'completed'")
    anew = add((1, 2))

    assert second == (first[0], False)
    assert (first[1], other[1], anew[1]) == (True, True, True)
    assert len({first[0], other[0], anew[0]}) == 3
    with pytest.raises(NotFound):
        add_job(either_gateway, "octo/dog")


def test_only_what_has_no_processor_is_decided_and_only_once(
    either_gateway: Gateway, database: Database
) -> None:
    repository = add_repository(database, "octo/cat")
    database.rows(
        "insert into progressive_capture_jobs (job_type, repository_id, processor_type, metadata)"
        " values ('recent-prs', %s, 'inngest', '{}'), ('nonsense', null, '', 'null')",
        repository,
    )
    mine = add_job(either_gateway, "octo/cat", priority=Priority.HIGH)
    undecided = either_gateway.undecided_jobs(10)

    first = either_gateway.decide_jobs(undecided, decide(undecided))
    second = either_gateway.decide_jobs(undecided, decide(undecided))

    assert len(undecided.jobs) == len(first) == 2
    assert mine in first
    assert second == frozenset()
    assert either_gateway.undecided_jobs(10).jobs == ()
    rows = database.rows(
        "select j.job_type, j.processor_type, j.status, b.priority, b.state"
        " from progressive_capture_jobs j left join backfill_jobs b on b.job_id = j.id"
        " order by j.job_type, b.job_id nulls first"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("nonsense", "none", "skipped", "medium", "skipped"),
        ("recent-prs", "inngest", "pending", None, None),
        ("recent-prs", rows[2]["processor_type"], "pending", "high", "waiting"),
    ]


def test_facts_and_steering_come_with_the_jobs(either_gateway: Gateway, database: Database) -> None:
    repository = add_repository(database, "octo/cat")
    database.rows(
        "insert into progressive_backfill_state (repository_id, total_prs, processed_prs, status)"
        " values (%s, 900, 150, 'active')",
        repository,
    )
    first = add_job(either_gateway, "octo/cat", days=1)
    add_job(either_gateway, "octo/cat", days=2)
    before = either_gateway.undecided_jobs(10)
    either_gateway.decide_jobs(before, [Decision(first, ACTIONS, "by the test", 12.5)])
    settings, is_changed = either_gateway.set_routing(
        order(), target=0.4, is_stopped=True, included=["octo/cat"], excluded=None
    )

    after = either_gateway.undecided_jobs(10)

    ((work, facts),) = after.jobs
    assert (work.days, work.source, work.full_name) == (2, "manual", "octo/cat")
    assert (facts.pull_requests, facts.remaining, facts.is_backfilling) == (900, 750, True)
    share = after.share
    assert (share.actions, share.all, share.jobs) == (12.5, 12.5, 1)
    assert (share.policy.target, share.policy.included) == (
        0.4,
        frozenset({"octo/cat"}),
    )
    assert (is_changed, settings.stopped_by, after.stopped_by) == (True, *["route --stop"] * 2)
    (change,) = either_gateway.list_interventions(5)
    assert (change.action, change.after["target"]) == ("set_routing", 0.4)


def test_the_queue_goes_by_priority_then_round_the_repositories_then_by_age(
    either_gateway: Gateway, database: Database
) -> None:
    names = {}
    for number, full_name in enumerate(("octo/a", "octo/b", "octo/c"), start=1):
        add_repository(database, full_name, number)
    plan = [("a", 1), ("a", 2), ("a", 3), ("b", 1), ("c", 1), ("b", 2)]
    for repository, days in plan:
        job = add_job(either_gateway, f"octo/{repository}", days=days, to=INNGEST)
        names[job] = f"{repository}{days}"
    urgent = add_job(either_gateway, "octo/a", days=9, priority=Priority.CRITICAL, to=ACTIONS)
    names[urgent] = "urgent"

    shown = [names[job["job_id"]] for job in either_gateway.read_queue(50)["jobs"]]
    gone = []
    while (handover := claim(either_gateway)) is not None:
        gone.append(names[handover.work.job_id])
        either_gateway.note_dispatch(handover)

    assert shown == ["urgent", "a1", "b1", "c1", "a2", "b2", "a3"]
    assert gone == shown


def test_who_comes_later_waits_for_no_repository_that_has_many(
    either_gateway: Gateway, database: Database
) -> None:
    names = {}
    for number, full_name in enumerate(("octo/many", "octo/late"), start=1):
        add_repository(database, full_name, number)
    for days in range(1, 5):
        names[add_job(either_gateway, "octo/many", days=days, to=INNGEST)] = f"many {days}"
    gone = []
    for _ in range(2):
        handover = claimed(either_gateway)
        either_gateway.note_dispatch(handover)
        gone.append(names[handover.work.job_id])
    names[add_job(either_gateway, "octo/late", to=INNGEST)] = "late"
    while (later := claim(either_gateway)) is not None:
        gone.append(names[later.work.job_id])
        either_gateway.note_dispatch(later)

    assert gone == ["many 1", "many 2", "late", "many 3", "many 4"]


def test_a_job_is_held_by_one_dispatcher_and_taken_over_when_that_is_lost(
    either_gateway: Gateway, database: Database
) -> None:
    add_repository(database, "octo/cat")
    add_job(either_gateway, "octo/cat", to=ACTIONS)
    first = claimed(either_gateway)

    assert (first.is_repeated, claim(either_gateway, "two")) == (False, None)
    age(database, timedelta(minutes=2))
    second = claim(either_gateway, "two")

    assert second is not None
    assert second.is_repeated
    assert second.correlation_id == first.correlation_id
    for late in (
        lambda: either_gateway.note_dispatch(first),
        lambda: either_gateway.fail_dispatch(first, "late", is_final=True),
    ):
        with pytest.raises(LeaseLost):
            late()
    either_gateway.release_job(first, None)
    either_gateway.note_dispatch(second, workflow_run_id=77)
    either_gateway.note_dispatch(second)  # The same call again, after a lost response.
    assert states(database) == [("dispatched", "pending", 0)]
    assert database.value("select workflow_run_id from progressive_capture_jobs") == 77


def test_what_fails_is_tried_again_later_and_later_and_is_dead_after_five_times(
    either_gateway: Gateway, database: Database
) -> None:
    add_repository(database, "octo/cat")
    job = add_job(either_gateway, "octo/cat", to=INNGEST)
    waits = []
    for _ in range(4):
        attempted = either_gateway.fail_dispatch(claimed(either_gateway), "503", is_final=False)
        assert attempted.next_attempt_at is not None
        assert claim(either_gateway) is None
        waits.append(
            database.value(
                "select round(extract(epoch from next_attempt_at - now()) / 60) from backfill_jobs"
            )
        )
        age(database, timedelta(hours=1))
    last = claimed(either_gateway)
    assert either_gateway.fail_dispatch(last, "503", is_final=False).is_dead

    assert waits == [1, 2, 4, 8]
    assert states(database) == [("dead", "failed", 5)]
    (trouble,) = database.rows("select kind, detail from backfill_job_problems_v1(now())")
    assert (trouble["kind"], trouble["detail"]["error"]) == ("dead_jobs", "503 (five times)")
    assert either_gateway.revive_job(job, order()) == (True, "dead")
    assert either_gateway.revive_job(job, order()) == (False, "waiting")
    again = claimed(either_gateway)
    assert (again.is_repeated, again.correlation_id != last.correlation_id) == (False, True)
    with pytest.raises(NotFound):
        either_gateway.revive_job(str(uuid4()), order())


def test_what_never_began_comes_back_and_what_inngest_keeps_silent_about_has_failed(
    either_gateway: Gateway, database: Database
) -> None:
    add_repository(database, "octo/cat")
    add_job(either_gateway, "octo/cat", days=1, to=ACTIONS)
    add_job(either_gateway, "octo/cat", days=2, to=INNGEST)
    add_job(either_gateway, "octo/cat", days=3, to=ACTIONS)
    for _ in range(3):
        either_gateway.note_dispatch(claimed(either_gateway))
    database.rows(
        "update progressive_capture_jobs set status = 'processing' where time_range_days = 3"
    )

    assert either_gateway.return_jobs() == (0, 0)
    age(database, timedelta(minutes=61))
    assert either_gateway.peek_dispatch(5).silent == 1
    assert either_gateway.return_jobs() == (1, 0)
    age(database, timedelta(hours=24))
    assert either_gateway.return_jobs() == (0, 1)

    assert states(database) == [
        ("waiting", "pending", 1),
        ("dispatched", "failed", 0),
        ("dispatched", "processing", 0),
    ]
    assert claimed(either_gateway).is_repeated


def test_the_emergency_stop_keeps_everything_back(
    either_gateway: Gateway, database: Database
) -> None:
    add_repository(database, "octo/cat")
    add_job(either_gateway, "octo/cat", to=INNGEST)
    stop = {"target": None, "included": None, "excluded": None}

    either_gateway.set_routing(order(), is_stopped=True, **stop)
    offer = either_gateway.claim_job("one", 60, BOTH)
    either_gateway.set_routing(order(), is_stopped=False, **stop)

    assert (offer.handover, offer.stopped_by) == (None, "route --stop")
    assert offer.waiting == {Processor.INNGEST: 1}
    assert claim(either_gateway) is not None


def test_how_routing_stands(gateway: Gateway, database: Database) -> None:
    empty = gateway.read_snapshot().routing
    add_repository(database, "octo/cat")
    jobs = [add_job(gateway, "octo/cat", days=days) for days in range(1, 6)]
    given = zip(jobs, (INNGEST, INNGEST, ACTIONS, SKIP), (4, 2, 2, 50), strict=False)
    undecided = gateway.undecided_jobs(10)
    gateway.decide_jobs(undecided, [Decision(job, to, "why", work) for job, to, work in given])
    gateway.fail_dispatch(claimed(gateway), "no", is_final=True)
    gateway.note_dispatch(claimed(gateway))

    full = gateway.read_snapshot().routing

    assert (empty.share, empty.is_on_target, empty.window_jobs) == (None, None, 0)
    assert (empty.target_low, empty.target, empty.target_high) == (0.2, 0.25, 0.3)
    assert (full.share, full.is_on_target, full.window_jobs) == (0.25, True, 3)
    assert (full.undecided, full.skipped, full.is_stopped) == (1, 1, False)
    inngest, actions = full.processors
    assert (inngest.dead, inngest.running, inngest.waiting, inngest.work) == (1, 1, 0, 6)
    assert (inngest.last_error, inngest.last_dispatched_at is not None) == ("no", True)
    assert (actions.waiting, actions.work, actions.last_error) == (1, 2, None)


def test_of_jobs_that_all_went_to_inngest_the_share_of_actions_is_nothing(
    either_gateway: Gateway, database: Database
) -> None:
    add_repository(database, "octo/cat")
    for days in (1, 2, 3):
        add_job(either_gateway, "octo/cat", days=days)
    undecided = either_gateway.undecided_jobs(10)

    either_gateway.decide_jobs(
        undecided,
        [Decision(work.job_id, INNGEST, "by the test", 5.0) for work, _ in undecided.jobs],
    )

    standing = either_gateway.read_snapshot().routing
    assert (standing.share, standing.window_jobs) == (0.0, 3)
