"""`pause`, `resume`, `retry`, `reset`, `set` and `history` from the command line."""

import json
from collections.abc import Callable

import pytest

from contributor_backfill.db.gateway import Gateway
from tests.support.commands import Commands
from tests.support.control import ONE, interventions
from tests.support.databases import Database
from tests.support.pages import begin, claim, idle

NAMED = ("--repository", ONE)
USAGE = 2


def test_a_pause_and_its_end_are_in_the_history_with_who_and_why(
    commands: Commands, gateway: Gateway
) -> None:
    begin(gateway)

    paused = commands.run("pause", *NAMED, "--actor", "ada", "--reason", "too\ndear")
    again = commands.run("pause", *NAMED)
    status = commands.run("status")
    resumed = commands.run("resume", *NAMED, "--actor", "bob")
    nothing = commands.run("resume", *NAMED)
    history = commands.run("history", *NAMED)

    assert paused.stdout == f"{ONE}: paused until it is resumed (too dear).\n"
    assert (again.returncode, again.stdout) == (0, f"Nothing to do: {ONE} is paused already.\n")
    assert "when resumed by hand" in status.stdout
    assert resumed.stdout == f"{ONE}: resumed.\n"
    assert (nothing.returncode, "Nothing to do" in nothing.stdout) == (0, True)
    shown = [line.split("  ", 1)[1] for line in history.stdout.splitlines()]
    assert shown == [
        f"bob  {ONE}: resumed.",
        f"ada  {ONE}: paused until it is resumed (too dear).",
    ]


def test_a_pause_of_some_minutes_says_until_when(commands: Commands, gateway: Gateway) -> None:
    begin(gateway)

    done = commands.run("pause", *NAMED, "--minutes", "90")

    until = idle(gateway, full_name=ONE).blocked[0].until
    assert until is not None
    assert f"paused until {until:%Y-%m-%d %H:%M} UTC" in done.stdout


@pytest.mark.parametrize(
    ("given", "actor"), [({"GITHUB_ACTOR": "octocat"}, "octocat"), ({"LOGNAME": "eve"}, "eve")]
)
def test_the_actor_is_who_started_the_workflow_or_the_user(
    commands: Commands,
    gateway: Gateway,
    database: Database,
    given: dict[str, str],
    actor: str,
) -> None:
    begin(gateway)

    Commands({**commands.variables, **given}, commands.directory).run("pause", *NAMED)

    assert [row["actor"] for row in interventions(database)] == [actor]


def test_all_are_paused_with_a_reason_only(
    commands: Commands, gateway: Gateway, database: Database
) -> None:
    for number in (1, 2):
        begin(gateway, github_id=number, full_name=f"octo/r{number}")

    refused = commands.run("pause", "--all")
    done = commands.run("pause", "--all", "--reason", "maintenance")

    assert refused.returncode == USAGE
    assert "say why: --reason" in refused.stderr
    assert sorted(done.stdout.splitlines()) == [
        f"octo/r{number}: paused until it is resumed (maintenance)." for number in (1, 2)
    ]
    assert len(interventions(database)) == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("pause",),
        ("resume", *NAMED, "--all"),
        ("retry", *NAMED, "--repository-id", "11111111-1111-1111-1111-111111111111"),
        ("reset", *NAMED),
        ("reset", "--all", "--yes"),
        ("set", *NAMED),
        ("set", *NAMED, "--chunk-size", "101"),
        ("set", *NAMED, "--priority", "soon"),
        ("pause", *NAMED, "--minutes", "nan"),
        ("recover", "--stuck-minutes", "0"),
    ],
)
def test_what_cannot_be_meant_is_a_mistake_that_changes_nothing(
    commands: Commands, gateway: Gateway, database: Database, arguments: tuple[str, ...]
) -> None:
    begin(gateway)

    done = commands.run(*arguments)

    assert done.returncode == USAGE
    assert "Traceback" not in done.stderr
    assert interventions(database) == []


@pytest.mark.parametrize("command", ["pause", "resume", "retry", "history"])
def test_a_repository_that_nobody_knows_is_named(commands: Commands, command: str) -> None:
    done = commands.run(command, "--repository", "octo/none")

    assert done.returncode == 1
    assert "octo/none is not in this database" in done.stderr


def test_a_dry_run_leaves_every_row_of_every_table_as_it_is(
    commands: Commands,
    gateway: Gateway,
    database: Database,
    everything: Callable[[], list[object]],
) -> None:
    begin(gateway)
    database.rows("update progressive_backfill_state set status = 'failed', consecutive_errors = 1")
    before = everything()

    for arguments, words in (
        (("pause",), "paused until it is resumed"),
        (("retry",), "tried again: its backfill goes on"),
        (("reset",), "begins afresh"),
        (("set", "--chunk-size", "7"), "page size unset -> 7, fixed no -> yes"),
    ):
        done = commands.run(*arguments, *NAMED, "--dry-run")
        assert (done.returncode, words in done.stdout) == (0, True), (done.stdout, done.stderr)
        assert "nothing was written" in done.stderr

    assert everything() == before


def test_a_reset_that_is_meant_is_made_and_one_beside_a_run_is_not(
    commands: Commands, gateway: Gateway
) -> None:
    begin(gateway)

    done = commands.run("reset", *NAMED, "--yes")
    claim(gateway)
    beside = commands.run("reset", *NAMED, "--yes")

    assert done.stdout == f"{ONE}: its backfill begins afresh, from the newest pull request.\n"
    assert beside.returncode == 1
    assert f"A run is at work on {ONE} now" in beside.stderr


def test_settings_hold_for_the_next_run_and_can_be_given_back(
    commands: Commands, gateway: Gateway
) -> None:
    begin(gateway)

    done = commands.run("set", *NAMED, "--chunk-size", "7", "--bodies", "none")
    given_back = commands.run("set", *NAMED, "--chunk-size", "AUTO")
    same = commands.run("set", *NAMED, "--bodies", "none")

    assert done.stdout == f"{ONE}: bodies unset -> none, page size unset -> 7, fixed no -> yes.\n"
    assert given_back.stdout == f"{ONE}: fixed yes -> no.\n"
    assert same.stdout == "Nothing to do: it is so already.\n"


def test_the_history_for_scripts_is_json_and_nothing_else(
    commands: Commands, gateway: Gateway
) -> None:
    begin(gateway)
    empty = commands.run("history", "--json")
    commands.run("retry", *NAMED)
    commands.run("pause", *NAMED, "--reason", "why")

    (line,) = json.loads(commands.run("history", "--json").stdout)

    assert json.loads(empty.stdout) == []
    assert (line["action"], line["repository"], line["reason"]) == ("pause", ONE, "why")
    assert line["before"]["status"] == "active"
    assert line["made_at"].startswith("20")
