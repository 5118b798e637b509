"""Due work becomes the jobs of a matrix, and each job does its part."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from contributor_backfill.sandbox import Limits, RepositoryOptions, Sandbox, World
from tests.support.commands import Commands
from tests.support.databases import Database
from tests.support.runners import Runner

SIZES = {"octo/a": 150, "octo/b": 250, "octo/c": 350}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    world = World.of(
        [RepositoryOptions(name_with_owner=n, pull_requests=size) for n, size in SIZES.items()]
    )
    with Sandbox(world, limits=Limits(hourly_points=1_000)) as sandbox:
        yield sandbox


@pytest.fixture
def tracked(commands: Commands) -> Commands:
    for name in SIZES:
        assert commands.run("track", name).returncode == 0
    return commands


def test_the_jobs_of_a_matrix_do_all_that_is_due(tracked: Commands, database: Database) -> None:
    planned = tracked.run("plan", "--max-jobs", "3", "--max-minutes", "0.5", "--json")
    jobs = json.loads(planned.stdout)["include"]

    processes = [
        tracked.start(
            "progressive-backfill",
            *("--repositories", job["repositories"]),
            *("--max-points", str(job["max_points"])),
        )
        for job in jobs
    ]
    for process in processes:
        assert process.communicate()[1] is not None
        assert process.returncode == 0

    assert sorted(n for job in jobs for n in job["repositories"].split(",")) == sorted(SIZES)
    assert [job["shard"] for job in jobs] == list(range(1, len(jobs) + 1))
    assert len(jobs) == 3
    assert database.value("select count(*) from pull_requests") == sum(SIZES.values())
    assert tracked.run("plan").stdout == "Nothing is due: no job is needed.\n"


def test_a_job_leaves_other_repositories_alone(tracked: Commands, database: Database) -> None:
    tracked.run("progressive-backfill", "--repositories", "OCTO/a, octo/c")

    served = database.rows("select distinct repository_full_name as name from pull_requests")
    assert {row["name"] for row in served} == {"octo/a", "octo/c"}


def test_a_job_serves_nothing_before_its_time(tracked: Commands, database: Database) -> None:
    """A repository in a matrix was not named by a person."""
    database.rows(
        "update progressive_backfill_state set next_attempt_at = now() + interval '1 hour'"
    )

    done = tracked.run("progressive-backfill", "--repositories", ",".join(SIZES))

    assert done.returncode == 0
    assert database.value("select count(*) from backfill_chunks") == 0


def test_a_run_spends_no_more_points_than_it_was_given(tracked: Commands, sandbox: Sandbox) -> None:
    before = sandbox.counters()["points"]

    done = tracked.run("progressive-backfill", "--chunk-size", "10", "--max-points", "7")

    assert sandbox.counters()["points"] - before <= 7
    assert done.returncode == 0
    assert "the limit of points is reached" in done.stdout


def test_in_actions_the_matrix_is_an_output(
    tracked: Commands, tmp_path: Path, database: Database
) -> None:
    runner = Runner(tmp_path)
    commands = Commands({**tracked.variables, **runner.variables}, tmp_path)

    done = commands.run("plan", "--max-jobs", "2", "--json")

    assert json.loads(runner.outputs["matrix"]) == json.loads(done.stdout)
    assert runner.outputs["jobs"] == "1", "half a minute of work needs one job"
    assert database.value("select stop_reason from backfill_runs where command = 'plan'")


def test_names_in_a_list_are_checked_one_by_one(commands: Commands) -> None:
    done = commands.run("progressive-backfill", "--repositories", "octo/a,$(touch x)")

    assert done.returncode == 2
    assert "'$(touch x)'" in done.stderr


def test_a_list_and_a_name_are_too_much(commands: Commands) -> None:
    done = commands.run(
        "progressive-backfill", "--repositories", "octo/a", "--repository", "octo/b"
    )

    assert done.returncode == 2
    assert "not both" in done.stderr
