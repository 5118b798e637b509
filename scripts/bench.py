"""Measure a capture: points, requests, database calls, CPU, memory, time. Prints JSON.

The sandbox runs in a process of its own and the client is the installed command, so the client's
CPU seconds and peak memory are the kernel's account of that process alone.
"""

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import click

from contributor_backfill.domain.budget import forecast
from contributor_backfill.sandbox import (
    Limits,
    ListSizes,
    RepositoryOptions,
    Sandbox,
    World,
)
from tests.support.commands import PROGRAM, Commands
from tests.support.databases import Database, new_database, server_in_memory
from tests.support.postgrest import postgrest_server

HEAVY = ("supabase", "psycopg", "requests", "httpx", "rich", "graphql")


@click.command()
@click.option("--pull-requests", type=int, multiple=True, default=(2_000, 25_000))
@click.option("--dataset", type=click.Path(exists=True, path_type=Path), multiple=True)
@click.option("--store", type=click.Choice(["postgres", "supabase"]), default="postgres")
@click.option("--items", default=3, show_default=True, help="Reviews and comments each.")
def bench(
    pull_requests: tuple[int, ...], dataset: tuple[Path, ...], store: str, items: int
) -> None:
    """Capture sandbox repositories of these sizes, or real lists, and print the figures."""
    worlds = (
        [World.of(datasets=[path]) for path in dataset]
        if dataset
        else [_invented(count, items) for count in pull_requests]
    )
    figures = {
        "captures": [_capture(world, store) for world in worlds],
        "help": _help(),
        "forecast_110000": _forecast(),
    }
    click.echo(json.dumps(figures, indent=2))


def _invented(count: int, items: int) -> World:
    sizes = ListSizes.exactly(items)
    options = RepositoryOptions(pull_requests=count, reviews=sizes, comments=sizes, oddity_every=0)
    return World.of([options])


def _capture(world: World, store: str) -> dict[str, Any]:
    (repository,) = world.names()
    with (
        _sandbox_process(world) as (graphql_url, ask),
        server_in_memory() as server,
        tempfile.TemporaryDirectory() as directory,
    ):
        database = new_database(server, migrated=True)
        name = database.value("select current_database()")
        database.rows(f"alter database {name} set track_functions = 'all'")
        with _store(database, store) as variables:
            github = {"GITHUB_TOKEN": "bench", "GITHUB_GRAPHQL_URL": graphql_url}
            commands = Commands({**github, **variables}, Path(directory))
            tracked = commands.run("track", repository, "--backfill")
            assert tracked.returncode == 0, tracked.stderr
            before = ask()
            run = _measured(commands, "progressive-backfill", "--max-minutes", "60")
            after = ask()
        return {"repository": repository, "store": store, **_figures(database, run, before, after)}


@contextmanager
def _store(database: Database, store: str) -> Iterator[dict[str, str]]:
    if store == "postgres":
        yield {"DATABASE_URL": database.conninfo}
        return
    with postgrest_server(database.conninfo) as server:
        yield {"SUPABASE_URL": server.url, "SUPABASE_SERVICE_KEY": server.keys.secret_key}


@contextmanager
def _sandbox_process(world: World) -> Iterator[tuple[str, Any]]:
    ours, theirs = Pipe()
    process = Process(target=_serve, args=(world, theirs), daemon=True)
    process.start()

    def ask() -> dict[str, Any]:
        ours.send("counters")
        answer: dict[str, Any] = ours.recv()
        return answer

    yield ours.recv(), ask
    process.terminate()
    process.join()


def _serve(world: World, connection: Connection) -> None:
    with Sandbox(world, limits=Limits(hourly_points=100_000)) as sandbox:
        connection.send(sandbox.graphql_url)
        while True:
            connection.recv()
            connection.send(sandbox.counters())


# A child's peak memory starts at its parent's, so a parent that is next to nothing starts it.
LAUNCHER = """
import json, os, resource, subprocess, sys, time
started = time.monotonic()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
print(json.dumps({
    "status": status,
    "wall_seconds": time.monotonic() - started,
    "cpu_seconds": usage.ru_utime + usage.ru_stime,
    "peak_memory_mb": usage.ru_maxrss / 1024,
}))
"""


def _measured(commands: Commands, *arguments: str) -> dict[str, float]:
    """Run a command and return what the kernel says it took."""
    done = subprocess.run(
        [sys.executable, "-S", "-c", LAUNCHER, PROGRAM, *arguments],
        env=commands.environment,
        cwd=commands.directory,
        capture_output=True,
        text=True,
        check=True,
    )
    usage: dict[str, float] = json.loads(done.stdout)
    assert usage["status"] == 0, done.stderr
    return usage


def _figures(
    database: Database, run: dict[str, float], before: dict[str, Any], after: dict[str, Any]
) -> dict[str, Any]:
    stored = database.value("select count(*) from pull_requests")
    calls = {
        row["funcname"]: row["calls"]
        for row in database.rows("select funcname, calls from pg_stat_user_functions")
    }
    pages = calls["backfill_commit_page_v1"]
    thousands = stored / 1_000
    points = after["points"] - before["points"]
    requests = after["graphql_requests"] - before["graphql_requests"]
    return {
        "pull_requests": stored,
        "reviews": database.value("select count(*) from reviews"),
        "comments": database.value("select count(*) from comments"),
        "rejects": database.value("select count(*) from backfill_rejects"),
        "points_per_1000": round(points / thousands, 1),
        "requests_per_1000": round(requests / thousands, 1),
        "commits_per_page": pages / requests,
        "claims": calls["backfill_claim_walk_v1"],
        "cpu_seconds_per_1000": round(run["cpu_seconds"] / thousands, 2),
        "peak_memory_mb": round(run["peak_memory_mb"], 1),
        "wall_seconds": round(run["wall_seconds"], 1),
        **_commit_times(database),
    }


def _commit_times(database: Database) -> dict[str, float]:
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


def _help() -> dict[str, Any]:
    commands = Commands({}, Path())
    seconds = min(_measured(commands, "--help")["wall_seconds"] for _ in range(7))
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, contributor_backfill.cli.main; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    return {"seconds": round(seconds, 3), "heavy_imports": [m for m in HEAVY if m in loaded]}


def _forecast() -> dict[str, Any]:
    """Calculate how long 110,000 pull requests take under 1,000 points an hour."""
    common = {"page_size": 29, "points_per_page": 1, "hourly_limit": 1_000}
    steady = forecast(110_000, **common, seconds_per_page=3.5, minutes_per_run=60, runs_per_hour=1)
    scheduled = forecast(110_000, **common, seconds_per_page=3.5)
    return {
        "without_pause": vars(steady),
        "five_minutes_every_thirty": vars(scheduled),
    }


if __name__ == "__main__":
    bench()
