"""Every workflow does its work as it is written, and leaves a record."""

from typing import Any

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.jobs import JobType
from contributor_backfill.sandbox import Sandbox
from tests.support.captures import REPOSITORY
from tests.support.commands import Commands
from tests.support.databases import Database
from tests.support.jobs import add_job
from tests.workflows.conftest import COUNT, SITE, Run
from tests.workflows.runs import JobResult


def record(database: Database, command: str) -> dict[str, Any]:
    """Return what a run of the workflow wrote of a command."""
    (row,) = database.rows(
        "select * from backfill_runs where command = %s and workflow_run_id = 77", command
    )
    return row


def stored(database: Database, table: str = "pull_requests") -> int:
    return int(database.value(f"select count(*) from {table}"))


def succeeded(job: JobResult) -> bool:
    assert job.result == "success", [step.text for step in job.steps]
    return all(step.outcome in {"success", "skipped"} for step in job.steps)


@pytest.mark.usefixtures("tracked")
def test_a_schedule_captures_what_is_due_in_one_job(run: Run, database: Database) -> None:
    done = run("progressive-backfill.yml", event="schedule")

    assert (done.jobs["plan"], done.jobs["successor"]) == ([], [])
    job = done.only("capture")
    assert succeeded(job)
    assert (job.name, job.runs_on) == ("Capture", "ubuntu-24.04")
    step = job.step("Capture")
    assert step.outputs["more_work"] == "false"
    assert step.summary.startswith("### ")
    assert stored(database) == COUNT
    row = record(database, "progressive-backfill")
    assert (row["outcome"], row["exit_code"]) == ("done", 0)
    assert (row["job"], row["run_attempt"], row["event"]) == ("capture", 1, "schedule")
    assert row["url"] == "https://github.com/me/site/actions/runs/77/attempts/1"


def test_a_chunk_is_one_page_of_the_size_that_is_asked_for(
    run: Run, tracked: str, database: Database
) -> None:
    done = run("capture-pr-chunk.yml", inputs={"repository": tracked, "chunk_size": "7"})

    assert succeeded(done.only("capture"))
    assert stored(database) == 7
    assert record(database, "capture-chunk")["repository"] == tracked


@pytest.mark.parametrize("kind", ["reviews", "comments"])
def test_numbers_are_captured_and_nothing_else(
    run: Run, tracked: str, database: Database, kind: str
) -> None:
    inputs = {"repository": tracked, "pr_numbers": "3,5", "max_minutes": "2"}

    done = run(f"capture-pr-{kind}.yml", inputs=inputs)

    assert succeeded(done.only("capture"))
    numbers = database.rows("select number from pull_requests order by number")
    assert [row["number"] for row in numbers] == [3, 5]
    assert record(database, f"capture-{kind}")["outcome"] == "done"


def test_a_sync_takes_days_items_and_force(
    run: Run, tracked: str, commands: Commands, database: Database
) -> None:
    assert commands.run("progressive-backfill").returncode == 0
    inputs = {"repository": tracked, "days": "3650", "max_items": "11", "force": True}

    done = run("historical-pr-sync-graphql.yml", inputs=inputs)

    assert succeeded(done.only("sync"))
    assert record(database, "sync-historical")["row_count"] > 0


@pytest.mark.usefixtures("tracked")
def test_a_sync_by_schedule_needs_nothing_said(run: Run, database: Database) -> None:
    done = run("historical-pr-sync-graphql.yml", event="schedule")

    assert succeeded(done.only("sync"))
    assert record(database, "sync-historical")["event"] == "schedule"


def test_a_job_follows_its_run(run: Run, tracked: str, database: Database) -> None:
    job = str(
        database.value(
            "insert into progressive_capture_jobs (job_type) values ('pr_sync') returning id"
        )
    )

    done = run("progressive-backfill.yml", inputs={"repository": tracked, "job_id": job})

    assert done.title == f"Progressive backfill for job {job}"
    assert database.value("select status from progressive_capture_jobs") == "completed"


@pytest.mark.usefixtures("tracked")
@pytest.mark.parametrize(
    ("workflow", "key"),
    [
        ("progressive-backfill.yml", "capture"),
        ("capture-pr-chunk.yml", "capture"),
        ("capture-pr-reviews.yml", "capture"),
        ("capture-pr-comments.yml", "capture"),
        ("historical-pr-sync-graphql.yml", "sync"),
    ],
)
def test_a_dry_run_writes_nothing(run: Run, database: Database, workflow: str, key: str) -> None:
    before = stored(database, "backfill_runs")

    done = run(workflow, inputs={"dry_run": True})

    assert succeeded(done.only(key))
    assert (stored(database), stored(database, "backfill_runs")) == (0, before)


