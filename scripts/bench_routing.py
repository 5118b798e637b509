"""Measure routing: jobs a second, and the share of GitHub Actions in a fleet's jobs. Prints JSON.

`PYTHONPATH=. .venv/bin/python scripts/bench_routing.py`
"""

import json
import time
from itertools import accumulate
from typing import Any

import click

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.db.postgres import PostgresTransport
from contributor_backfill.domain.routing import WINDOW, MeasuredShare, Undecided, Verdict, decide
from tests.support.databases import Database, new_database, server_in_memory
from tests.support.job_mix import fleet_jobs

BATCH = 2_000
ADD_JOBS = """
    with repository as (
      insert into repositories (github_id, full_name, owner, name)
      select n, 'octo/r' || n, 'octo', 'r' || n from generate_series(1, 96) n returning id
    ), numbered as (select id, row_number() over () as n from repository)
    insert into progressive_capture_jobs (job_type, repository_id, processor_type, time_range_days)
    select 'recent-prs', r.id, 'undecided', 1 + g %% 7
    from generate_series(1, %s) g join numbered r on r.n = 1 + g %% 96
"""


@click.command()
@click.option("--jobs", default=10_000, show_default=True)
@click.option("--seeds", default=40, show_default=True, help="Replays of other jobs.")
def bench(*, jobs: int, seeds: int) -> None:
    """Replay the jobs of a fleet, then route as many through a real Postgres."""
    figures = {"replay": _replays(jobs, seeds), "database": _database(jobs)}
    click.echo(json.dumps(figures, indent=2))


def _replays(jobs: int, seeds: int) -> dict[str, Any]:
    extremes, seconds = [], 0.0
    for seed in range(seeds):
        undecided = Undecided(tuple(fleet_jobs(jobs, seed)), MeasuredShare())
        started = time.perf_counter()
        decisions = decide(undecided)
        seconds += time.perf_counter() - started
        work = [decision.work for decision in decisions]
        given = [
            decision.work * (decision.verdict is Verdict.GITHUB_ACTIONS) for decision in decisions
        ]
        ruled = [decision.work * ("share" not in decision.reason) for decision in decisions]
        extremes.append((*_extremes(given, work), _extremes(ruled, work)[1]))
    return {
        "jobs": jobs,
        "seeds": seeds,
        "window": WINDOW,
        "lowest_share": round(min(low for low, _, _ in extremes), 4),
        "highest_share": round(max(high for _, high, _ in extremes), 4),
        "seeds_within_the_band": sum(low >= 0.2 and high <= 0.3 for low, high, _ in extremes),
        "highest_share_by_rule": round(max(ruled for _, _, ruled in extremes), 4),
        "jobs_a_second": round(jobs * seeds / seconds),
    }


def _extremes(part: list[float], whole: list[float]) -> tuple[float, float]:
    """Return the least and the largest share of all windows."""
    of_part = list(accumulate(part, initial=0.0))
    of_whole = list(accumulate(whole, initial=0.0))
    shares = [
        (of_part[i + WINDOW] - of_part[i]) / (of_whole[i + WINDOW] - of_whole[i])
        for i in range(len(whole) - WINDOW + 1)
    ]
    return min(shares), max(shares)


def _database(jobs: int) -> dict[str, Any]:
    with server_in_memory() as server:
        database = new_database(server, migrated=True)
        database.rows(ADD_JOBS, jobs)
        transport = PostgresTransport(database.conninfo)
        seconds = _route_all(Gateway(transport))
        figures = {
            "jobs": jobs,
            "calls": transport.calls,
            "seconds": round(seconds, 2),
            "jobs_a_second": round(jobs / seconds),
            **_reading(database),
        }
        transport.close()
    return figures


def _route_all(gateway: Gateway) -> float:
    started = time.perf_counter()
    while (undecided := gateway.undecided_jobs(BATCH)).jobs:
        gateway.decide_jobs(undecided, decide(undecided))
    return time.perf_counter() - started


def _reading(database: Database) -> dict[str, Any]:
    """Return how long what is asked often takes with all of these jobs waiting, in ms."""
    calls = {
        "claim_ms": "select backfill_claim_job_v1('bench', 60, '{inngest}')",
        "queue_ms": "select backfill_read_queue_v1()",
        "standing_ms": "select backfill_routing_standing_v1(now())",
    }
    figures = {}
    for name, call in calls.items():
        started = time.perf_counter()
        database.value(call)
        figures[name] = round(1_000 * (time.perf_counter() - started), 1)
    return figures


if __name__ == "__main__":
    bench()
