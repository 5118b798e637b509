"""Measure what calls cost in a small database and in a large one. Prints JSON.

Both are filled by SQL from the real tables. The calls alternate, and what they change is
taken back.
"""

import json
import time
from statistics import median
from typing import Any

import click
import psycopg

from tests.support.databases import Database, new_database, server_in_memory
from tests.support.large_fleet import fill_fleet

FEEDS = "'{lists,pull_requests,review_comments}'"
CONNECTIONS = "'{reviews,comments,review_comments}'"
ORDER = "jsonb_build_object('call_id', gen_random_uuid(), 'actor', 'bench')"
CALLS = {
    "claim of a feed": f"backfill_claim_feed_v1({FEEDS}, 'bench', 60, {CONNECTIONS})",
    "claim of a sync": "backfill_claim_feed_v1('{pull_requests}', 'bench', 60)",
    "claim of a backfill": "backfill_claim_walk_v2('bench', 60)",
    "plan": f"backfill_due_work_v1({FEEDS}, {CONNECTIONS})",
    "alert": "backfill_find_trouble_v1()",
    "status": "backfill_read_status_v1()",
    "monitor": "backfill_read_snapshot_v1()",
    "recover": f"backfill_recover_v1({ORDER})",
    "retry --all": f"backfill_control_repositories_v1('retry', '{{}}', {ORDER})",
}
ROWS_READ = "select sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) from pg_stat_xact_user_tables"


def growth_figures(repositories: int, pull_requests: int) -> dict[str, Any]:
    """Fill a small database and one of that size; return milliseconds, rows and buffers of both."""
    with server_in_memory() as server:
        sizes = {"small": (20, 50), "large": (repositories, pull_requests)}
        databases = {}
        for name, size in sizes.items():
            databases[name] = new_database(server, migrated=True)
            fill_fleet(databases[name], *size)
        calls = {name: _compared(databases, call) for name, call in CALLS.items()}
    return {"repositories": repositories, "pull_requests_of_each": pull_requests, "calls": calls}


def _compared(databases: dict[str, Database], call: str) -> dict[str, Any]:
    looks: dict[str, list[dict[str, float]]] = {name: [] for name in databases}
    for _ in range(5):
        for name, database in databases.items():
            looks[name].append(_look(database, call))
    figures: dict[str, Any] = {
        name: {what: round(median(look[what] for look in each), 1) for what in each[0]}
        for name, each in looks.items()
    }
    ratio = figures["large"]["milliseconds"] / figures["small"]["milliseconds"]
    return figures | {"ratio": round(ratio, 2)}


def _look(database: Database, call: str) -> dict[str, float]:
    """Call twice in a session, of which the first time only warms up, and look at the second."""
    with psycopg.connect(database.conninfo) as connection:
        connection.execute(f"select {call}".encode())
        connection.rollback()
        before = _value(connection, ROWS_READ)
        began = time.perf_counter()
        plan = _value(connection, f"explain (analyze, buffers, format json) select {call}")
        milliseconds = (time.perf_counter() - began) * 1_000
        rows = _value(connection, ROWS_READ) - before
        connection.rollback()
    top = plan[0]["Plan"]
    buffers = top["Shared Hit Blocks"] + top["Shared Read Blocks"]
    return {"milliseconds": milliseconds, "rows": float(rows), "buffers": float(buffers)}


def _value(connection: psycopg.Connection[Any], query: str) -> Any:
    (value,) = connection.execute(query.encode()).fetchone() or (None,)
    return value


@click.command()
@click.option("--repositories", default=2_000, show_default=True)
@click.option("--pull-requests", default=500, show_default=True)
def bench(*, repositories: int, pull_requests: int) -> None:
    """Print the figures."""
    click.echo(json.dumps(growth_figures(repositories, pull_requests), indent=2))


if __name__ == "__main__":
    bench()
