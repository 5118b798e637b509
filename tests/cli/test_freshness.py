"""A fleet of two hundred is known to be current for a few points, requests and database calls."""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from contributor_backfill.sandbox import Sandbox
from tests.support.commands import Commands, variables_for
from tests.support.databases import Database
from tests.support.fleet import an_hour_passes, changed, serving, synced

MANY = 200


@pytest.fixture(scope="module")
def fleet() -> Iterator[Sandbox]:
    with serving(MANY) as sandbox:
        yield sandbox


@pytest.fixture
def commands(fleet: Sandbox, database: Database, tmp_path: Path) -> Commands:
    synced(fleet, database)
    return Commands(variables_for(fleet, database), tmp_path)


def last_run(database: Database) -> dict[str, Any]:
    (row,) = database.rows("""
        select points, requests, database_calls, outcome from backfill_runs
        order by started_at desc limit 1
    """)
    return row


def behind(database: Database) -> dict[str, Any]:
    row: dict[str, Any] = database.value("select backfill_read_behind_v1()")
    return row


def test_two_hundred_quiet_ones_take_two_points_and_ten_calls_and_then_the_changed_one_is_synced(
    commands: Commands, fleet: Sandbox, database: Database
) -> None:
    assert behind(database)["worst_seconds"] >= 3_600
    assert "Behind GitHub: median 60 min, worst 60 min (octo/" in commands.run("status").stdout

    quiet = commands.run("sync-historical")

    assert quiet.returncode == 0, quiet.stderr
    assert "Asked about 200 repositories at once: 0 changed, 200 unchanged." in quiet.stdout
    cost = last_run(database)
    assert (cost["points"], cost["requests"], cost["outcome"]) == (2, 2, "done")
    assert cost["database_calls"] <= 10
    assert behind(database)["worst_seconds"] < 60
    assert re.search(r"Behind GitHub: median \d+ s, worst \d+ s", commands.run("status").stdout)
    assert "Behind GitHub: median " in commands.run("monitor").stdout
    shown = json.loads(commands.run("monitor", "--json").stdout)["behind"]
    assert (shown["repositories"], shown["worst_seconds"] < 120) == (MANY, True)
    lines = json.loads(commands.run("status", "--json").stdout)
    begun = database.value("select max(started_at) from backfill_runs")
    assert all(datetime.fromisoformat(line["current_at"]) >= begun for line in lines)

    changed(fleet, "octo/number-0100")
    an_hour_passes(database)
    busy = commands.run("sync-historical")

    assert "Asked about 200 repositories at once: 1 changed, 199 unchanged." in busy.stdout
    assert "octo/number-0100: " in busy.stdout
    cost = last_run(database)
    assert cost["points"] == 3
    assert cost["requests"] <= 5
    assert cost["database_calls"] <= 16
    assert behind(database)["worst_seconds"] < 60
