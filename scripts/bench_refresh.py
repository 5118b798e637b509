"""What a round of the refresh costs when nothing changed: points, and rows that were written."""

from contextlib import closing
from typing import Any

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.db.postgres import PostgresTransport
from contributor_backfill.db.transport import RetryingTransport
from contributor_backfill.domain.clock import SystemClock
from contributor_backfill.domain.sources import REFRESH, Wanted
from contributor_backfill.sandbox import Limits, Sandbox
from scripts.bench_backfill import invented
from tests.support.captures import rig
from tests.support.databases import Database, new_database, server_in_memory

PLENTY = Limits(hourly_points=1_000_000, hourly_requests=1_000_000, points_a_minute=None)
A_QUARTER_PASSES = """
    update progressive_backfill_state set walk_started_at = walk_started_at - interval '91 days';
    update backfill_feeds set synced_at = synced_at - interval '91 days'
"""
CAPTURED = ("contributors", "pull_requests", "reviews", "comments")


def refresh_figures(pull_requests: int) -> dict[str, Any]:
    """Return what a backfill costs, and what a round over the same pull requests does."""
    with (
        Sandbox(invented(pull_requests, 3), limits=PLENTY) as sandbox,
        server_in_memory() as server,
    ):
        database = new_database(server, migrated=True)
        with closing(PostgresTransport(database.conninfo)) as transport:
            work = rig(sandbox, Gateway(RetryingTransport(transport, SystemClock(), (0.0, 0.5))))
            (name,) = sandbox.world.names()
            work.track(name)
            before = sandbox.counters()
            work.run(repository=name, minutes=10_000)
            middle = sandbox.counters()
            work.serve(minutes=10_000)
            database.rows(A_QUARTER_PASSES)
            written = _written(database)
            began = sandbox.counters()
            while work.serve(Wanted(REFRESH), minutes=10_000).turns:
                pass
            after = sandbox.counters()
            rows = _written(database) - written
    return {
        "pull_requests": pull_requests,
        "points_of_the_backfill": middle["points"] - before["points"],
        "points_of_the_round": after["points"] - began["points"],
        "rest_requests_of_the_round": after["rest_requests"] - began["rest_requests"],
        "captured_rows_written": rows,
    }


def _written(database: Database) -> int:
    database.gather_statistics()
    written: int = database.value(
        "select sum(n_tup_ins + n_tup_upd + n_tup_del)::int from pg_stat_user_tables"
        " where relname = any (%s)",
        list(CAPTURED),
    )
    return written
