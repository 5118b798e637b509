"""What every measurement is made with: a sandbox in a process of its own, a database, a command.

The client is the installed command, so its CPU seconds and peak memory are the kernel's account of
that process alone.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from contributor_backfill.sandbox import Limits, Sandbox, WorkModel, World
from tests.support.commands import PROGRAM, Commands
from tests.support.databases import Database, new_database, server_in_memory
from tests.support.postgrest import postgrest_server

PARENT, OF_CHILDREN = 1, slice(13, 15)
"""Which fields of a process are its parent, and the CPU time of its children that have ended."""
PLENTY = Limits(hourly_points=100_000, hourly_requests=100_000)
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


@dataclass(frozen=True)
class Usage:
    """What the kernel says that a command took."""

    wall_seconds: float
    cpu_seconds: float
    peak_memory_mb: float


@dataclass(frozen=True)
class Bench:
    """A tracked repository, a database that counts calls, and a count of what was asked."""

    repository: str
    database: Database
    commands: Commands
    counters: Callable[[], dict[str, Any]]

    def run(self, *arguments: str) -> tuple[Usage, dict[str, int]]:
        """Run a command; return what it took, and what it asked of GitHub."""
        before = self.counters()
        usage = measured(self.commands, *arguments)
        after = self.counters()
        names = ("points", "graphql_requests", "rest_requests", "not_modified")
        return usage, {name: after[name] - before[name] for name in names}

    def function_calls(self) -> dict[str, int]:
        """Return how often each function of the database was called. It ends all sessions."""
        self.database.gather_statistics()
        rows = self.database.rows("select funcname, calls from pg_stat_user_functions")
        return {row["funcname"]: row["calls"] for row in rows}

    def server_cpu_seconds(self) -> float:
        """Return the CPU time of all sessions that have ended. It ends those that are open."""
        self.database.gather_statistics()
        session = self.database.value("select pg_backend_pid()")
        server = _fields_of(session)[PARENT]
        return sum(map(int, _fields_of(server)[OF_CHILDREN])) / os.sysconf("SC_CLK_TCK")

    def status(self) -> dict[str, Any]:
        """Return how the repository stands, as `status --json` says."""
        done = self.commands.run("status", "--json")
        assert done.returncode == 0, done.stderr
        (standing,) = json.loads(done.stdout)
        return dict(standing)


def _fields_of(process: int | str) -> list[str]:
    """Return what the kernel says of a process after its name (proc_pid_stat(5))."""
    return Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()


@contextmanager
def benching(
    world: World,
    store: str = "postgres",
    variant: str | None = None,
    work_model: WorkModel | None = None,
) -> Iterator[Bench]:
    """Serve a world of one repository, track it, and begin its backfill.

    The database is empty, or production's in a `variant`. GitHub works for no time, or as a model
    says.
    """
    (repository,) = world.names()
    with (
        _sandbox_process(world, work_model or WorkModel()) as (addresses, counters),
        server_in_memory() as server,
        tempfile.TemporaryDirectory() as directory,
    ):
        database = new_database(server, migrated=True, variant=variant)
        name = database.value("select current_database()")
        database.rows(f"alter database {name} set track_functions = 'all'")
        with _store(database, store) as variables:
            commands = Commands(
                {"GITHUB_TOKEN": "bench", **addresses, **variables}, Path(directory)
            )
            tracked = commands.run("track", repository, "--backfill")
            assert tracked.returncode == 0, tracked.stderr
            yield Bench(repository, database, commands, counters)


def measured(commands: Commands, *arguments: str) -> Usage:
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
    assert usage.pop("status") == 0, done.stderr
    return Usage(**usage)


@contextmanager
def _store(database: Database, store: str) -> Iterator[dict[str, str]]:
    if store == "postgres":
        yield {"DATABASE_URL": database.conninfo}
        return
    with postgrest_server(database.conninfo) as server:
        yield {"SUPABASE_URL": server.url, "SUPABASE_SERVICE_KEY": server.keys.secret_key}


@contextmanager
def _sandbox_process(
    world: World,
    work_model: WorkModel,
) -> Iterator[tuple[dict[str, str], Callable[[], dict[str, Any]]]]:
    ours, theirs = Pipe()
    process = Process(target=_serve, args=(world, work_model, theirs), daemon=True)
    process.start()

    def counters() -> dict[str, Any]:
        ours.send("counters")
        answer: dict[str, Any] = ours.recv()
        return answer

    yield ours.recv(), counters
    process.terminate()
    process.join()


def _serve(world: World, work_model: WorkModel, connection: Connection) -> None:
    with Sandbox(world, limits=PLENTY, work_model=work_model) as sandbox:
        connection.send({"GITHUB_GRAPHQL_URL": sandbox.graphql_url, "GITHUB_API_URL": sandbox.url})
        while True:
            connection.recv()
            connection.send(sandbox.counters())
