"""A small fleet rehearsed from end to end, its figures held against the database's own."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from contributor_backfill.cli.commands.rehearse import lines, rehearse_on
from contributor_backfill.sandbox.rehearsal.journal import Figures
from contributor_backfill.sandbox.rehearsal.plan import Plan, Until
from contributor_backfill.sandbox.rehearsal.schedule import REAL
from tests.support.commands import OURS
from tests.support.databases import Database
from tests.support.entry import Done, run_here
from tests.support.schema import SCHEMA

SMALL = Plan(repositories=5, largest=150, limit=100, minutes=0.3, until=Until.COMPLETE, seed=3)
OPTIONS = ("--repositories", "5", "--largest", "150", "--limit", "100", "--minutes", "0.3")


def rehearse(directory: Path, *options: str) -> Done:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(OURS)}
    return run_here(inherited, directory, "rehearse", *options)


def rehearsed(database: Database, plan: Plan) -> Figures:
    told: list[Figures] = []
    rehearse_on(database.conninfo, plan, lambda _: None, told.append, schema=SCHEMA)
    (figures,) = told
    return figures


def test_the_figures_are_those_of_the_database_and_the_same_for_the_same_seed(
    database: Database, tmp_path: Path
) -> None:
    figures = rehearsed(database, SMALL)
    runs = by_command(database)

    assert figures.stored == figures.pull_requests == 150 + 75 + 50 + 37 + 30
    assert database.value("select count(*) from pull_requests") == figures.stored
    assert figures.complete_repositories == 5
    assert sum(run["points"] for run in runs.values()) == figures.points
    requests = sum(run["requests"] for run in runs.values())
    assert requests == figures.graphql_requests + figures.rest_requests
    assert figures.started_by_runs > 0
    assert runs["track"]["runs"] == 5
    assert runs["progressive-backfill"]["runs"] == figures.scheduled_runs + figures.started_by_runs
    assert runs["start-successor"]["runs"] >= figures.started_by_runs
    jobs = runs["progressive-backfill"]["runs"] + runs["start-successor"]["runs"]
    assert figures.jobs == jobs
    assert figures.failed_jobs == 0
    # No job takes more than a minute and its set-up.
    assert jobs <= figures.billed_minutes <= 2 * jobs
    begun = database.value("select min(started_at) from backfill_runs")
    assert (begun.year, begun.month, begun.day) == (2026, 11, 23), "the database went by the clock"

    again = rehearse(tmp_path, *OPTIONS, "--until", "complete", "--seed", "3", "--json")
    assert again.exit_code == 0, again.talk
    document = json.loads(again.output)
    assert document["figures"] == json.loads(json.dumps(as_document(figures)))
    assert document["plan"]["schedule"] == REAL.name


def by_command(database: Database) -> dict[str, dict[str, Any]]:
    """Return what the runs on record used, by command."""
    rows = database.rows(
        "select command, count(*) as runs, sum(points)::int as points,"
        " sum(requests)::int as requests from backfill_runs group by command"
    )
    return {row["command"]: row for row in rows}


def as_document(figures: Figures) -> dict[str, Any]:
    return {name: getattr(figures, name) for name in Figures.__slots__}


def test_an_interrupted_rehearsal_tells_what_was_reached(
    database: Database,
) -> None:
    told: list[Figures] = []

    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rehearse_on(database.conninfo, SMALL, interrupt, told.append, schema=SCHEMA)

    (figures,) = told
    assert 0 < figures.stored < figures.pull_requests
    assert figures.days_to_95_percent is None
    assert "Not 95 % complete" in "\n".join(lines(SMALL, figures))
    ends = database.rows("select stop_reason from backfill_runs where outcome = 'deferred'")
    assert ends == [{"stop_reason": "interrupted"}]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--limit", "50"), "Give at least 51."),
        (("--largest", "0"), "0 is not in the range 20<=x<=1000000"),
        (("--repositories", "5000"), "5000 is not in the range 1<=x<=2000"),
    ],
)
def test_what_could_never_end_is_refused_with_the_reason(
    options: tuple[str, str], said: str, tmp_path: Path
) -> None:
    done = rehearse(tmp_path, *options)

    assert done.exit_code == 2
    assert said in done.talk
    assert done.output == ""
