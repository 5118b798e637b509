"""Workflows run on this machine: GitHub is the sandbox, the database is real."""

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from contributor_backfill.sandbox import ListSizes, RepositoryOptions, Sandbox, World
from tests.support.captures import REPOSITORY
from tests.support.commands import Commands, variables_for
from tests.support.databases import Database
from tests.support.surroundings import fetching
from tests.workflows.expressions import Expressions, expressions
from tests.workflows.runs import WorkflowRun
from tests.workflows.settings import ROOT, Setting

SITE = "me/site"
"""The repository whose workflows run."""
COUNT = 120
FEW = ListSizes.exactly(1)
Run = Callable[..., WorkflowRun]


@pytest.fixture(scope="session")
def tools() -> Path:
    """The folder that has Node.js and GitHub's packages."""
    done = subprocess.run(
        [ROOT / "scripts" / "node-tools", "workflows"],
        env=fetching(),
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode and not os.environ.get("CI"):
        pytest.skip("npm's registry is out of reach, and was never reached before")
    assert done.returncode == 0
    return Path(done.stdout.strip())


@pytest.fixture(scope="session")
def github_expressions(tools: Path) -> Iterator[Expressions]:
    with expressions(tools) as found:
        yield found


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    world = World.of(
        [
            RepositoryOptions(pull_requests=COUNT, reviews=FEW, comments=FEW, review_comments=FEW),
            RepositoryOptions(name_with_owner=SITE, pull_requests=1),
        ]
    )
    with Sandbox(world) as sandbox:
        yield sandbox


@pytest.fixture
def commands(sandbox: Sandbox, database: Database, tmp_path: Path) -> Commands:
    """The command line from outside of the workflows."""
    return Commands(variables_for(sandbox, database, token="ghp_mine"), tmp_path)


@pytest.fixture
def tracked(commands: Commands) -> str:
    """A repository that is tracked and of which nothing is captured."""
    done = commands.run("track", REPOSITORY)
    assert done.returncode == 0, done.stderr
    return REPOSITORY


@pytest.fixture
def permit(sandbox: Sandbox) -> Callable[[str, Mapping[str, str]], None]:
    """Give a job's token what the job says, and nothing else."""

    def permitting(token: str, permissions: Mapping[str, str]) -> None:
        for name in ("actions", "issues", "pull_requests"):
            level = permissions.get(name.replace("_", "-"))
            if level != "write":
                missing = "write" if level else "read"
                sandbox.change("take_permission", token=token, permission=name, level=missing)

    return permitting


@pytest.fixture
def run(
    github_expressions: Expressions,
    sandbox: Sandbox,
    database: Database,
    tmp_path: Path,
    permit: Callable[[str, Mapping[str, str]], None],
) -> Run:
    """Run a workflow with what `Setting` and `WorkflowRun` take, and return it when it is over."""

    def running(
        workflow: str, *, secrets: dict[str, str] | None = None, **given: Any
    ) -> WorkflowRun:
        of_run = {key: given.pop(key) for key in ("stand_ins", "watch") if key in given}
        setting = Setting(
            workflow,
            secrets={"DATABASE_URL": database.conninfo, **(secrets or {})},
            api_url=sandbox.url,
            graphql_url=sandbox.graphql_url,
            **given,
        )
        directory = tmp_path / f"run-{len(list(tmp_path.iterdir()))}"
        return WorkflowRun(github_expressions, directory, setting, permit=permit, **of_run).run()

    return running


@pytest.fixture
def on_github(sandbox: Sandbox) -> None:
    """The same workflows, as GitHub knows them in the repository whose they are."""
    for file in ("progressive-backfill.yml", "backfill.yml"):
        inputs = ["repository", "chunk_size", "max_minutes", "max_jobs"]
        sandbox.change("add_workflow", repository=SITE, file=file, inputs=inputs)
