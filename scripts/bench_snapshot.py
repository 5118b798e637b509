"""Measure `monitor` at a large fleet: the database's answer and each rendering. Prints JSON."""

import gc
import json
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.db.postgres import PostgresTransport
from contributor_backfill.domain.prices import DEFAULT_PRICES
from contributor_backfill.reports.html import write_page
from contributor_backfill.reports.markdown import snapshot_summary
from contributor_backfill.reports.snapshot import Snapshot, snapshot
from contributor_backfill.reports.terminal.panels import print_snapshot
from tests.support.databases import Database, new_database, server_in_memory

# A hundred backfills are under way; the chunks are those of sixty days, the runs of thirty.
FILL = """
    -- Neither triggers nor foreign keys: what is filled in is known to fit.
    set local session_replication_role = replica;
    insert into repositories (github_id, full_name, owner, name)
    select n, 'owner-' || n % 97 || '/repository-' || n, 'owner-' || n % 97, 'repository-' || n
    from generate_series(1, {repositories}) n;
    insert into backfill_repositories
      (repository_id, pull_requests_total, total_seen_at, counted_at, completeness)
    select r.id, r.github_id * 7, now(), now(), jsonb_build_object(
      'is_complete', r.github_id % 5 > 0,
      'pull_requests', jsonb_build_object('stored', r.github_id * 7, 'total', r.github_id * 7),
      'reviews', jsonb_build_object('stored', r.github_id * 9, 'total', r.github_id * 9 + 1),
      'comments', jsonb_build_object('stored', r.github_id * 8, 'total', r.github_id * 8),
      'review_comments', jsonb_build_object('stored', r.github_id * 5, 'total', r.github_id * 5))
    from repositories r;
    insert into progressive_backfill_state (repository_id, total_prs, processed_prs, status,
      walk_started_at, next_attempt_at, next_attempt_reason)
    select id, github_id * 7, github_id * 3,
      case when github_id % 20 = 0 then 'active' else 'completed' end, now() - interval '60 days',
      now() + interval '20 minutes', 'low quota'
    from repositories;
    insert into backfill_feeds (repository_id, feed, synced_at, next_attempt_at)
    select id, feed, now(), now() + interval '1 hour'
    from repositories, unnest(array['pull_requests', 'review_comments', 'lists']) feed;
    insert into backfill_chunks (repository_id, backfill_state_id, chunk_number, status,
      pr_numbers, started_at, completed_at, error, points, api_calls_made, fetch_milliseconds)
    select s.repository_id, s.id, n, case when n % 100 = 0 then 'failed' else 'completed' end,
      array[n, n + 1, n + 2], at.moment - interval '4 seconds', at.moment,
      case when n % 100 = 0 then 'GitHub answered 502 for chunk ' || n end, 1, 1, 3000 + n % 500
    from progressive_backfill_state s,
      generate_series(1, {chunks} / {repositories}) n,
      lateral (select now() - interval '60 days' * n / ({chunks} / {repositories} + 1)) at (moment);
    insert into backfill_days
    select r.id, (now() at time zone 'UTC')::date - n, source, 9, 29 * 9, 2000, 9, 10, 27000
    from repositories r, generate_series(0, 59) n,
      unnest(array['backfill', 'pull_requests']) source;
    insert into backfill_runs (id, command, holder, workflow_repository, url, started_at,
      heartbeat_at, ended_at, outcome, error, seconds, chunks, points, requests, row_count,
      billed_minutes, settled_by, quota_limit, quota_remaining, quota_reset_at)
    select gen_random_uuid(),
      (array['progressive-backfill', 'sync-historical', 'recover'])[1 + n % 3],
      'runner/1/' || n, 'me/site', 'https://github.com/me/site/actions/runs/' || n,
      at.moment, at.moment, case when n > 5 then at.moment + interval '200 seconds' end,
      case when n <= 5 then 'running' when n % 40 = 0 then 'failed' when n % 333 = 0 then 'lost'
        else 'done' end,
      case when n % 40 = 0 then 'owner/name-' || n || ': GitHub answered ' || 500 + n % 4 end,
      case when n > 5 then 100 + n % 200 end, n % 90, n % 100, n % 110, n, 4,
      case when n <= 5 then null when n % 333 = 0 and n % 40 > 0 then 'silence' else 'run' end,
      1000, n % 1000, now() + interval '30 minutes'
    from generate_series(1, {runs}) n,
      lateral (select now() - interval '30 days' * n / {runs}) at (moment);
    insert into backfill_database_sizes (day, bytes)
    select (now() at time zone 'UTC')::date - n, 400000000 - n * 1000000
    from generate_series(0, 29) n;
    analyze;
"""


def snapshot_figures(repositories: int, chunks: int, runs: int) -> dict[str, Any]:
    """Fill a database with as many and return seconds and bytes of the snapshot's way."""
    with server_in_memory() as server:
        database = new_database(server, migrated=True)
        filling = _seconds(lambda: database.rows(_filling(repositories, chunks, runs)), times=1)
        transport = PostgresTransport(database.conninfo, read_only=True)
        with closing(transport):
            gateway = Gateway(transport)
            document = gateway.read_snapshot()
            seconds = _seconds(gateway.read_snapshot)
        shown = snapshot(document, DEFAULT_PRICES, datetime.now(UTC), limit_megabytes=8_000)
        return {
            "repositories": repositories,
            "chunks": chunks,
            "runs": runs,
            "filling_seconds": filling,
            "snapshot_seconds": seconds,
            "snapshot_bytes": len(json.dumps(document)),
            "panels": _panels(database),
            **_renderings(shown),
        }


def _filling(repositories: int, chunks: int, runs: int) -> str:
    return FILL.format(repositories=repositories, chunks=chunks, runs=runs)


def _panels(database: Database) -> dict[str, float]:
    """Return the seconds of each panel's function alone."""
    calls = {"backfill_usage_v1": "select backfill_usage_v1(date_trunc('month', now()), now())"} | {
        row["proname"]: f"select {row['proname']}(now())"
        for row in database.rows(
            "select proname from pg_proc where proname ~ '^backfill_(snapshot|routing_standing)_'"
        )
    }
    return {name: _seconds(partial(database.rows, call)) for name, call in calls.items()}


def _renderings(shown: Snapshot) -> dict[str, Any]:
    def terminal() -> None:
        print_snapshot(Console(file=StringIO(), width=200), shown)

    with tempfile.TemporaryDirectory() as directory:
        page = write_page(shown, Path(directory))
        return {
            "terminal_seconds": _seconds(terminal),
            "summary_bytes": len(snapshot_summary(shown)),
            "html_seconds": _seconds(lambda: write_page(shown, Path(directory))),
            "html_bytes": page.stat().st_size,
        }


def _seconds(work: Callable[[], Any], times: int = 3) -> float:
    """Return the shortest of some measurements."""
    found = []
    for _ in range(times):
        gc.collect()
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return round(min(found), 3)


@click.command()
@click.option("--repositories", default=2_000, show_default=True)
@click.option("--chunks", default=1_000_000, show_default=True)
@click.option("--runs", default=100_000, show_default=True)
def bench(*, repositories: int, chunks: int, runs: int) -> None:
    """Print the figures."""
    click.echo(json.dumps(snapshot_figures(repositories, chunks, runs), indent=2))


if __name__ == "__main__":
    bench()
