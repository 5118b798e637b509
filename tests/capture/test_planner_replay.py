"""On a list with giants in it, the planner that learns is cut off less often, and for fewer points.

The lists of scripts/bench_planner.py are real and take minutes; this one is invented.
"""

import random
from dataclasses import replace

from contributor_backfill.sandbox import WorkModel
from contributor_backfill.sandbox.graphql.execution import Burden, milliseconds
from scripts.bench_planner import MODELS
from scripts.planner_replay import FixedTable, HalvingAlone, Learning, Load, replay


def invented(count: int) -> list[Load]:
    stream = random.Random(5)  # a list for a rehearsal
    files = [int(stream.paretovariate(1.1)) for _ in range(count)]
    return [Load(1, 3 + number % 4, 2.5, min(5_000, count)) for number, count in enumerate(files)]


def test_it_is_cut_off_less_often_and_takes_fewer_points_than_both_baselines() -> None:
    held = invented(3_000)
    for model in ("heavy", "drifting"):
        fixed, halving, learning = (
            replay(held, MODELS[model], planner())
            for planner in (FixedTable, HalvingAlone, Learning)
        )
        assert learning.timeouts < min(fixed.timeouts, halving.timeouts), model
        assert learning.points < min(fixed.points, halving.points), model


def test_the_time_of_a_query_has_a_term_for_all_that_it_works_for() -> None:
    model = WorkModel(
        milliseconds_per_request=1,
        milliseconds_per_pull_request=10,
        milliseconds_per_node=100,
        milliseconds_per_kilobyte=1_000,
        milliseconds_per_diff_statistics=10_000,
        milliseconds_per_changed_file=100_000,
    )
    burden = Burden(2, 3, 4.0, 5, 6)
    noisy = replace(model, noise=0.3)

    assert milliseconds(model, burden, query=7) == 654_321
    assert milliseconds(noisy, burden, 7) == milliseconds(noisy, burden, 7)
    assert milliseconds(noisy, burden, 7) != milliseconds(noisy, burden, 8)
    swinging = replace(model, drift=0.5, drift_queries=4)
    times = [milliseconds(swinging, burden, query) / 654_321 for query in range(4)]
    assert [round(time, 6) for time in times] == [1.0, 1.5, 1.0, 0.5]
