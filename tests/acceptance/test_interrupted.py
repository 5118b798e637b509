"""A run that is told to end says so and gives its lease back; one that is killed is lost."""

import signal
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest

from contributor_backfill.sandbox import RepositoryOptions, Sandbox, WorkModel, World
from tests.support.captures import REPOSITORY
from tests.support.commands import Commands
from tests.support.databases import Database


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A GitHub that takes half a second for each response."""
    world = World.of([RepositoryOptions(pull_requests=400)])
    with Sandbox(world, work_model=WorkModel(latency_milliseconds=500)) as sandbox:
        yield sandbox


@pytest.fixture
def started(
    either_commands: Commands, sandbox: Sandbox, database: Database
) -> Iterator[subprocess.Popen[str]]:
    """A run that has committed its first page, and is waiting for GitHub."""
    assert sandbox.url
    assert either_commands.run("track", REPOSITORY).returncode == 0
    process = either_commands.start("progressive-backfill", "--chunk-size", "10")
    deadline = time.monotonic() + 300
    while not database.value("select count(*) from pull_requests"):
        assert time.monotonic() < deadline, "the run does not get going"
        time.sleep(0.05)
    yield process
    process.kill()
    process.communicate()


def record(database: Database) -> dict[str, Any]:
    (row,) = database.rows("select * from backfill_runs where command = 'progressive-backfill'")
    return row


def lease(database: Database) -> Any:
    return database.value("select lease_token from progressive_backfill_state")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_told_to_end_does_so_in_time_and_on_record(
    started: subprocess.Popen[str], database: Database, sandbox: Sandbox, number: signal.Signals
) -> None:
    asked = sandbox.counters()["requests"]

    started.send_signal(number)
    output, talk = started.communicate(timeout=120)

    # It waits for nothing but what is under way; one more may have begun before the signal came.
    assert sandbox.counters()["requests"] <= asked + 1
    assert (started.returncode, output) == (130, "")
    assert "Traceback" not in talk
    row = record(database)
    assert (row["outcome"], row["stop_reason"], row["exit_code"]) == (
        "deferred",
        "interrupted",
        130,
    )
    assert row["database_calls"] >= 3
    assert lease(database) is None
    assert not database.value("select count(*) from backfill_chunks where status = 'processing'")


def test_the_runners_whole_sequence_leaves_record_and_lease_right(
    started: subprocess.Popen[str], database: Database
) -> None:
    started.send_signal(signal.SIGINT)
    while started.poll() is None and record(database)["outcome"] == "running":
        time.sleep(0.01)
    for number in (signal.SIGTERM, signal.SIGKILL):  # into whatever it still has to do
        started.send_signal(number)
    started.communicate()

    assert lease(database) is None
    assert record(database)["outcome"] == "deferred"


def test_a_run_that_is_killed_is_lost_when_its_heartbeat_is_and_the_next_one_goes_on(
    started: subprocess.Popen[str], either_commands: Commands, database: Database
) -> None:
    started.kill()
    started.communicate()
    assert record(database)["outcome"] == "running"
    database.rows("""
        update backfill_runs set started_at = started_at - interval '6 minutes',
          heartbeat_at = heartbeat_at - interval '6 minutes'
        where command = 'progressive-backfill'
    """)

    assert either_commands.run("capture-chunk", "--chunk-size", "10").returncode == 0

    row = record(database)
    assert (row["outcome"], row["settled_by"]) == ("lost", "silence")
    assert row["stop_reason"] == "its heartbeat stopped"
    assert database.value("select max(retry_count) from backfill_chunks") == 1
