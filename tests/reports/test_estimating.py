"""Estimates hold what they say: intervals, costs, megabytes. Nothing here asks anybody."""

import math
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contributor_backfill.cli.commands.estimate import document
from contributor_backfill.domain.estimate import (
    UNKNOWN_PACE,
    Effort,
    Estimate,
    Quotas,
    RequestPace,
    Sample,
    SampledPullRequest,
    SampledReviewComment,
    backfill_requests,
    bytes_of,
    comment_requests,
    effort_of,
    estimate,
    numbers_to_try,
)
from contributor_backfill.domain.intervals import Interval, exactly, sum_of
from contributor_backfill.domain.storage import Keep, Storage

VALUES = st.lists(st.integers(0, 1_000), min_size=1, max_size=60)
COUNTS = st.integers(0, 2_000)
PULL_REQUESTS = st.builds(
    SampledPullRequest,
    title=st.text(max_size=50),
    body=st.text(max_size=300),
    reviews=COUNTS,
    comments=COUNTS,
    review_comments=COUNTS,
    review_bodies=st.lists(st.text(max_size=50), max_size=3).map(tuple),
    comment_bodies=st.lists(st.text(max_size=50), max_size=3).map(tuple),
)
SAMPLES = st.builds(
    Sample,
    population=st.integers(20, 100_000),
    pull_requests=st.lists(PULL_REQUESTS, min_size=1, max_size=20).map(tuple),
    review_comments=st.lists(
        st.builds(SampledReviewComment, st.text(max_size=50), st.text(max_size=300)), max_size=5
    ).map(tuple),
)
QUOTAS = Quotas(1_000, 1_000)
PLAIN = SampledPullRequest("Title", "Body", 3, 3, 3, ("Good",), ("Why?",))


@given(VALUES, st.integers(0, 10**6))
def test_an_estimate_lies_between_its_bounds_and_above_what_was_seen(
    values: list[int], more: int
) -> None:
    found = sum_of(values, len(values) + more)

    assert found.low <= found.value <= found.high
    assert found.low >= min(sum(values), found.value)


@given(VALUES)
def test_a_sample_of_everything_is_exact(values: list[int]) -> None:
    found = sum_of(values, len(values))

    assert found.low == found.high == found.value == pytest.approx(sum(values))


@given(VALUES, st.integers(1, 1_000))
def test_a_sample_of_less_than_everything_never_claims_to_be_exact(
    values: list[int], more: int
) -> None:
    found = sum_of(values, len(values) + more)

    assert found.high > found.value


@given(st.lists(st.integers(0, 1_000), min_size=2, max_size=40), st.integers(2, 5))
def test_a_larger_sample_of_the_same_kind_is_surer(values: list[int], times: int) -> None:
    population = 10_000

    small, large = sum_of(values, population), sum_of(values * times, population)

    assert large.value == pytest.approx(small.value)
    assert large.high - large.value <= small.high - small.value


def test_the_truth_lies_between_the_bounds_about_nineteen_times_in_twenty() -> None:
    random = Random(7)
    population = [int(random.expovariate(1 / 3)) for _ in range(2_000)]
    truth = sum(population)
    found = [sum_of(random.sample(population, 150), len(population)) for _ in range(400)]

    held = sum(estimate.low <= truth <= estimate.high for estimate in found)

    assert 0.92 <= held / len(found) <= 0.99


def test_nothing_of_nothing_is_nothing_and_nothing_of_something_is_no_sample() -> None:
    assert sum_of([], 0) == exactly(0)
    with pytest.raises(ValueError, match="nothing was drawn"):
        sum_of([], 1)


def test_one_of_many_says_nothing_of_the_others() -> None:
    assert sum_of([4], 10) == Interval(40, 4, math.inf)


@given(st.integers(1, 500), st.integers(1, 400), st.integers(0, 9))
def test_numbers_are_tried_once_and_all_of_them_where_they_are_known(
    population: int, count: int, seed: int
) -> None:
    newest = tuple(range(2 * population, 0, -2))[:100]

    tried = numbers_to_try(newest, population, count, Random(seed))

    assert len(set(tried)) == len(tried)
    assert set(tried) <= set(range(1, 2 * population + 1))
    if population <= 100:
        assert tried == newest
    else:
        assert len(tried) == min(count, 2 * population)


def test_every_number_is_as_likely_as_the_others() -> None:
    newest = tuple(range(400, 300, -1))
    hits = [0] * 401
    for seed in range(400):
        for number in numbers_to_try(newest, 200, 100, Random(seed)):
            hits[number] += 1

    assert hits[0] == 0
    assert all(60 <= hit <= 145 for hit in hits[1:])


@given(st.integers(0, 5_000), st.none() | st.integers(1, 100), st.integers(4, 6))
def test_a_backfill_has_room_for_all(total: int, page_size: int | None, connections: int) -> None:
    pages, points = backfill_requests(total, page_size, connections)

    assert pages * 100 >= total
    assert pages <= points <= pages * 6
    assert (pages == 0) == (total == 0)


def test_a_backfill_settles_at_29_pull_requests_a_point() -> None:
    assert backfill_requests(5_000, None, 5) == (174, 174)
    assert backfill_requests(110_000, 29, 5) == (3_794, 3_794)


