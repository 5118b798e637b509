"""A month's budget: warned of, reached, and what pauses until the month is over. And `costs`."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from contributor_backfill.domain.alerts import Kind, Problem
from contributor_backfill.domain.runs import Severity
from contributor_backfill.reports.problem_words import WORDS
from contributor_backfill.sandbox import RepositoryOptions, Sandbox, World
from contributor_backfill.sandbox.clock import SandboxClock
from tests.support.captures import REPOSITORY
from tests.support.commands import Commands, variables_for
from tests.support.databases import Database
from tests.support.entry import Done, run_here
from tests.support.moved_time import MovedTime
from tests.support.runners import Runner

LATE = datetime(2026, 11, 30, 12, tzinfo=UTC)
ALERTS = "select backfill_find_problems_v1(p_now => %s) -> 'problems'"
SPENDING = (
    ["progressive-backfill"],
    ["capture-chunk"],
    ["capture-reviews"],
    ["capture-comments", "--repository", REPOSITORY, "--pr-numbers", "1"],
    ["sync-historical", "--force"],
    ["start-successor", "--repository", REPOSITORY, "--reference", "main"],
    ["dispatch", "--repository", REPOSITORY, "--reference", "main"],
)
A_JOB = ("enqueue", "--type", "progressive-backfill", "--repository", REPOSITORY)


@pytest.fixture
def clock() -> SandboxClock:
    return SandboxClock(LATE)


@pytest.fixture
def sandbox(clock: SandboxClock) -> Iterator[Sandbox]:
    with Sandbox(World.of([RepositoryOptions(pull_requests=120)]), clock=clock) as sandbox:
        yield sandbox


class Late:
    """Commands on the last day of a month."""

    def __init__(self, time: MovedTime, variables: dict[str, str], sandbox: Sandbox) -> None:
        self.time, self.variables, self._sandbox = time, variables, sandbox

    def run(self, *arguments: str, **variables: str) -> Done:
        return self.time.run({**self.variables, **variables}, *arguments)

    def requests(self) -> int:
        counters = self._sandbox.counters()
        return int(counters["graphql_requests"]) + int(counters["rest_requests"])


@pytest.fixture
def late(
    sandbox: Sandbox,
    clock: SandboxClock,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Late:
    monkeypatch.chdir(tmp_path)
    commands = Commands(variables_for(sandbox, database), tmp_path)
    return Late(MovedTime(clock, monkeypatch), commands.environment, sandbox)


def test_at_its_cap_a_month_captures_nothing_until_it_is_over(
    late: Late, database: Database, tmp_path: Path
) -> None:
    assert late.run("track", REPOSITORY).exit_code == 0
    assert late.run("capture-chunk").exit_code == 0
    spent = database.value("select sum(points) from backfill_runs")
    assert database.value("select sum(bytes) from backfill_runs") > 10_000
    assert [late.run(*command).exit_code for command in (A_JOB, ("route",))] == [0, 0]
    assert late.run("budget", "--points", str(spent), "--reason", "enough").exit_code == 0
    before = late.requests()

    for arguments in SPENDING:
        done = late.run(*arguments)
        assert (done.exit_code, done.output) == (0, "")
        assert f"{spent} of {spent} points (100 %)" in done.talk
        assert "until 2026-12-01 00:00 UTC" in done.talk
        assert "contributor-backfill budget --points MORE" in done.talk

    runner = Runner(tmp_path, run_id=1)
    event = tmp_path / "event.json"
    event.write_text('{"repository": {"private": true}}', encoding="utf-8")
    planned = late.run("plan", "--json", **runner.variables, GITHUB_EVENT_PATH=str(event))
    assert database.value("select command from backfill_runs where workflow_is_private") == "plan"
    assert (planned.exit_code, json.loads(planned.output)) == (0, {"include": []})
    assert (runner.outputs["jobs"], runner.outputs["outcome"]) == ("0", "deferred")
    assert late.requests() == before
    ends = database.rows(
        "select command, count(*) as many, min(exit_code) as code from backfill_runs"
        " where outcome = 'deferred' and stop_reason = 'budget' group by command"
    )
    paused = {arguments[0] for arguments in SPENDING} | {"plan"}
    assert {(end["command"], end["many"], end["code"]) for end in ends} == {
        (command, 1, 0) for command in paused
    }
    assert late.run("status").output.startswith("The budget of November 2026 is used up:")
    (trouble,) = (t for t in database.value(ALERTS, late.time.now()) if t["kind"] == "budget")
    assert trouble["severity"] == "error"
    told = Problem(Kind.BUDGET, Severity.ERROR, detail=trouble["detail"])
    assert f"is used up: {spent} of {spent} points" in WORDS[Kind.BUDGET].what(told)
    assert "the month's budget runs out" in late.run("alert", "--dry-run").output

    late.time.advance(13 * 3600)

    assert not late.run("status").output.startswith("The budget")
    assert late.run("progressive-backfill").exit_code == 0
    assert database.value("select count(*) from pull_requests") == 120


def test_a_cap_that_is_raised_or_lifted_goes_on_at_once(late: Late, database: Database) -> None:
    late.run("track", REPOSITORY)
    database.rows("update backfill_runs set points = 100")
    late.run("budget", "--points", "100")
    assert "is used up" in late.run("capture-chunk").talk

    raised = late.run("budget", "--points", "120")
    assert "points     100 of 120 points (83 %)" in raised.output
    assert "nearly used up" in raised.output
    assert late.run("capture-chunk").exit_code == 0
    assert database.value("select count(*) from pull_requests") > 0
    (trouble,) = (t for t in database.value(ALERTS, late.time.now()) if t["kind"] == "budget")
    assert trouble["severity"] == "warning"

    lifted = late.run("budget", "--points", "none")
    assert lifted.output == "No cap is set: a month may take what it wants.\n"
    assert "all repositories: monthly budget: points 120 -> unset." in late.run("history").output
    assert not [t for t in database.value(ALERTS, late.time.now()) if t["kind"] == "budget"]


def test_costs_shows_a_month_in_80_columns_and_says_where_there_is_nothing(
    late: Late, database: Database, tmp_path: Path
) -> None:
    assert late.run("costs").output.startswith("November 2026: no data, nothing ran.")
    late.run("track", REPOSITORY)
    late.run("progressive-backfill")
    database.rows("update backfill_runs set billed_minutes = 1500")
    prices = tmp_path / "prices.toml"
    prices.write_text("[inngest.free]\nincluded_executions = 0\n")
    file = {"CONTRIBUTOR_BACKFILL_PRICES": str(prices)}

    done = late.run("costs", **file)

    assert done.exit_code == 0
    assert max(map(len, done.output.splitlines())) <= 80
    assert REPOSITORY in done.output
    assert "inngest.free.included_executions = 0" in done.output
    # Two runs of 1,500 minutes each: a thousand beyond the included ones.
    document = json.loads(late.run("costs", "--json", "--visibility", "private", **file).output)
    assert document["bill"] == {"least": 6.0, "most": 6.0}
    points = database.value("select sum(points) from backfill_runs")
    (row,) = (row for row in document["spending"] if row["measure"] == "points")
    assert row["so_far"] == points
    assert document["comparison"]["alone"]["dollars"] == 75
    assert document["comparison"]["saving"] == pytest.approx(1 - 6 / 75)
    free = json.loads(late.run("costs", "--json", "--visibility", "public").output)
    assert free["bill"] == {"least": 0, "most": 0}
    assert late.run("costs", "--month", "2026-10").output.startswith("October 2026: no data")


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["costs", "--month", "2026-13"], 2, "'2026-13' is not a month such as 2026-11."),
        (["costs", "--month", "9998-01"], 2, "--month 9998-01 has not begun."),
        (["budget", "--minutes", "0"], 2, "'0' is neither a number above 0 nor none."),
        (["budget", "--dollars", "nan"], 2, "'nan' is neither a number above 0 nor none."),
        (["budget", "--dollars", "9", "--visibility", "public"], 2, "cost nothing"),
    ],
)
def test_a_mistake_is_told_in_a_sentence(
    arguments: list[str], code: int, says: str, variables: dict[str, str], tmp_path: Path
) -> None:
    done = run_here(Commands(variables, tmp_path).environment, tmp_path, *arguments)

    assert done.exit_code == code
    assert says in done.talk