@pytest.mark.usefixtures("on_github")
def test_the_watchdog_recovers_settles_hands_jobs_over_and_alerts(
    run: Run, tracked: str, gateway: Gateway, database: Database, sandbox: Sandbox
) -> None:
    sandbox.change("set_access", repository=REPOSITORY, access="gone")
    run("progressive-backfill.yml", event="schedule", run_id=76)
    file, inputs = "capture-pr-reviews.yml", ["repository", "pr_numbers", "job_id"]
    sandbox.change("add_workflow", repository=SITE, file=file, inputs=inputs)
    database.rows("insert into backfill_routing (target) values (0)")
    jobs = [
        add_job(gateway, tracked, job_type=job_type)
        for job_type in (JobType.REVIEWS, JobType.RECENT_PRS)
    ]
    given = {
        "secrets": {"INNGEST_EVENT_KEY": "planted-key"},
        "variables": {"INNGEST_BASE_URL": sandbox.url},
    }

    done = run("recovery.yml", event="schedule", **given)

    assert succeeded(done.only("recover"))
    for command in ("recover", "sync-runs", "route", "dispatch", "alert"):
        assert record(database, command)["exit_code"] == 0
    assert [issue["state"] for issue in sandbox.issues(SITE)] == ["OPEN"]
    (dispatch,) = sandbox.dispatches(SITE)
    assert dispatch["inputs"] == {"repository": tracked, "job_id": jobs[0]}
    (event,) = sandbox.inngest_events(received=True)
    assert event["data"]["jobId"] == jobs[1]
    assert "planted-key" not in done.only("recover").step("Hand jobs over").text


@pytest.mark.usefixtures("tracked", "on_github")
def test_an_alert_is_raised_also_when_there_is_no_recovering(run: Run, database: Database) -> None:
    database.rows("alter function backfill_recover_v1 rename to backfill_recover_v9")
    try:
        job = run("recovery.yml", event="schedule").only("recover")
    finally:
        database.rows("alter function backfill_recover_v9 rename to backfill_recover_v1")

    assert job.result == "failure"
    assert job.step("Recover what is stuck").outcome == "failure"
    assert job.step("Raise and close alerts").outcome == "success"


@pytest.mark.usefixtures("on_github")
def test_what_github_says_of_a_run_is_put_on_record(
    run: Run, database: Database, sandbox: Sandbox
) -> None:
    made = sandbox.change(
        "add_workflow_run",
        repository=SITE,
        workflow="progressive-backfill.yml",
        status="completed",
        conclusion="cancelled",
    )
    workflow_run = {
        "id": made["run_id"],
        "run_attempt": 1,
        "name": "Progressive backfill",
        "path": ".github/workflows/progressive-backfill.yml",
        "event": "schedule",
        "status": "completed",
        "conclusion": "cancelled",
        "html_url": f"https://github.com/{SITE}/actions/runs/{made['run_id']}",
        "created_at": "2026-11-01T00:00:00Z",
        "updated_at": "2026-11-01T00:05:00Z",
        "run_started_at": "2026-11-01T00:00:00Z",
        "repository": {"full_name": SITE},
        "head_repository": {"full_name": SITE},
    }
    payload = {"action": "completed", "workflow_run": workflow_run}

    done = run("record-run.yml", event="workflow_run", payload=payload)

    assert succeeded(done.only("record"))
    (row,) = database.rows("select * from backfill_workflow_runs")
    assert (row["run_id"], row["conclusion"]) == (made["run_id"], "cancelled")


@pytest.mark.parametrize(
    "stranger",
    [
        {"head_repository": {"full_name": "stranger/site"}, "event": "schedule"},
        {"head_repository": None, "event": "schedule"},
        {"head_repository": {"full_name": SITE}, "event": "pull_request"},
        {"head_repository": {"full_name": "stranger/site"}, "event": "pull_request"},
    ],
)
def test_no_job_with_secrets_runs_for_a_strangers_run(run: Run, stranger: dict[str, Any]) -> None:
    workflow_run = {"id": 5, "name": "Progressive backfill", **stranger}
    payload = {"action": "completed", "workflow_run": workflow_run}

    done = run("record-run.yml", event="workflow_run", payload=payload)

    assert done.jobs["record"] == []


def test_recording_each_event_can_be_switched_off(run: Run) -> None:
    off = {"CONTRIBUTOR_BACKFILL_RECORD": "off"}

    done = run("record-run.yml", event="workflow_run", variables=off)

    assert done.jobs["record"] == []
