"""The demo removes what a demo left, and nothing else."""

import shlex
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import PROGRAM, Commands

SIZE = ("--pull-requests", "20")


@pytest.fixture
def alone() -> Iterator[Commands]:
    """Nothing configured; a home that Postgres's own account may enter, and that needs quotes."""
    with tempfile.TemporaryDirectory(prefix="cb demo'") as directory:
        Path(directory).chmod(0o755)
        yield Commands({"CONTRIBUTOR_BACKFILL_HOME": directory}, Path(directory))


def printed_commands(output: str) -> list[str]:
    """Return the lines that the demo prints to be typed."""
    return [line.strip() for line in output.splitlines() if " contributor-backfill " in line]


def test_what_it_prints_names_the_home_for_one_command_each(alone: Commands) -> None:
    done = alone.run("demo", *SIZE)
    assert done.returncode == 0, done.stderr

    assert "export" not in done.stdout
    status, psql = printed_commands(done.stdout)
    environment = {**alone.environment, "PATH": f"{PROGRAM.parent}:/usr/bin:/bin"}
    del environment["CONTRIBUTOR_BACKFILL_HOME"]
    for line in (status, psql):
        shown = subprocess.run(
            ["sh", "-c", line], env=environment, capture_output=True, text=True, check=False
        )
        assert shown.returncode == 0, shown.stderr
        assert "octo-sandbox/demo" in shown.stdout or "reviews" in shown.stdout
    word, *_ = shlex.split(status)
    assert word == f"CONTRIBUTOR_BACKFILL_HOME={alone.directory.resolve() / 'demo'}"


def test_it_runs_twice_but_not_over_another_repository(alone: Commands) -> None:
    assert alone.run("demo", *SIZE).returncode == 0
    again = alone.run("demo", *SIZE)
    assert again.returncode == 0, again.stderr
    home = str(alone.directory / "demo")
    inside = Commands({"CONTRIBUTOR_BACKFILL_HOME": home}, alone.directory)
    insert = (
        "insert into repositories (github_id, full_name, owner, name)"
        " values (9, 'pallets/click', 'pallets', 'click')"
    )
    assert inside.run("psql", "-c", insert).returncode == 0

    refused = alone.run("demo", *SIZE)

    assert refused.returncode == 3
    assert "holds more than the demo" in refused.stderr
    assert "1 row of repositories" in refused.stderr
    names = inside.run("psql", "-At", "-c", "select full_name from repositories order by 1").stdout
    assert names.split() == ["octo-sandbox/demo", "pallets/click"]
    # Its parent and the home itself have room for a demo of their own.
    assert inside.run("demo", *SIZE).returncode == 0


def test_nobody_captures_into_its_home_and_everybody_may_look(alone: Commands) -> None:
    assert alone.run("demo", *SIZE).returncode == 0
    home = str(alone.directory / "demo")
    inside = Commands({"CONTRIBUTOR_BACKFILL_HOME": home, "GITHUB_TOKEN": "x"}, alone.directory)

    for command in (
        ("track", "pallets/click"),
        ("progressive-backfill",),
        ("recover",),
        ("enqueue", "--type", "recent-prs", "--repository", "octo-sandbox/demo", "--days", "1"),
        ("untrack", "octo-sandbox/demo", "--yes"),
    ):
        refused = inside.run(*command)
        assert refused.returncode == 3, (command, refused.stderr)
        assert f"{home} is the demo's" in refused.stderr
    doctor = inside.run("doctor")
    assert "Not ready" in doctor.stderr
    assert "is the demo's" in " ".join(doctor.stdout.split())
    for look in ("status", "monitor", "queue", "history", "costs"):
        looked = inside.run(look)
        assert looked.returncode == 0, (look, looked.stderr)
        assert "is the demo's" not in looked.stderr
    assert alone.run("demo", *SIZE).returncode == 0


def test_a_demo_that_was_killed_half_way_is_begun_anew(alone: Commands) -> None:
    process = alone.start("demo", "--pull-requests", "3000")
    assert process.stderr is not None
    while "stored" not in process.stderr.readline():
        assert process.poll() is None
    time.sleep(0.2)  # into the middle of a page, or not: it must not matter
    process.kill()
    process.communicate()

    done = alone.run("demo", *SIZE)

    assert done.returncode == 0, done.stderr
    assert "20 of 20 stored" in done.stdout
