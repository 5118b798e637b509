"""The figures of a backfill: points, requests, database calls, CPU, memory, commit times."""

import statistics
from dataclasses import asdict
from typing import Any

from contributor_backfill.sandbox import ListSizes, RepositoryOptions, World
from scripts.bench_rig import benching
from tests.support.databases import Database


def invented(count: int, items: int) -> World:
    """Return a repository of so many pull requests, with so many reviews and comments each."""
    sizes = ListSizes.exactly(items)
    options = RepositoryOptions(
        pull_requests=count,
        reviews=sizes,
        comments=sizes,
        review_comments=ListSizes.exactly(0),
        oddity_every=0,
    )
    return World.of([options])


def backfill_figures(world: World, store: str) -> dict[str, Any]:
    """Capture a repository without review comments, and return the figures."""
    with benching(world, store) as bench:
        usage, asked = bench.run("progressive-backfill", "--max-minutes", "60")
        database = bench.database
        stored = database.value("select count(*) from pull_requests")
        calls = bench.function_calls()
        thousands = stored / 1_000
        chunks = database.rows("select sum(points) p, sum(api_calls_made) r from backfill_chunks")
        return {
            "repository": bench.repository,
            "store": store,
            "pull_requests": stored,
            "reviews": database.value("select count(*) from reviews"),
            "comments": database.value("select count(*) from comments"),
            "rejects": database.value("select count(*) from backfill_rejects"),
            "points_per_1000": round(chunks[0]["p"] / thousands, 1),
            "requests_per_1000": round(chunks[0]["r"] / thousands, 1),
            "asked": asked,
            "commits_per_page": calls["backfill_move_backfill_v1"] / chunks[0]["r"],
            "claims": calls["backfill_lease_backfill_v1"],
            "cpu_seconds_per_1000": round(usage.cpu_seconds / thousands, 2),
            **{name: round(value, 1) for name, value in asdict(usage).items()},
            **commit_times(database),
        }


def commit_times(database: Database) -> dict[str, float]:
    """Return the median time of a chunk less its fetch, near 2,000 stored and at the end, in ms.

    A chunk begins when the commit before it does, so its time is that commit and its own fetch.
    """
    rows = database.rows("""
        select extract(epoch from completed_at - started_at) * 1000 - fetch_milliseconds as ms,
          sum(pr_count) over (order by chunk_number) as stored
        from backfill_chunks where status = 'completed' order by chunk_number
    """)
    early = [float(row["ms"]) for row in rows if 1_000 <= row["stored"] <= 3_000]
    late = [float(row["ms"]) for row in rows[-60:]]
    if not early:
        return {}
    first, last = statistics.median(early), statistics.median(late)
    return {
        "commit_ms_at_2000": round(first, 1),
        "commit_ms_at_end": round(last, 1),
        "commit_growth": round(last / first, 2),
    }
