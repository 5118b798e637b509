"""The setup action makes the tool ready: at once from the cache, else from the registry."""

import os
import subprocess
import time
from pathlib import Path

import pytest

from tests.support.databases import Database
from tests.workflows.conftest import COUNT, Run
from tests.workflows.settings import ROOT
from tests.workflows.stand_ins import APP_TOKEN, StandIns

READY_WITHIN = 15.0
APP = {
    "variables": {"BACKFILL_APP_CLIENT_ID": "Iv23liABC"},
    "secrets": {"BACKFILL_APP_PRIVATE_KEY": "-----BEGIN RSA PRIVATE KEY-----"},
}


@pytest.mark.usefixtures("tracked")
def test_from_the_cache_nothing_is_installed_and_it_is_ready_in_time(run: Run) -> None:
    began = time.monotonic()

    job = run("capture-pr-chunk.yml", inputs={"dry_run": True}).only("capture")

    assert time.monotonic() - began < READY_WITHIN
    assert job.result == "success"
    assert job.step("Install what is missing").text == ""


@pytest.mark.usefixtures("tracked")
def test_without_a_cache_the_runners_lock_alone_makes_the_tool_run(
    run: Run, database: Database
) -> None:
    stand_ins = StandIns(cached=False)

    job = run("progressive-backfill.yml", event="schedule", stand_ins=stand_ins).only("capture")

    if job.step("Install what is missing").exit_code and not os.environ.get("CI"):
        pytest.skip("PyPI is out of reach")
    assert job.result == "success", [each.text for each in job.steps]
    assert "Installing" in job.step("Install what is missing").text
    assert database.value("select count(*) from pull_requests") == COUNT
    environment = next(iter(job.step("Install what is missing").environment.values()))
    assert not list(Path(environment, ".venv").rglob("pytest"))


@pytest.mark.usefixtures("tracked")
def test_the_cache_is_of_this_lock_and_python_and_of_no_commit(run: Run) -> None:
    stand_ins = StandIns()

    for _ in range(2):
        run("capture-pr-chunk.yml", inputs={"dry_run": True}, stand_ins=stand_ins)

    (key,) = set(stand_ins.caches)
    wanted = subprocess.run(
        "cat .github/actions/setup/requirements.lock pyproject.toml | cksum",
        shell=True,
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    assert key.startswith("contributor-backfill-Linux-")
    assert key.endswith("-" + wanted.strip().replace(" ", "-"))


@pytest.mark.usefixtures("tracked")
def test_an_apps_token_takes_the_place_of_the_workflows_own(run: Run) -> None:
    without = run("capture-pr-chunk.yml", inputs={"dry_run": True}).only("capture")
    with_app = run("capture-pr-chunk.yml", inputs={"dry_run": True}, **APP).only("capture")

    for job, token, minutes in ((without, "ghs_capture", ""), (with_app, APP_TOKEN, "55")):
        environment = job.step("Capture").environment
        assert environment["GITHUB_TOKEN"] == token
        assert environment["CONTRIBUTOR_BACKFILL_TOKEN_MINUTES"] == minutes


@pytest.mark.usefixtures("tracked")
def test_secrets_are_seen_by_the_command_alone(run: Run) -> None:
    job = run("capture-pr-chunk.yml", inputs={"dry_run": True}, **APP).only("capture")

    *before, command = job.steps
    assert command.environment["DATABASE_URL"]
    for step in before:
        assert not step.environment.keys() & {"DATABASE_URL", "SUPABASE_SERVICE_KEY"}
        assert "PRIVATE KEY" not in "".join(step.environment.values())
    assert "PRIVATE KEY" not in "".join(command.environment.values())
