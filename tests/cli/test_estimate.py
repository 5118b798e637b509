"""An estimate against the truth of the sandbox, and what becomes of it."""

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from contributor_backfill.cli.app import open_client
from contributor_backfill.cli.settings import Settings
from contributor_backfill.domain.clock import SystemClock
from contributor_backfill.domain.estimate import Estimate
from contributor_backfill.domain.intervals import Interval
from contributor_backfill.operations.estimate import estimate_capture
from contributor_backfill.sandbox import ListSizes, RepositoryOptions, Sandbox, World
from tests.support.captures import REPOSITORY
from tests.support.commands import Commands
from tests.support.databases import Database

CALM = ListSizes(3.0)
"""Lists without tails, which a sample may miss."""
SMALL, LARGE = "octo/small", "octo/large"


@pytest.fixture(scope="module")
def world() -> Iterator[Sandbox]:
    small = RepositoryOptions(name_with_owner=SMALL, pull_requests=90)
    large = RepositoryOptions(
        name_with_owner=LARGE, pull_requests=3_000, reviews=CALM, comments=CALM, seed=2
    )
    issues = RepositoryOptions(
        name_with_owner="octo/issues", pull_requests=101, gap_share=0.99, seed=3
    )
    empty = RepositoryOptions(name_with_owner="octo/empty", pull_requests=0, seed=4)
    with Sandbox(World.of([small, large, issues, empty])) as sandbox:
        yield sandbox


@pytest.fixture
def without_database(world: Sandbox, tmp_path: Path) -> Commands:
    variables = {
        "GITHUB_TOKEN": "ghp_any",
        "GITHUB_GRAPHQL_URL": world.graphql_url,
        "GITHUB_API_URL": world.url,
        "CONTRIBUTOR_BACKFILL_HOME": str(tmp_path / "home"),
    }
    return Commands(variables, tmp_path)


def drawn(sandbox: Sandbox, repository: str, seed: int) -> Estimate:
    settings = Settings("any", graphql_url=sandbox.graphql_url, api_url=sandbox.url)
    client = open_client(settings)
    return estimate_capture(client, SystemClock(), Random(seed), repository)


def truth(sandbox: Sandbox, repository: str) -> dict[str, int]:
    lines = list(sandbox.export(repository))
    reviews = [r for line in lines for r in line["reviews"] if r["state"] != "PENDING"]
    return {
        "pull_requests": len(lines),
        "reviews": len(reviews),
        "comments": sum(len(line["comments"]) for line in lines),
        "review_comments": sum(len(line["review_comments"]) for line in lines),
    }


def test_a_small_repository_is_counted(world: Sandbox, without_database: Commands) -> None:
    done = without_database.run("estimate", "--repository", SMALL, "--json")
    found, true = json.loads(done.stdout), truth(world, SMALL)

    assert found["pull_requests"] == true["pull_requests"]
    for kind in ("reviews", "comments", "review_comments"):
        assert found[kind] == dict.fromkeys(("value", "low", "high"), true[kind])


def test_the_truth_of_a_large_one_lies_between_the_bounds(world: Sandbox) -> None:
    """Nineteen times in twenty: so of thirty intervals some three may miss it."""
    true = truth(world, LARGE)
    held = 0
    for seed in range(10):
        before = world.counters()
        found = drawn(world, LARGE, seed)
        spent = _difference(before, world.counters())

        assert spent["points"] == found.sample.points <= 6
        assert spent["rest_requests"] == found.sample.requests <= 3
        assert found.pull_requests == true["pull_requests"]
        assert found.reviews.high - found.reviews.low < 0.6 * found.reviews.value
        held += _holds(found.reviews, true["reviews"])
        held += _holds(found.comments, true["comments"])
        held += _holds(found.review_comments, true["review_comments"])

    assert held >= 26


