"""How long a complete capture takes where GitHub takes its time, and what of it takes how long.

The model is the middle one of `bench_planner.py`, without noise; every response is on its way for
a third of a second besides, as one of REST is, too.
"""

from dataclasses import replace
from typing import Any

from contributor_backfill.sandbox import Spending
from scripts.bench_planner import MODELS
from scripts.bench_rig import benching
from scripts.bench_whole import FEW, whole_world

MODEL = replace(MODELS["middle"], noise=0.0, spending=Spending.SLEEP, latency_milliseconds=333.0)
KILOBYTES = """
    select sum(characters) / 1024.0 from (
      select sum(length(body)) as characters from pull_requests
      union all select sum(length(body)) from reviews
      union all select sum(length(body)) from comments where comment_type = 'issue_comment') each
"""


def latency_figures(count: int) -> dict[str, Any]:
    """Capture `count` pull requests with 3 of everything, and say where the time goes."""
    with benching(whole_world(count, FEW), work_model=MODEL) as bench:
        usage, asked = bench.run("progressive-backfill", "--max-minutes", "60")
        assert bench.status()["state"] == "complete", bench.status()
        changed_files = bench.database.value("select sum(changed_files) from pull_requests")
        kilobytes = float(bench.database.value(KILOBYTES))
    requests = asked["graphql_requests"]
    seconds = {
        "on the way, GraphQL": requests * MODEL.latency_milliseconds / 1000,
        "on the way, REST": asked["rest_requests"] * MODEL.latency_milliseconds / 1000,
        "GitHub's, a query": requests * MODEL.milliseconds_per_request / 1000,
        "GitHub's, a pull request": count * MODEL.milliseconds_per_pull_request / 1000,
        "GitHub's, a node": 7 * count * MODEL.milliseconds_per_node / 1000,
        "GitHub's, a kilobyte": kilobytes * MODEL.milliseconds_per_kilobyte / 1000,
        "GitHub's, a changed file": changed_files * MODEL.milliseconds_per_changed_file / 1000,
    }
    ours = usage.wall_seconds - sum(seconds.values())
    return {
        "pull_requests": count,
        "asked": asked,
        "wall_seconds": round(usage.wall_seconds, 1),
        "of_them": {name: round(value, 1) for name, value in seconds.items()}
        | {"ours, the database's included": round(ours, 1)},
    }
