"""Jobs are routed to a processor by rules in their order, and by the share of work."""

from dataclasses import replace
from itertools import accumulate, pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contributor_backfill.domain.jobs import JobType, Work, work_of
from contributor_backfill.domain.policy import ACTIONS_BAND, ACTIONS_TARGET
from contributor_backfill.domain.routing import (
    WINDOW,
    Decision,
    Facts,
    MeasuredShare,
    Policy,
    Undecided,
    Verdict,
    decide,
    estimated_work,
    fraction,
    route,
)
from contributor_backfill.domain.types import Priority
from tests.support.job_mix import fleet_jobs

ACTIONS, INNGEST, SKIP = Verdict.GITHUB_ACTIONS, Verdict.INNGEST, Verdict.SKIP
OWED = MeasuredShare(actions=0, all=1_000_000, jobs=WINDOW)
"""Actions had nothing for long: the share gives it whatever the rules leave open."""
SATED = MeasuredShare(actions=1_000_000, all=1_000_000, jobs=WINDOW)
"""Actions had everything: the share gives it nothing."""
RECENT, HISTORY = JobType.RECENT_PRS, JobType.HISTORICAL_PR_SYNC
REVIEWS, COMMENTS, BACKFILL = JobType.REVIEWS, JobType.COMMENTS, JobType.PROGRESSIVE_BACKFILL


def job(job_type: str, days: int | None = None, numbers: tuple[int, ...] = ()) -> Work:
    return Work(str(UUID(int=7)), job_type, "octo/cat", days, numbers)


@pytest.mark.parametrize(
    ("job_type", "days", "numbers", "facts", "verdict"),
    [
        # A progressive backfill, whatever else is so.
        (BACKFILL, None, (), Facts(10), ACTIONS),
        (BACKFILL, 1, (), Facts(10, is_backfilling=True), ACTIONS),
        ("progressive_backfill", None, (), Facts(), ACTIONS),
        # Large and long, also while a backfill is under way.
        (HISTORY, 8, (), Facts(1_001), ACTIONS),
        (HISTORY, 30, (), Facts(110_000, is_backfilling=True), ACTIONS),
        (RECENT, 8, (), Facts(1_001), ACTIONS),
        # While a backfill is under way: a day, or nothing.
        (HISTORY, 8, (), Facts(1_000, is_backfilling=True), SKIP),
        (RECENT, 2, (), Facts(50, is_backfilling=True), SKIP),
        (RECENT, None, (), Facts(50, is_backfilling=True), SKIP),
        (RECENT, 1, (), Facts(110_000, is_backfilling=True), INNGEST),
        (REVIEWS, None, (4,), Facts(50, is_backfilling=True), INNGEST),
        # What Inngest cannot do at all.
        (REVIEWS, None, (), Facts(50), ACTIONS),
        (COMMENTS, None, (), Facts(50, is_backfilling=True), ACTIONS),
        # What nobody can do.
        ("summaries", None, (), Facts(50), SKIP),
    ],
)
@pytest.mark.parametrize("share", [OWED, SATED])
def test_the_rules_come_in_their_order_whatever_the_share_is(
    job_type: str,
    days: int | None,
    numbers: tuple[int, ...],
    facts: Facts,
    verdict: Verdict,
    share: MeasuredShare,
) -> None:
    decision = route(job(job_type, days, numbers), facts, share)

    assert (decision.verdict, "share" in decision.reason) == (verdict, False)


@pytest.mark.parametrize(
    ("job_type", "days", "numbers", "facts"),
    [
        (HISTORY, 7, (), Facts(110_000)),
        (HISTORY, 30, (), Facts(1_000)),
        (HISTORY, 30, (), Facts(None)),
        (RECENT, 1, (), Facts(50)),
        (COMMENTS, None, (1, 2), Facts(5_000)),
    ],
)
def test_what_no_rule_decides_is_divided_by_the_share(
    job_type: str, days: int | None, numbers: tuple[int, ...], facts: Facts
) -> None:
    work = job(job_type, days, numbers)

    assert route(work, facts, OWED).verdict is ACTIONS
    assert route(work, facts, SATED).verdict is INNGEST


@pytest.mark.parametrize(
    ("policy", "verdict"),
    [
        (Policy(), ACTIONS),
        (Policy(excluded=frozenset({"octo/cat"})), INNGEST),
        (Policy(included=frozenset({"octo/dog"})), INNGEST),
        (Policy(included=frozenset({"octo/cat"})), ACTIONS),
        (Policy(target=0.0), INNGEST),
    ],
)
def test_a_person_says_which_repositories_take_part(policy: Policy, verdict: Verdict) -> None:
    work = replace(job(RECENT, 1), full_name="Octo/Cat")

    assert route(work, Facts(50), replace(OWED, policy=policy)).verdict is verdict
    assert route(job(BACKFILL), Facts(50), replace(OWED, policy=policy)).verdict is ACTIONS


def test_a_job_without_a_repository_is_nobodys_but_a_backfill_of_all_is() -> None:
    assert route(replace(job(RECENT, 1), full_name=None), Facts(), OWED).verdict is SKIP
    assert route(replace(job(BACKFILL), full_name=None), Facts(), OWED).verdict is ACTIONS


