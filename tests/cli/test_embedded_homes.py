"""A home that the embedded database cannot use ends every command in one sentence."""

from pathlib import Path

import pytest

from tests.support.entry import run_here

OPENING = [
    ["capture-chunk"],
    ["costs"],
    ["demo", "--pull-requests", "1"],
    ["doctor"],
    ["history"],
    ["migrate"],
    ["monitor"],
    ["plan"],
    ["progressive-backfill"],
    ["psql", "-c", "select 1"],
    ["queue"],
    ["recover"],
    ["status"],
    ["track", "octo-sandbox/demo"],
]


def run(home: Path, arguments: list[str]) -> str:
    """Run a command in a home, and return the one sentence it ends in."""
    environment = {
        "CONTRIBUTOR_BACKFILL_HOME": str(home),
        "GITHUB_TOKEN": "any",
        "GITHUB_API_URL": "http://127.0.0.1:1",
        "GITHUB_GRAPHQL_URL": "http://127.0.0.1:1/graphql",
    }
    done = run_here(environment, home.parent, *arguments)
    assert done.exit_code == 3, done.output + done.talk
    assert "Traceback" not in done.talk
    return " ".join((done.output + done.talk).split())


@pytest.mark.parametrize("arguments", OPENING, ids=" ".join)
def test_a_home_with_data_of_another_major_version_is_named(
    tmp_path: Path, arguments: list[str]
) -> None:
    home = tmp_path / "home"
    of_the_demo = "demo" if arguments[0] == "demo" else ""
    (home / of_the_demo / "pg15" / "pgdata").mkdir(parents=True)
    said = run(home, arguments)
    assert f"{home / of_the_demo / 'pg15'} holds data of PostgreSQL 15" in said
    assert "CONTRIBUTOR_BACKFILL_PG_BIN" in said
    assert [path.name for path in (home / of_the_demo).iterdir()] == ["pg15"]


@pytest.mark.parametrize("arguments", OPENING, ids=" ".join)
def test_a_home_that_is_a_file_is_named(tmp_path: Path, arguments: list[str]) -> None:
    home = tmp_path / "home"
    home.write_text("")
    assert "home: Not a directory" in run(home, arguments).replace("/demo", "")


@pytest.mark.parametrize("arguments", OPENING, ids=" ".join)
def test_a_home_in_a_circle_of_links_is_named(tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "home").symlink_to("home")
    assert "Too many levels of symbolic links" in run(tmp_path / "home", arguments)


def test_a_home_of_nobody_known_is_named(tmp_path: Path) -> None:
    said = run_here({"CONTRIBUTOR_BACKFILL_HOME": "~nobody-known/x"}, tmp_path, "status")
    assert said.exit_code == 3
    assert "'~nobody-known/x' cannot be found" in said.talk
