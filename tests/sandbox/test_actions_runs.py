"""Workflow runs, as REST lists them."""

from typing import Any

import pytest

from tests.sandbox.client import REPOSITORY, SITE, Client
from tests.sandbox.site import RUNS, add_run

FIELDS = {
    "id",
    "name",
    "path",
    "head_branch",
    "head_sha",
    "run_number",
    "run_attempt",
    "event",
    "status",
    "conclusion",
    "workflow_id",
    "url",
    "html_url",
    "jobs_url",
    "created_at",
    "updated_at",
    "run_started_at",
    "repository",
}


def ids(client: Client, **parameters: Any) -> list[int]:
    return [run["id"] for run in client.get(RUNS, **parameters).json()["workflow_runs"]]


def test_a_repository_without_runs_has_an_empty_list(site: Client) -> None:
    assert site.get(RUNS).json() == {"total_count": 0, "workflow_runs": []}
    assert site.get(f"/repos/{REPOSITORY}/actions/runs").json()["total_count"] == 0


def test_a_run_has_githubs_fields(site: Client) -> None:
    made = add_run(site)

    run = site.get(f"{RUNS}/{made['run_id']}").json()

    assert run.keys() >= FIELDS
    assert (run["id"], run["name"], run["path"]) == (
        made["run_id"],
        "Backfill",
        ".github/workflows/backfill.yml",
    )
    assert (run["event"], run["status"], run["conclusion"]) == ("schedule", "queued", None)
    assert (run["run_number"], run["run_attempt"], run["head_branch"]) == (1, 1, "main")
    assert run["repository"]["full_name"] == SITE
    assert run["id"] > 2**31
    assert site.get(run["jobs_url"]).json()["total_count"] == 2


def test_runs_are_listed_newest_first_and_in_pages(site: Client) -> None:
    for day in (3, 1, 2):
        add_run(site, created_at=f"2026-01-0{day}T00:00:00Z")

    first = site.get(RUNS, per_page=2)
    second = site.get(first.links["next"]["url"])

    pages = [first.json(), second.json()]
    assert [page["total_count"] for page in pages] == [3, 3]
    assert [run["created_at"][:10] for page in pages for run in page["workflow_runs"]] == [
        "2026-01-03",
        "2026-01-02",
        "2026-01-01",
    ]
    assert "next" not in second.links


def test_the_status_filter_takes_statuses_and_conclusions(site: Client) -> None:
    queued = add_run(site)["run_id"]
    failed = add_run(site, status="completed", conclusion="failure")["run_id"]
    done = add_run(site, status="completed", conclusion="success")["run_id"]

    assert ids(site, status="queued") == [queued]
    assert ids(site, status="failure") == [failed]
    assert ids(site, status="completed") == [done, failed]
    assert ids(site, status="waiting") == []


@pytest.mark.parametrize(
    ("created", "days"),
    [
        ("2026-01-02", [2]),
        (">=2026-01-02", [3, 2]),
        (">2026-01-02", [3]),
        ("<2026-01-02", [1]),
        ("<=2026-01-02", [2, 1]),
        ("2026-01-01..2026-01-02", [2, 1]),
        ("*..2026-01-01", [1]),
        ("2026-01-03T12:00:00Z..*", [3]),
        (">2026-01-03T12:00:00+00:00", []),
    ],
)
def test_the_created_filter_takes_ranges(site: Client, created: str, days: list[int]) -> None:
    for day in (1, 2, 3):
        add_run(site, created_at=f"2026-01-0{day}T12:00:00Z")

    found = site.get(RUNS, created=created).json()

    assert [int(run["created_at"][8:10]) for run in found["workflow_runs"]] == days
    assert found["total_count"] == len(days)


@pytest.mark.parametrize("created", ["yesterday", "=>2026-01-01", "2026-01-01..", "><2026-01-01"])
def test_a_created_filter_that_is_none_is_422(site: Client, created: str) -> None:
    assert site.get(RUNS, created=created).status_code == 422


def test_filtered_lists_end_after_a_thousand_runs(site: Client) -> None:
    for _ in range(1_001):
        add_run(site, jobs=[])

    assert site.get(RUNS, per_page=1).json()["total_count"] == 1_001
    assert site.get(RUNS, per_page=1, status="queued").json()["total_count"] == 1_000


def test_a_workflow_lists_its_own_runs_by_file_and_by_id(site: Client) -> None:
    other = site.sandbox.change("add_workflow", repository=SITE, file="sync.yml", name="Sync")
    run_id = add_run(site)["run_id"]
    site.sandbox.change("add_workflow_run", repository=SITE, workflow="sync.yml")
    workflows = f"/repos/{SITE}/actions/workflows"

    (run,) = site.get(f"{workflows}/backfill.yml/runs").json()["workflow_runs"]

    assert run["id"] == run_id
    by_id = site.get(f"{workflows}/{run['workflow_id']}/runs").json()["workflow_runs"]
    assert [run["id"] for run in by_id] == [run_id]
    other_runs = site.get(f"{workflows}/{other['workflow_id']}/runs").json()["workflow_runs"]
    assert [run["run_number"] for run in other_runs] == [1]
    assert site.get(f"{workflows}/gone.yml/runs").status_code == 404


@pytest.mark.parametrize("below", ["/1", "/1/jobs", "/1/attempts/1", "/x", "/{run_id}/attempts/2"])
def test_what_is_not_there_is_404(site: Client, below: str) -> None:
    run_id = add_run(site)["run_id"]

    assert site.get(RUNS + below.format(run_id=run_id)).status_code == 404