def shares(seed: int, target: float = ACTIONS_TARGET) -> list[float]:
    """Return the share of Actions in the work of every window of a replay."""
    jobs = tuple(fleet_jobs(10_000, seed))
    decisions = decide(Undecided(jobs, MeasuredShare(Policy(target=target))))
    work = list(accumulate((decision.work for decision in decisions), initial=0.0))
    given = list(
        accumulate(
            (decision.work * (decision.verdict is ACTIONS) for decision in decisions), initial=0.0
        )
    )
    starts = range(len(decisions) - WINDOW + 1)
    return [(given[i + WINDOW] - given[i]) / (work[i + WINDOW] - work[i]) for i in starts]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_share_of_work_stays_in_its_band_in_every_window_of_a_fleets_jobs(seed: int) -> None:
    found = shares(seed)

    assert min(found) >= ACTIONS_TARGET - ACTIONS_BAND
    assert max(found) <= ACTIONS_TARGET + ACTIONS_BAND


def test_another_target_is_kept_too() -> None:
    found = shares(4, target=0.5)

    assert sum(found) / len(found) == pytest.approx(0.5, abs=0.01)


def test_a_replay_in_small_batches_from_the_measured_window_is_as_good() -> None:
    jobs = tuple(fleet_jobs(3_000, 5))
    decided: list[Decision] = []
    for start in range(0, len(jobs), 40):
        last = decided[-WINDOW:]
        actions = sum(decision.work for decision in last if decision.verdict is ACTIONS)
        share = MeasuredShare(Policy(), actions, sum(decision.work for decision in last), len(last))
        decided += decide(Undecided(jobs[start : start + 40], share))

    given = sum(decision.work for decision in decided if decision.verdict is ACTIONS)
    assert given / sum(decision.work for decision in decided) == pytest.approx(
        ACTIONS_TARGET, abs=0.02
    )


def test_while_the_rules_alone_give_actions_more_than_its_share_nothing_is_added() -> None:
    giant = (replace(job(BACKFILL), job_id="giant"), Facts(110_000, 100_000, True))
    jobs = tuple(fleet_jobs(40, 6))
    jobs = tuple(job for job in jobs if job[0].type is not BACKFILL)

    decisions = decide(Undecided((giant, *jobs), MeasuredShare()))

    by_share = [decision for decision in decisions if "share" in decision.reason]
    assert by_share
    assert {decision.verdict for decision in by_share} == {INNGEST}


@given(st.lists(st.integers(1, 40), min_size=2, max_size=300), st.integers(0, 2**32))
def test_what_is_owed_never_exceeds_the_largest_job(sizes: list[int], salt: int) -> None:
    share = MeasuredShare()
    for place, size in enumerate(sizes):
        work = Work(f"{salt}-{place}", REVIEWS, "octo/cat", None, tuple(range(1, size + 1)))
        decision = route(work, Facts(50), share)
        share = share.after(decision.verdict, decision.work)

        owed = ACTIONS_TARGET * share.all - share.actions
        assert abs(owed) <= max(sizes) + 1e-6


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(1, 1e4))
def test_the_more_actions_had_the_less_it_gets(first: float, second: float, work: float) -> None:
    low, high = sorted((first, second))

    chances = [
        MeasuredShare(actions=had, all=1e6, jobs=WINDOW).threshold(work) for had in (low, high)
    ]

    assert 0 <= chances[1] <= chances[0] <= 1


def test_a_jobs_number_is_its_own_for_ever_and_evenly_spread() -> None:
    assert fraction("0193") == pytest.approx(0.30176, abs=1e-5)
    numbers = sorted(fraction(str(UUID(int=n))) for n in range(2_000))
    assert all(0 <= number < 1 for number in numbers)
    assert max(b - a for a, b in pairwise(numbers)) < 0.01


def test_work_is_bounded_by_what_a_run_reads() -> None:
    assert estimated_work(job(RECENT, 1), Facts(50)) == 1
    assert estimated_work(job(HISTORY, 7), Facts(110_000)) == 770
    assert estimated_work(job(HISTORY, 300), Facts(110_000)) == 1_000
    assert estimated_work(job(HISTORY, 3_000), Facts(60)) == 60
    assert estimated_work(job(BACKFILL), Facts(110_000, 90_000)) == 2_400
    assert estimated_work(job(BACKFILL), Facts(110_000, 3)) == 3
    assert estimated_work(job(REVIEWS, None, (1, 2)), Facts(9)) == 2


def test_metadata_of_strangers_does_no_harm() -> None:
    row = {"job_id": "1", "job_type": "reviews", "full_name": "a/b", "days": None}

    strange: list[object] = [
        None,
        [],
        "x",
        {"pr_numbers": "1", "priority": 3, "trigger_source": []},
    ]
    for metadata in strange:
        assert work_of({**row, "metadata": metadata}).pr_numbers == ()
    numbers = {"pr_numbers": [3, "4", True, -1, 2**40], "priority": "high"}
    read = work_of({**row, "metadata": numbers})
    assert (read.pr_numbers, read.priority) == ((3,), Priority.HIGH)
