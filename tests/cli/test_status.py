"""`status` of several repositories: what comes first, what is left out, what is asked for."""

import json

import pytest

from tests.support.commands import Commands
from tests.support.databases import Database
from tests.support.entry import Done, run_here

TRACKED = """
    insert into repositories (github_id, full_name, owner, name)
    select n, 'octo/n' || lpad(n::text, 2, '0'), 'octo', 'n' || lpad(n::text, 2, '0')
    from generate_series(1, 60) n;
    insert into backfill_repositories (repository_id, pull_requests_total, tracked_at, priority)
    select id, 10 * github_id, now(), case when github_id = 7 then 'high' else 'medium' end
    from repositories;
    insert into progressive_backfill_state (repository_id, total_prs, processed_prs, status,
      last_error, last_error_at, consecutive_errors)
    select id, 10 * github_id, 0,
      case github_id when 60 then 'failed' when 30 then 'paused' else 'active' end,
      case github_id when 60 then 'It is gone.' end, now(), 1
    from repositories;
"""


@pytest.fixture
def tracked(commands: Commands, database: Database) -> Commands:
    database.rows(TRACKED)
    return commands


def status(commands: Commands, *arguments: str) -> Done:
    return run_here(commands.environment, commands.directory, "status", *arguments)


def names(commands: Commands, *arguments: str) -> list[str]:
    shown = json.loads(status(commands, "--json", *arguments).output)
    return [line["full_name"] for line in shown]


def test_the_problemd_come_first_and_the_rest_is_counted(tracked: Commands) -> None:
    shown = status(tracked).output.splitlines()

    rows = [line.split()[0] for line in shown if line.startswith("octo/")]
    assert rows[:2] == ["octo/n60", "octo/n30"]
    assert shown[-1] == "and 10 more: 10 active. --all shows them."
    assert "octo/n59 " not in "\n".join(shown)
    assert "octo/n59 " in status(tracked, "--all").output


def test_a_filter_takes_states_and_priorities(tracked: Commands) -> None:
    assert names(tracked, "--filter", "state=failed", "--filter", "state=paused") == [
        "octo/n60",
        "octo/n30",
    ]
    assert names(tracked, "--filter", "state=active", "--filter", "priority=high") == ["octo/n07"]
    nobody = status(tracked, "--filter", "state=complete")
    assert nobody.output == "No repository is like that. Without --filter every one is shown.\n"


@pytest.mark.parametrize(
    ("order", "first"),
    [("name", "octo/n01"), ("total", "octo/n60"), ("state", "octo/n60"), ("done", "octo/n01")],
)
def test_it_is_sorted_as_one_likes(tracked: Commands, order: str, first: str) -> None:
    assert names(tracked, "--sort", order)[0] == first


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--filter", "state=asleep"], "'asleep' is no state: take one of failed, paused,"),
        (["--filter", "colour=red"], "'colour=red' is none of state=… and priority=…."),
        (["--sort", "luck"], "'luck' is not one of"),
        (["--watch"], "--watch needs a terminal"),
        (["--watch", "--json"], "Give one of --watch and --json."),
    ],
)
def test_a_mistake_is_one_sentence_with_the_value(
    tracked: Commands, arguments: list[str], said: str
) -> None:
    done = status(tracked, *arguments)

    assert done.exit_code == 2
    assert said in done.talk
    assert "Traceback" not in done.talk


def test_of_nothing_stored_nothing_is_a_hundred_percent(tracked: Commands) -> None:
    assert "100" not in status(tracked, "octo/n07").output.replace("100 columns", "")