def test_where_nearly_all_numbers_are_issues_the_newest_stand_in(
    world: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("contributor_backfill.operations.estimate.ENOUGH", 300)

    found = drawn(world, "octo/issues", 1)

    assert not found.sample.is_random
    assert len(found.sample.pull_requests) == 74
    assert found.sample.points <= 6


def test_an_empty_repository_takes_nothing(without_database: Commands) -> None:
    done = without_database.run("estimate", "--repository", "octo/empty", "--json")
    found = json.loads(done.stdout)

    assert (found["pull_requests"], found["points"]["high"]) == (0, 0)
    assert found["sample"]["points"] == 1


def test_the_cost_is_that_of_the_capture(
    commands: Commands, sandbox: Sandbox, database: Database
) -> None:
    found = _json(commands, "estimate", "--repository", REPOSITORY)
    before = sandbox.counters()

    for arguments in (["track", REPOSITORY], ["progressive-backfill", "--reserve", "0"]):
        assert commands.run(*arguments).returncode == 0

    spent = _difference(before, sandbox.counters())
    # `track` looks the repository up, and what is due besides reads a page.
    assert found["points"]["low"] <= spent["points"] <= found["points"]["high"] + 4
    assert database.value("select count(*) from pull_requests") == found["pull_requests"]


def test_without_a_database_none_is_needed_and_none_is_made(
    without_database: Commands, tmp_path: Path
) -> None:
    done = without_database.run("estimate", "--repository", LARGE, "--bodies", "truncate:500")

    assert done.returncode == 0, done.stderr
    assert "octo/large: 3,000 pull requests on GitHub." in done.stdout
    assert "database, bodies truncate:500, hunks full" in done.stdout
    assert "drawn at random" in done.stdout
    assert "for 6 points and 3 REST requests" in done.stdout
    assert "assumed" in done.stdout
    assert done.stderr == f"Asking GitHub about a sample of {LARGE}.\n"
    assert not (tmp_path / "home").exists()


def test_the_estimate_of_a_tracked_repository_is_stored(
    commands: Commands, database: Database
) -> None:
    _json(commands, "estimate", "--repository", REPOSITORY)
    assert database.value("select count(*) from repositories") == 0
    commands.run("track", REPOSITORY)

    printed = _json(commands, "estimate", "--repository", REPOSITORY.upper())

    stored = database.value("select estimate from backfill_repositories")
    assert stored.pop("estimated_at")
    assert stored == printed


def test_what_was_measured_is_gone_by(commands: Commands, database: Database) -> None:
    commands.run("track", REPOSITORY, "--bodies", "none", "--diff-hunks", "truncate:80")
    commands.run("capture-chunk")
    database.rows("update backfill_chunks set fetch_milliseconds = 2000")

    done = commands.run("estimate", "--repository", REPOSITORY)

    assert "2.0 s a page (measured here)" in done.stdout
    assert "database, bodies none, hunks truncate:80" in done.stdout
    assert "The estimate is stored" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["estimate"], 2, "OWNER/NAME"),
        (["estimate", "--repository", "octo/unknown"], 1, "Could not resolve"),
        (["estimate", "--repository", LARGE, "--bodies", "some"], 2, "truncate:500"),
        (["estimate", "--repository", LARGE, "--store", "postgres"], 3, "DATABASE_URL"),
        (["track", LARGE, "--diff-hunks", "truncate:0"], 2, "truncate:500"),
    ],
)
def test_a_mistake_is_explained(
    without_database: Commands, arguments: list[str], code: int, words: str
) -> None:
    done = without_database.run(*arguments)

    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_what_track_says_of_texts_is_remembered(commands: Commands, database: Database) -> None:
    commands.run("track", REPOSITORY, "--bodies", "truncate:10", "--diff-hunks", "none")
    commands.run("track", REPOSITORY, "--diff-hunks", "full")

    (row,) = database.rows("select bodies, diff_hunks from backfill_repositories")
    assert row == {"bodies": "truncate:10", "diff_hunks": "full"}
    commands.run("capture-chunk")
    assert database.value("select max(length(body)) from pull_requests") == 10


def _holds(interval: Interval, value: int) -> bool:
    return interval.low <= value <= interval.high


def _difference(before: dict[str, Any], after: dict[str, Any]) -> dict[str, int]:
    return {name: after[name] - before[name] for name in ("points", "rest_requests")}


def _json(commands: Commands, *arguments: str) -> dict[str, Any]:
    done = commands.run(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found
