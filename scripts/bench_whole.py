"""The figures of a complete capture, of a sync with nothing new, and of a reconciliation."""

import math
from typing import Any

from contributor_backfill.github.pull_requests import connections
from contributor_backfill.sandbox import ListSizes, RepositoryOptions, World
from scripts.bench_backfill import commit_times
from scripts.bench_rig import Bench, Usage, benching

TAILS = (101, 250, 1_200)
FEW = ListSizes.exactly(3)
THREADS = ListSizes(3, tails=TAILS)
"""Of one to three review comments each."""
MANY = ListSizes(20, tails=TAILS)
HOURLY = 1_000
"""What `GITHUB_TOKEN` has of points, and again of REST requests."""
REQUESTS_A_POINT = 149
"""A point pays for a hundred requests, and GitHub rounds to the nearest."""
LONGEST_PAGE = 100
FORCED_SYNC = ("sync-historical", "--force")


def whole_figures(count: int) -> list[dict[str, Any]]:
    """Capture `count` pull requests whole: with 3 of everything, with heavy tails, with 20."""
    return [
        {"items": name, **_capture(count, sizes)}
        for name, sizes in (
            ("3", FEW),
            ("3 and threads, long tails", THREADS),
            ("20, long tails", MANY),
        )
    ]


def reconciliation_figures(count: int) -> dict[str, Any]:
    """Reconcile a complete repository of `count` pull requests, in full and by sample."""
    with benching(whole_world(count, ListSizes.exactly(1))) as bench:
        capture, asked = bench.run("progressive-backfill", "--max-minutes", "60")
        assert bench.status()["state"] == "complete", bench.status()
        full = bench.run("reconcile", "--full", "--max-minutes", "60")
        sample = bench.run("reconcile", "--sample", "200")
        return {
            "pull_requests": count,
            "capture": _took(capture, asked),
            "full": _took(*full),
            "sample_of_200": _took(*sample),
        }


def production_figures(count: int) -> list[dict[str, Any]]:
    """Capture `count` pull requests completely into production's schema, in both its variants."""
    figures = []
    for variant in ("export", "migrated"):
        with benching(whole_world(count, FEW), variant=variant) as bench:
            usage, asked = bench.run("progressive-backfill", "--max-minutes", "60")
            standing = bench.status()
            assert standing["state"] == "complete", standing
            figures.append(
                {
                    "variant": variant,
                    "pull_requests": count,
                    "capture": _took(usage, asked),
                    **commit_times(bench.database),
                }
            )
    return figures


def _capture(count: int, sizes: ListSizes) -> dict[str, Any]:
    with benching(whole_world(count, sizes)) as bench:
        before = bench.server_cpu_seconds()
        usage, asked = bench.run("progressive-backfill", "--max-minutes", "60")
        server = bench.server_cpu_seconds() - before
        standing = bench.status()
        assert standing["state"] == "complete", standing
        nothing_new = bench.run(*FORCED_SYNC)
        still_nothing_new = bench.run(*FORCED_SYNC)
        return {
            "pull_requests": count,
            "kinds": {name: kind["stored"] for name, kind in standing["kinds"].items()},
            "capture": _took(usage, asked),
            "cpu_seconds_per_1000": {
                "client": round(usage.cpu_seconds * 1_000 / count, 2),
                "server": round(server * 1_000 / count, 2),
            },
            "quota": _quota(standing["kinds"], asked),
            "commits": _commits(bench),
            "sync_with_nothing_new": _took(*nothing_new),
            "and_again": _took(*still_nothing_new),
        }


def whole_world(count: int, sizes: ListSizes) -> World:
    """Return a repository of so many pull requests, all its lists of these sizes."""
    options = RepositoryOptions(
        pull_requests=count,
        reviews=sizes,
        comments=sizes,
        review_threads=sizes,
        review_comments=None if sizes is THREADS else sizes,
        oddity_every=0,
    )
    return World.of([options])


def _quota(kinds: dict[str, Any], asked: dict[str, int]) -> dict[str, float]:
    """Return which part of the two hourly budgets 1,000 pull requests took, and the least there is.

    It is the larger of the two. At least, a point pays for the connections of so many pull requests
    as fill it, and a request for a full page of review comments. `balanced_percent` would be the
    share if work could be moved from one budget to the other at par. It cannot: REST alone lists
    a repository's review comments, and what is read by GraphQL does not shorten that list.
    """
    count = kinds["pull_requests"]["stored"]
    least_points = math.ceil(count * connections(with_labels=False) / REQUESTS_A_POINT)
    least_requests = math.ceil(kinds["review_comments"]["stored"] / LONGEST_PAGE)
    per_thousand = 1_000 / count
    share, floor = (
        round(100 * per_thousand * max(pair) / HOURLY, 2)
        for pair in (
            (asked["points"], asked["rest_requests"]),
            (least_points, least_requests),
        )
    )
    both = asked["points"] + asked["rest_requests"]
    balanced = round(100 * per_thousand * both / 2 / HOURLY, 2)
    return {"share_percent": share, "floor_percent": floor, "balanced_percent": balanced}


def _commits(bench: Bench) -> dict[str, int]:
    calls = bench.function_calls()
    moved = ("backfill_move_backfill_v1", "backfill_move_source_v1")
    return {name: calls[name] for name in moved}


def _took(usage: Usage, asked: dict[str, int]) -> dict[str, Any]:
    return {
        **asked,
        "cpu_seconds": round(usage.cpu_seconds, 2),
        "peak_memory_mb": round(usage.peak_memory_mb, 1),
        "wall_seconds": round(usage.wall_seconds, 1),
    }
