"""`monitor` shows what is in the database, and says where nothing is."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.captures import REPOSITORY
from tests.support.commands import Commands
from tests.support.databases import Database
from tests.support.entry import Done, run_here
from tests.support.runners import Runner

STORED = """
    select count(*) as pull_requests, (select count(*) from reviews) as reviews,
      (select count(*) from comments where comment_type = 'issue_comment') as comments,
      (select count(*) from comments where comment_type = 'review_comment') as review_comments
    from pull_requests
"""
CHUNKS = """
    select count(*) as pages, sum(cardinality(pr_numbers))::int as pull_requests,
      percentile_cont(0.5) within group (order by fetch_milliseconds) as milliseconds_p50,
      percentile_cont(0.95) within group (order by cardinality(pr_numbers)) as size_p95
    from backfill_chunks where status = 'completed'
"""
USED = """
    select (select sum(points) from backfill_chunks) + (select sum(points) from backfill_feeds)
        as points,
      (select sum(api_calls_made) from backfill_chunks)
        + (select sum(requests) from backfill_feeds) as requests
"""
RUNS = """
    select command, count(*) as runs, count(*) filter (where outcome = 'done') as done,
      percentile_cont(0.5) within group (order by seconds) as seconds_p50
    from backfill_runs group by command order by command
"""
FAILED = """
    insert into backfill_runs
      (id, command, repository, holder, started_at, heartbeat_at, outcome, error, settled_by)
    select gen_random_uuid(), 'recover', 'o/r' || n, 'host/1', now() - n * interval '1 hour',
      now() - n * interval '1 hour', 'failed', 'https://x/' || n || ' answered 50' || n, 'run'
    from generate_series(1, 3) n;
    insert into backfill_runs
      (id, command, holder, started_at, heartbeat_at, ended_at, outcome, settled_by)
    values (gen_random_uuid(), 'alert', 'host/1', now(), now(), now(), 'lost', 'silence');
"""


def look(commands: Commands, *arguments: str) -> Done:
    done = run_here(commands.environment, commands.directory, "monitor", *arguments)
    assert done.exit_code == 0, done.talk
    return done


def document(commands: Commands) -> dict[str, Any]:
    shown: dict[str, Any] = json.loads(look(commands, "--json").output)
    return shown


def test_every_figure_is_what_a_query_of_its_own_finds(
    captured: Commands, database: Database
) -> None:
    database.rows(FAILED)

    shown = document(captured)

    (line,) = shown["backfills"]["repositories"]
    (stored,) = database.rows(STORED)
    assert {kind: counted["stored"] for kind, counted in line["kinds"].items()} == stored
    assert (line["full_name"], line["state"]) == (REPOSITORY, "complete")
    assert line["pull_requests"] == {"stored": 200, "total": 200, "short": 0}
    (chunks,) = database.rows(CHUNKS)
    captures = shown["captures"]
    assert {name: captures[name] for name in ("milliseconds_p50", "size_p95")} == {
        name: chunks[name] for name in ("milliseconds_p50", "size_p95")
    }
    assert len(captures["chunks"]) == sum(d["chunks"] for d in captures["days"]) == chunks["pages"]
    assert sum(d["backfilled"] for d in captures["days"]) == chunks["pull_requests"]
    (used,) = database.rows(USED)
    for name in ("points", "requests"):
        assert sum(day[name] for day in captures["days"]) == used[name]
    commands = {row["command"]: row for row in shown["runs"]["commands"]}
    for row in database.rows(RUNS):
        assert commands[row["command"]].items() >= row.items()
    (quota,) = (q for q in shown["quota"]["quotas"] if q["limit"])
    assert sum(quota["hours"]) == database.value("select sum(points) from backfill_runs")
    assert quota["limit"] - quota["remaining"] == sum(quota["hours"])
    today = shown["runs"]["observability"][0]
    assert today == {"hours": 24, "started": 6, "running": 0, "known": 5, "unknown": 1}
    size = database.value("select pg_database_size(current_database())")
    assert shown["data"]["bytes"] == pytest.approx(size, rel=0.05)
    assert len(shown["data"]["samples"]) == 1
    errors = {row["words"]: row for row in shown["runs"]["errors"]}
    assert errors["* answered *"]["count"] == errors["* answered *"]["repository_count"] == 3
    assert errors["* answered *"]["repositories"] == ["o/r1", "o/r2", "o/r3"]
    assert errors["The run was lost."]["count"] == 1


def test_it_only_looks_and_two_looks_differ_in_their_time_alone(
    captured: Commands, everything: Callable[[], list[object]]
) -> None:
    before = everything()

    outputs = [look(captured), look(captured, "--summary")]
    first, second = document(captured), document(captured)

    assert everything() == before
    for snapshot in (first, second):
        del snapshot["taken_at"], snapshot["cost"]["period"], snapshot["behind"]
    assert first == second
    assert all("\x1b" not in done.output for done in outputs)
    assert all("200 of 200 pull requests are stored" in done.output for done in outputs)


def test_nothing_is_said_of_an_empty_database_but_that_there_is_no_data(
    commands: Commands, database: Database
) -> None:
    # Its tables held other tests' rows when they were last analyzed.
    database.rows("""
        update pg_class set reltuples = -1
        where relnamespace = 'public'::regnamespace and relkind = 'r'
    """)

    done = look(commands)

    assert done.output.count("No data") == 9
    assert "nan" not in done.output.lower()


def test_in_actions_the_summary_is_the_jobs(commands: Commands, tmp_path: Path) -> None:
    runner = Runner(tmp_path)
    variables = {**commands.environment, **runner.variables}

    done = run_here(variables, commands.directory, "monitor", "--summary")

    assert (done.exit_code, done.output) == (0, "")
    assert "### At a glance" in runner.summary


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--watch"], "--watch needs a terminal"),
        (["--json", "--summary"], "Give one of"),
        (["--watch", "--interval", "0"], "--interval"),
    ],
)
def test_wrong_usage_ends_in_one_clear_sentence(
    arguments: list[str], said: str, commands: Commands
) -> None:
    done = run_here(commands.environment, commands.directory, "monitor", *arguments)

    assert done.exit_code == 2
    assert said in done.talk
