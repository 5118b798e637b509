"""Every run is on record, and in Actions it says of itself what a person needs to see."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from contributor_backfill.sandbox import Sandbox
from tests.support.captures import REPOSITORY
from tests.support.commands import Commands
from tests.support.databases import Database
from tests.support.runners import Runner


def records(database: Database) -> list[dict[str, Any]]:
    return database.rows("select * from backfill_runs order by started_at, id")


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


@pytest.fixture
def in_actions(variables: dict[str, str], runner: Runner, tmp_path: Path) -> Commands:
    return Commands({**variables, **runner.variables}, tmp_path)


def test_every_command_that_works_is_on_record_with_what_it_did(
    commands: Commands, sandbox: Sandbox, database: Database
) -> None:
    for command in (
        ("track", REPOSITORY),
        ("progressive-backfill",),
        ("capture-chunk",),
        ("capture-reviews",),
        ("capture-comments",),
        ("sync-historical", "--force"),
        ("reconcile",),
        ("estimate", "--repository", REPOSITORY),
        ("plan",),
    ):
        assert commands.run(*command).returncode == 0, command

    rows = records(database)
    assert [row["command"] for row in rows] == [
        "track",
        "progressive-backfill",
        "capture-chunk",
        "capture-reviews",
        "capture-comments",
        "sync-historical",
        "reconcile",
        "estimate",
        "plan",
    ]
    assert {(row["outcome"], row["exit_code"], row["settled_by"]) for row in rows} == {
        ("done", 0, "run")
    }
    counters = sandbox.counters()
    assert sum(row["points"] for row in rows) == counters["points"]
    assert sum(row["requests"] for row in rows) == counters["requests"]
    assert rows[1]["chunks"] == database.value(
        "select count(*) from backfill_chunks where status = 'completed'"
    )
    assert rows[1]["row_count"] >= database.value("select count(*) from pull_requests")
    assert all(row["database_calls"] >= 2 and row["seconds"] > 0 for row in rows)
    assert rows[0]["repository"] == REPOSITORY
    assert rows[1]["repository"] is None


def test_what_only_looks_leaves_no_record(captured: Commands, database: Database) -> None:
    before = len(records(database))

    for command in (("status",), ("progressive-backfill", "--dry-run"), ("doctor",)):
        captured.run(*command)

    assert len(records(database)) == before


def test_in_actions_a_run_names_its_workflow_run_job_and_address(
    in_actions: Commands, database: Database
) -> None:
    assert in_actions.run("track", REPOSITORY).returncode == 0

    (row,) = records(database)
    assert (row["workflow_repository"], row["workflow"]) == ("me/site", "progressive-backfill.yml")
    assert (row["workflow_run_id"], row["run_attempt"], row["job"]) == (77, 1, "capture")
    assert (row["runner"], row["event"]) == ("GitHub Actions 12", "schedule")
    assert row["url"] == "https://github.com/me/site/actions/runs/77/attempts/1"
    assert row["billed_minutes"] == 1


def test_outputs_say_whether_there_is_more_and_what_was_done(
    in_actions: Commands, runner: Runner
) -> None:
    in_actions.run("track", REPOSITORY)

    assert in_actions.run("capture-chunk", "--chunk-size", "10").returncode == 0

    outputs = runner.outputs
    assert (outputs["outcome"], outputs["stop_reason"]) == ("done", "chunk limit")
    assert (outputs["more_work"], outputs["chunks"], outputs["points"]) == ("true", "1", "1")
    assert int(outputs["rows"]) > 10
    in_actions.run("progressive-backfill")
    assert runner.outputs["more_work"] == "false"


def test_the_summary_is_a_heading_a_reason_and_a_line_of_figures(
    in_actions: Commands, runner: Runner
) -> None:
    in_actions.run("track", REPOSITORY)

    lines = [line for line in runner.summary.splitlines() if line]

    assert lines[0].startswith("### ✅ track octo")
    assert lines[1] == "finished."
    assert lines[-1].startswith("| 0 | 0 | 1 | 1 |")
    assert len(lines) == 5


def test_a_command_without_a_record_tells_the_runner_too(
    in_actions: Commands, runner: Runner
) -> None:
    assert in_actions.run("status").returncode == 0
    assert runner.summary.startswith("### ✅ status: done")
    assert in_actions.run("status", "--repository", "octo/unknown").returncode == 1

    assert "### ❌ status: failed" in runner.summary
    assert "octo/unknown" in runner.summary
    assert runner.outputs["outcome"] == "failed"


def test_a_run_whose_end_could_not_be_put_on_record_has_not_succeeded(
    in_actions: Commands, runner: Runner, database: Database
) -> None:
    database.rows("alter function backfill_end_run_v1 rename to backfill_end_run_v9")
    try:
        done = in_actions.run("track", REPOSITORY)
    finally:
        database.rows("alter function backfill_end_run_v9 rename to backfill_end_run_v1")

    assert done.returncode == 3
    assert runner.outputs["outcome"] == "failed"
    assert "::error" in done.stderr


def test_an_error_is_told_even_if_it_could_not_be_put_on_record(
    captured: Commands, database: Database
) -> None:
    database.rows("alter function backfill_end_run_v1 rename to backfill_end_run_v9")
    try:
        done = captured.run("track", "none/such")
    finally:
        database.rows("alter function backfill_end_run_v9 rename to backfill_end_run_v1")

    assert "none/such" in done.stderr
    assert "newer version" not in done.stderr


def test_a_failure_is_on_record_annotated_and_in_the_summary(
    in_actions: Commands, runner: Runner, sandbox: Sandbox, database: Database
) -> None:
    in_actions.run("track", REPOSITORY)
    sandbox.change("set_access", repository=REPOSITORY, access="gone")

    done = in_actions.run("progressive-backfill")

    row = records(database)[-1]
    assert (done.returncode, row["outcome"], row["exit_code"]) == (1, "failed", 1)
    assert "Could not resolve" in row["error"]
    assert "::error title=contributor-backfill::" in done.stderr
    assert "**error**" in runner.summary
    assert runner.outputs["outcome"] == "failed"


def test_a_missing_token_is_on_record_in_actions_where_nobody_watches(
    in_actions: Commands, database: Database
) -> None:
    without = Commands({**in_actions.variables, "GITHUB_TOKEN": ""}, in_actions.directory)

    done = without.run("progressive-backfill")

    (row,) = records(database)
    assert (done.returncode, row["outcome"], row["exit_code"]) == (3, "failed", 3)
    assert "GITHUB_TOKEN" in row["error"]


def test_low_quota_is_deferred_and_no_failure(commands: Commands, database: Database) -> None:
    commands.run("track", REPOSITORY)

    done = commands.run("progressive-backfill", "--chunk-size", "2", "--reserve", "990")

    row = records(database)[-1]
    assert (done.returncode, row["outcome"]) == (0, "deferred")
    assert "quota" in row["stop_reason"]
    assert 0 < database.value("select count(*) from pull_requests") < 200


def test_drift_is_a_finding_and_no_failure(captured: Commands, database: Database) -> None:
    database.rows("delete from reviews where id = (select id from reviews limit 1)")

    done = captured.run("reconcile", "--full")

    row = records(database)[-1]
    assert (done.returncode, row["outcome"], row["exit_code"]) == (4, "done", 4)
    assert row["stop_reason"] == "drift found"


def test_an_error_in_the_middle_is_on_record(captured: Commands, database: Database) -> None:
    database.rows("alter function backfill_claim_v1 rename to backfill_claim_v9")
    try:
        done = captured.run("progressive-backfill")
    finally:
        database.rows("alter function backfill_claim_v9 rename to backfill_claim_v1")

    row = records(database)[-1]
    assert (done.returncode, row["outcome"], row["exit_code"]) == (3, "failed", 3)
    assert "backfill_claim" in row["error"]


def test_a_job_follows_its_run(captured: Commands, database: Database) -> None:
    job = database.value(
        "insert into progressive_capture_jobs (job_type) values ('pr_sync') returning id"
    )

    assert captured.run("sync-historical", "--force", "--job-id", str(job)).returncode == 0

    (row,) = database.rows("select * from progressive_capture_jobs")
    assert (row["status"], row["error"]) == ("completed", None)
    assert row["metadata"]["run_id"] == str(records(database)[-1]["id"])


def test_a_job_that_is_not_there_is_named_before_anything_is_done(
    captured: Commands, sandbox: Sandbox
) -> None:
    asked = sandbox.counters()["requests"]
    nothing = str(uuid4())

    done = captured.run("capture-reviews", "--job-id", nothing)

    assert done.returncode == 1
    assert nothing in done.stderr
    assert sandbox.counters()["requests"] == asked


def test_a_run_that_comes_late_says_so(in_actions: Commands, database: Database) -> None:
    in_actions.run("track", REPOSITORY)
    in_actions.run("progressive-backfill")
    database.rows("update backfill_runs set started_at = started_at - interval '4 hours'")

    done = in_actions.run("progressive-backfill")

    assert done.returncode == 0
    assert (
        "::warning title=contributor-backfill::The last run of progressive-backfill" in done.stderr
    )
    assert "4 h 0 min ago" in done.stderr
    assert "::warning" not in in_actions.run("progressive-backfill").stderr


@pytest.mark.parametrize("minutes", ["0", "-1", "soon", "1e9"])
def test_an_interval_that_is_none_is_named(captured: Commands, minutes: str) -> None:
    variables = {**captured.variables, "CONTRIBUTOR_BACKFILL_INTERVAL_MINUTES": minutes}

    done = Commands(variables, captured.directory).run("status")

    assert done.returncode == 3
    assert minutes in done.stderr
    assert "CONTRIBUTOR_BACKFILL_INTERVAL_MINUTES" in done.stderr


def test_an_empty_input_of_a_workflow_is_no_input(in_actions: Commands, database: Database) -> None:
    in_actions.run("track", REPOSITORY)
    names = ("REPOSITORY", "CHUNK_SIZE", "MAX_MINUTES", "JOB_ID", "REPOSITORIES", "MAX_POINTS")
    empty = {f"CONTRIBUTOR_BACKFILL_{name}": "" for name in names}
    variables = {**in_actions.variables, **empty, "CONTRIBUTOR_BACKFILL_DRY_RUN": "false"}

    done = Commands(variables, in_actions.directory).run("progressive-backfill")

    assert done.returncode == 0, done.stderr
    assert records(database)[-1]["chunks"] > 0


def test_an_input_of_a_workflow_is_an_option(in_actions: Commands, database: Database) -> None:
    in_actions.run("track", REPOSITORY)
    inputs = {
        "CONTRIBUTOR_BACKFILL_REPOSITORY": REPOSITORY,
        "CONTRIBUTOR_BACKFILL_CHUNK_SIZE": "7",
        "CONTRIBUTOR_BACKFILL_DRY_RUN": "true",
    }
    dry = Commands({**in_actions.variables, **inputs}, in_actions.directory)
    assert "page of 7" in dry.run("capture-chunk").stdout.replace("pages of 7", "page of 7")
    inputs["CONTRIBUTOR_BACKFILL_DRY_RUN"] = "false"
    wet = Commands({**in_actions.variables, **inputs}, in_actions.directory)

    assert wet.run("capture-chunk").returncode == 0

    assert database.value("select count(*) from pull_requests") == 7


def test_a_run_ends_before_its_token_does(in_actions: Commands, database: Database) -> None:
    in_actions.run("track", REPOSITORY)
    variables = {**in_actions.variables, "CONTRIBUTOR_BACKFILL_TOKEN_MINUTES": "0.001"}

    done = Commands(variables, in_actions.directory).run("progressive-backfill")

    assert done.returncode == 0
    assert "the time limit is reached" in done.stdout
    assert database.value("select count(*) from pull_requests") < 200