@pytest.mark.parametrize(
    ("comments", "requests"),
    [(0, 1), (1, 1), (100, 1), (101, 2), (199, 2), (200, 3), (11_503, 117)],
)
def test_review_comments_come_99_new_ones_a_request(comments: int, requests: int) -> None:
    assert comment_requests(comments) == requests


def _effort(sample: Sample, pace: RequestPace = UNKNOWN_PACE, quotas: Quotas = QUOTAS) -> Effort:
    inline = sum_of(
        [pull_request.review_comments for pull_request in sample.pull_requests], sample.population
    )
    return effort_of(sample, inline, pace, quotas, 5)


def test_a_giant_takes_the_hours_that_the_points_allow() -> None:
    """29 pull requests a point, and a fifth of 1,000 points an hour left to others."""
    sample = Sample(110_000, (replace(PLAIN, review_comments=0),) * 200)

    found = _effort(sample, RequestPace(page_size=29))

    assert found.points.value == 3_794
    assert found.hours.value == pytest.approx(3_794 / 800, rel=0.01)
    assert found.limited_by == "points"
    assert found.scheduled_hours.value == pytest.approx(22.1, abs=0.1)


def test_what_an_hour_allows_is_there_at_once() -> None:
    found = _effort(Sample(1_000, (PLAIN,) * 1_000))

    assert found.limited_by == "time"
    assert found.hours.value == pytest.approx(found.minutes.value / 60)
    assert found.minutes.value == pytest.approx((found.points.value * 3.5 + 31) / 60)


@pytest.mark.parametrize("limit", [40, 50])
def test_a_limit_that_the_reserve_takes_whole_means_never(limit: int) -> None:
    assert _effort(Sample(100, (PLAIN,) * 100), quotas=Quotas(limit, None)).hours.value == math.inf


def test_what_was_measured_counts_instead_of_what_is_assumed() -> None:
    sample = Sample(1_000, (PLAIN,) * 1_000)

    slow = _effort(sample, RequestPace(page_seconds=7.0, request_seconds=2.0))

    assert slow.minutes.value == pytest.approx(2 * _effort(sample).minutes.value)


@pytest.mark.parametrize(("length", "queries"), [(100, 0), (101, 1), (1_200, 11), (2_101, 21)])
def test_lists_longer_than_a_page_are_read_on(length: int, queries: int) -> None:
    plain = _effort(Sample(50, (replace(PLAIN, comments=0),) * 50))
    longer = (replace(PLAIN, comments=length), *(replace(PLAIN, comments=0),) * 49)

    found = _effort(Sample(50, longer))

    assert found.points.value - plain.points.value == queries


@given(SAMPLES)
def test_every_figure_of_an_estimate_lies_between_its_bounds(sample: Sample) -> None:
    found = _estimate(sample)
    effort = found.effort
    figures = [found.reviews, found.comments, found.review_comments, effort.points]
    figures += [effort.requests, effort.minutes, effort.hours, effort.dollars]
    figures += [effort.scheduled_hours, *(size for _, size in found.megabytes)]

    assert all(figure.low <= figure.value <= figure.high for figure in figures)


@given(SAMPLES, st.integers(0, 400), st.integers(0, 400))
def test_keeping_less_takes_no_more(sample: Sample, one: int, other: int) -> None:
    less, more = Keep(min(one, other)), Keep(max(one, other))

    sizes = [sum(bytes_of(sample, Storage(keep, keep))) for keep in (Keep(0), less, more, Keep())]

    assert sizes == sorted(sizes)


def test_without_texts_a_row_takes_what_was_measured() -> None:
    bare = replace(PLAIN, title="", reviews=2, comments=3, review_comments=4)

    (size,) = bytes_of(Sample(1, (bare,)), Storage(Keep(0), Keep(0)))

    assert size == 1_260 + 65 + 2 * 310 + 3 * 305 + 4 * 530


def test_infinite_figures_are_null_in_json() -> None:
    found = document(_estimate(Sample(100, (PLAIN,)), Quotas(50, 50)))

    assert found["reviews"] == {"value": 300, "low": 3, "high": None}
    assert found["hours"]["value"] is None
    assert found["pull_requests"] == 100


def test_the_json_says_what_it_rests_on() -> None:
    sample = Sample(100, (PLAIN,) * 100, numbers=148, points=4, requests=3)

    found = document(_estimate(sample))

    assert found["reviews"] == {"value": 300, "low": 300, "high": 300}
    assert found["dollars"] == {
        "private": {"value": 0.006, "low": 0.006, "high": 0.006},
        "public": 0,
    }
    assert found["sample"]["numbers"] == 148
    assert found["assumptions"]["page_seconds"] == 3.5
    assert not found["assumptions"]["page_seconds_measured"]
    assert [(m["bodies"], m["diff_hunks"]) for m in found["megabytes"]] == [
        ("full", "full"),
        ("none", "full"),
        ("none", "none"),
    ]


def _estimate(sample: Sample, quotas: Quotas = QUOTAS) -> Estimate:
    return estimate("octo/one", sample, UNKNOWN_PACE, quotas, connections=5)
