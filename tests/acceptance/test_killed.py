"""A run may be killed between any two instructions; the next one goes on and nothing is lost."""

import random
import signal
import subprocess
import time
from collections.abc import Callable

import pytest

from contributor_backfill.sandbox import Sandbox
from tests.support.captures import REPOSITORY
from tests.support.commands import Commands
from tests.support.databases import Database
from tests.support.truth import differences

KILLS = 50


def test_after_fifty_kills_every_row_equals_the_source(
    either_commands: Commands,
    sandbox: Sandbox,
    database: Database,
    executed: Callable[[], int],
) -> None:
    moments = random.Random(20_250_630)
    assert either_commands.run("track", REPOSITORY).returncode == 0
    looked_up = executed()

    for _ in range(KILLS):
        # Killed while it works: between its first query of this life and about a dozen later.
        process = either_commands.start("progressive-backfill", "--chunk-size", "2")
        _wait_for_a_query(executed, executed(), process)
        time.sleep(moments.uniform(0.0, 0.4))
        process.kill()
        process.communicate()
    assert database.value("select status from progressive_backfill_state") == "active"
    last = either_commands.run("progressive-backfill")

    assert last.returncode == 0, last.stderr
    assert differences(database, sandbox.export(REPOSITORY)) == []
    chunks = database.rows("select * from backfill_chunks where status = 'completed'")
    numbers = [number for chunk in chunks for number in chunk["pr_numbers"]]
    assert len(numbers) == len(set(numbers)) == 1_000
    assert executed() - looked_up - len(chunks) <= KILLS


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_asked_to_end_gives_its_lease_back_at_once(
    sent: signal.Signals, commands: Commands, database: Database, executed: Callable[[], int]
) -> None:
    commands.run("track", REPOSITORY)
    process = commands.start("progressive-backfill", "--chunk-size", "2")
    _wait_for_a_query(executed, executed(), process)

    process.send_signal(sent)
    _, talk = process.communicate(timeout=5)

    assert process.returncode == 130
    assert "Traceback" not in talk
    state = database.rows("select * from progressive_backfill_state")[0]
    assert (state["status"], state["lease_token"]) == ("active", None)
    assert commands.run("progressive-backfill").returncode == 0
    assert database.value("select count(*) from pull_requests") == 1_000


def _wait_for_a_query(
    executed: Callable[[], int], before: int, process: subprocess.Popen[str]
) -> None:
    deadline = time.monotonic() + 20
    while executed() == before:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.005)
