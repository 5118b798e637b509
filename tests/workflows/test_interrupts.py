"""A run that is cancelled passes the runner's signal to the command, which ends on record."""

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contributor_backfill.sandbox import RepositoryOptions, Sandbox, WorkModel, World
from tests.support.captures import REPOSITORY
from tests.support.databases import Database
from tests.workflows.conftest import Run

CAPTURES = [
    ("progressive-backfill.yml", "progressive-backfill", {}),
    ("capture-pr-chunk.yml", "capture-chunk", {}),
    ("capture-pr-reviews.yml", "capture-reviews", {"pr_numbers": "1,2,3"}),
    ("capture-pr-comments.yml", "capture-comments", {"pr_numbers": "1,2,3"}),
    ("historical-pr-sync-graphql.yml", "sync-historical", {"force": True}),
]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A GitHub that takes half a second for each response."""
    world = World.of([RepositoryOptions(pull_requests=200)])
    with Sandbox(world, work_model=WorkModel(latency_milliseconds=500)) as sandbox:
        yield sandbox


@pytest.mark.usefixtures("tracked")
@pytest.mark.parametrize(("workflow", "command", "inputs"), CAPTURES)
def test_a_cancelled_capture_ends_in_time_and_on_record(
    run: Run,
    sandbox: Sandbox,
    database: Database,
    workflow: str,
    command: str,
    inputs: dict[str, Any],
) -> None:
    asked: list[int] = []

    def cancel(process: subprocess.Popen[bytes], script: str) -> None:
        if f"contributor-backfill {command}" not in script:
            return
        wait_until_it_asks_github(sandbox)
        assert b"python" in Path(f"/proc/{process.pid}/cmdline").read_bytes()
        asked.append(sandbox.counters()["requests"])
        process.send_signal(signal.SIGINT)

    done = run(workflow, inputs={"repository": REPOSITORY, **inputs}, watch=cancel)

    # It waits for nothing but what is under way; one more may have begun before the signal came.
    assert sandbox.counters()["requests"] <= asked[0] + 1
    (job,) = (job for jobs in done.jobs.values() for job in jobs)
    assert job.step("Capture").exit_code == 130, job.step("Capture").text
    assert job.step("Capture").outputs["stop_reason"] == "interrupted"
    (row,) = database.rows("select * from backfill_runs where command = %s", command)
    assert (row["outcome"], row["exit_code"]) == ("deferred", 130)


def wait_until_it_asks_github(sandbox: Sandbox) -> None:
    before = sandbox.counters()["requests"]
    deadline = time.monotonic() + 300
    while sandbox.counters()["requests"] == before:
        assert time.monotonic() < deadline, "the run does not get going"
        time.sleep(0.02)
