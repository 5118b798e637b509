"""The jobs and attempts of workflow runs, and how they move on."""

from typing import Any

import pytest

from contributor_backfill.domain.errors import BackfillError
from tests.sandbox.client import SITE, Client
from tests.sandbox.site import RUNS, add_run, move_job, move_run


def test_a_run_takes_its_jobs_along(site: Client) -> None:
    run_id = add_run(site)["run_id"]
    site.sandbox.clock.advance(60)
    move_run(site, run_id, "in_progress")
    site.sandbox.clock.advance(90)
    move_run(site, run_id, "completed", conclusion="success")

    run = site.get(f"{RUNS}/{run_id}").json()
    jobs = site.get(f"{RUNS}/{run_id}/jobs").json()["jobs"]

    assert (run["status"], run["conclusion"]) == ("completed", "success")
    assert run["updated_at"] == "2026-01-31T08:02:30Z"
    assert [job["name"] for job in jobs] == ["plan", "capture"]
    for job in jobs:
        assert (job["run_id"], job["run_attempt"], job["workflow_name"]) == (run_id, 1, "Backfill")
        assert (job["status"], job["conclusion"]) == ("completed", "success")
        assert job["created_at"] == "2026-01-31T08:00:00Z"
        assert job["started_at"] == "2026-01-31T08:01:00Z"
        assert job["completed_at"] == "2026-01-31T08:02:30Z"
        assert job["runner_name"].startswith("GitHub Actions ")
        assert job["labels"] == ["ubuntu-24.04"]
        assert [step["number"] for step in job["steps"]] == [1, 2, 3]


def test_a_queued_job_has_no_runner_and_is_said_to_have_started(site: Client) -> None:
    run_id = add_run(site)["run_id"]

    job = site.get(f"{RUNS}/{run_id}/jobs").json()["jobs"][0]

    assert (job["runner_id"], job["runner_name"], job["steps"]) == (None, None, [])
    assert job["started_at"] == job["created_at"]
    assert job["completed_at"] is None


def test_a_job_starts_its_run_and_does_not_end_it(site: Client) -> None:
    made = add_run(site, jobs=["only"])

    move_job(site, made["job_ids"][0], "in_progress", runner_name="Our runner 1")
    started = site.get(f"{RUNS}/{made['run_id']}").json()
    steps = [{"name": "Capture", "conclusion": "failure"}]
    move_job(site, made["job_ids"][0], "completed", conclusion="failure", steps=steps)

    run = site.get(f"{RUNS}/{made['run_id']}").json()
    (job,) = site.get(run["jobs_url"]).json()["jobs"]
    assert started["status"] == run["status"] == "in_progress"
    assert (job["status"], job["conclusion"]) == ("completed", "failure")
    assert [(step["name"], step["conclusion"]) for step in job["steps"]] == [("Capture", "failure")]


def test_a_job_can_come_into_being_later(site: Client) -> None:
    run_id = add_run(site, status="in_progress")["run_id"]

    added = site.sandbox.change("add_workflow_job", repository=SITE, run_id=run_id, name="chunk 1")

    last = site.get(f"{RUNS}/{run_id}/jobs").json()["jobs"][-1]
    assert (last["id"], last["name"], last["status"]) == (added["job_id"], "chunk 1", "queued")


def test_every_attempt_keeps_its_own_state_and_jobs(site: Client) -> None:
    run_id = add_run(site, status="completed", conclusion="failure")["run_id"]
    site.sandbox.clock.advance(600)
    again = site.sandbox.change("rerun_workflow_run", repository=SITE, run_id=run_id)

    run = site.get(f"{RUNS}/{run_id}").json()
    first = site.get(run["previous_attempt_url"]).json()
    names = {
        number: [job["run_attempt"] for job in site.get(path).json()["jobs"]]
        for number, path in {
            "1": f"{RUNS}/{run_id}/attempts/1/jobs",
            "2": f"{RUNS}/{run_id}/attempts/2/jobs",
            "latest": f"{RUNS}/{run_id}/jobs",
            "all": f"{RUNS}/{run_id}/jobs?filter=all",
        }.items()
    }

    assert again["run_attempt"] == run["run_attempt"] == 2
    assert (run["status"], run["conclusion"]) == ("queued", None)
    assert run["run_started_at"] == "2026-01-31T08:10:00Z"
    assert run["created_at"] == first["run_started_at"] == "2026-01-31T08:00:00Z"
    assert (first["run_attempt"], first["conclusion"]) == (1, "failure")
    assert names == {"1": [1, 1], "2": [2, 2], "latest": [2, 2], "all": [1, 1, 2, 2]}


def test_jobs_come_in_pages(site: Client) -> None:
    run_id = add_run(site, jobs=[f"chunk {number}" for number in range(5)])["run_id"]

    page = site.get(f"{RUNS}/{run_id}/attempts/1/jobs", per_page=2, page=2)

    assert page.json()["total_count"] == 5
    assert [job["name"] for job in page.json()["jobs"]] == ["chunk 2", "chunk 3"]
    assert page.links.keys() == {"prev", "next", "last", "first"}


def test_a_workflow_that_cannot_start_has_no_jobs(site: Client) -> None:
    run_id = add_run(site, status="completed", conclusion="startup_failure")["run_id"]

    assert site.get(f"{RUNS}/{run_id}/jobs").json() == {"total_count": 0, "jobs": []}


@pytest.mark.parametrize(
    ("status", "values"),
    [
        ("queued", {}),
        ("in_progress", {}),
        ("completed", {"conclusion": "failure"}),
        ("paused", {}),
    ],
)
def test_nothing_moves_back_or_on_from_its_end(
    site: Client, status: str, values: dict[str, Any]
) -> None:
    run_id = add_run(site, status="completed", conclusion="success")["run_id"]

    with pytest.raises(BackfillError):
        move_run(site, run_id, status, **values)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("add_workflow", {}),
        ("add_workflow", {"file": "x.yml", "inputs": "one"}),
        ("add_workflow_run", {"workflow": "gone.yml"}),
        ("add_workflow_run", {"workflow": "backfill.yml", "created_at": "yesterday"}),
        ("add_workflow_run", {"workflow": "backfill.yml", "status": "completed"}),
        ("add_workflow_run", {"workflow": "backfill.yml", "conclusion": "success"}),
        ("move_workflow_run", {"run_id": 1, "status": "in_progress"}),
        ("move_workflow_job", {"job_id": 1, "status": "in_progress"}),
    ],
)
def test_a_change_that_cannot_be_made_says_why(
    site: Client, name: str, values: dict[str, Any]
) -> None:
    with pytest.raises(BackfillError) as caught:
        site.sandbox.change(name, repository=SITE, **values)

    assert str(caught.value)


def test_only_what_is_over_can_be_run_again(site: Client) -> None:
    run_id = add_run(site)["run_id"]

    with pytest.raises(BackfillError):
        site.sandbox.change("rerun_workflow_run", repository=SITE, run_id=run_id)
