"""Work is shared among jobs where that is asked for, and a run that leaves some starts the next."""

from collections.abc import Iterator

import pytest

from contributor_backfill.sandbox import (
    Limits,
    ListSizes,
    RepositoryOptions,
    Sandbox,
    WorkModel,
    World,
)
from tests.support.commands import Commands
from tests.support.databases import Database
from tests.workflows.conftest import SITE, Run

SIZES = {"octo/a": 300, "octo/b": 350}
IN_A_SECOND = {"chunk_size": "2", "max_minutes": "0.02"}
NONE = ListSizes.exactly(0)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    named = {**SIZES, SITE: 1}
    world = World.of(
        [
            RepositoryOptions(
                name_with_owner=name,
                pull_requests=size,
                reviews=NONE,
                comments=NONE,
                review_comments=NONE,
            )
            for name, size in named.items()
        ]
    )
    # Slow enough for a bound of a second to be reached, however fast the machine is.
    slow = WorkModel(latency_milliseconds=40)
    with Sandbox(world, limits=Limits(hourly_points=1_000), work_model=slow) as sandbox:
        yield sandbox


@pytest.fixture
def tracked(commands: Commands) -> Commands:
    for name in SIZES:
        assert commands.run("track", name).returncode == 0
    return commands


@pytest.mark.usefixtures("tracked")
def test_two_jobs_share_what_is_due(run: Run, database: Database) -> None:
    inputs = {"max_jobs": "2", "max_minutes": "0.5"}

    done = run("progressive-backfill.yml", inputs=inputs)

    assert done.only("plan").step("Plan").outputs["jobs"] == "2"
    assert [job.name for job in done.jobs["capture"]] == ["Capture 1", "Capture 2"]
    assert [job.result for job in done.jobs["capture"]] == ["success", "success"]
    shares = [
        job.step("Capture").environment["CONTRIBUTOR_BACKFILL_REPOSITORIES"]
        for job in done.jobs["capture"]
    ]
    assert sorted(shares) == sorted(SIZES)
    assert database.value("select count(*) from pull_requests") == sum(SIZES.values())
    assert done.jobs["successor"] == []


@pytest.mark.usefixtures("commands")
def test_where_nothing_is_due_there_is_no_job_to_do_it(run: Run) -> None:
    done = run("progressive-backfill.yml", inputs={"max_jobs": "2"})

    assert done.only("plan").step("Plan").outputs["jobs"] == "0"
    assert done.jobs["capture"] == done.jobs["successor"] == []


def test_a_plan_that_fails_is_followed_by_nothing(run: Run) -> None:
    done = run("progressive-backfill.yml", inputs={"max_jobs": "many"})

    assert done.only("plan").step("Plan").exit_code == 2
    assert done.jobs["capture"] == done.jobs["successor"] == []


@pytest.mark.usefixtures("tracked")
@pytest.mark.parametrize("inputs", [{"repository": "octo/a"}, {"dry_run": True}])
def test_one_repository_and_a_dry_run_take_one_job(run: Run, inputs: dict[str, object]) -> None:
    done = run("progressive-backfill.yml", inputs={**inputs, "max_jobs": "2"})

    assert done.jobs["plan"] == []
    assert done.only("capture").result == "success"


@pytest.mark.usefixtures("tracked", "on_github")
def test_a_run_that_leaves_work_behind_starts_the_next_with_its_inputs(
    run: Run, sandbox: Sandbox
) -> None:
    inputs = {"repository": "octo/a", **IN_A_SECOND}

    done = run("progressive-backfill.yml", inputs=inputs)

    assert done.only("capture").outputs == {"more_work": "true"}
    step = done.only("successor").step("Start the next run")
    assert step.exit_code == 0, step.text
    (dispatch,) = sandbox.dispatches(SITE)
    assert dispatch["workflow"] == "progressive-backfill.yml"
    assert dispatch["ref"] == "main"
    assert dispatch["inputs"] == inputs


@pytest.mark.usefixtures("tracked", "sandbox")
def test_the_chain_can_be_switched_off(run: Run) -> None:
    inputs = {**IN_A_SECOND}

    done = run(
        "progressive-backfill.yml", inputs=inputs, variables={"CONTRIBUTOR_BACKFILL_CHAIN": "off"}
    )

    assert done.only("capture").outputs == {"more_work": "true"}
    assert done.jobs["successor"] == []


@pytest.mark.usefixtures("tracked", "on_github")
def test_the_successor_of_a_called_workflow_is_its_callers(run: Run, sandbox: Sandbox) -> None:
    inputs = {**IN_A_SECOND}

    done = run("progressive-backfill.yml", caller="backfill.yml", event="schedule", inputs=inputs)

    step = done.only("successor").step("Start the next run")
    assert step.exit_code == 0, step.text
    (dispatch,) = sandbox.dispatches(SITE)
    assert dispatch["workflow"] == "backfill.yml"
