"""`untrack` from the command line, on a real terminal too."""

import os
import pty
import subprocess
from collections.abc import Callable

import pytest

from contributor_backfill.db.gateway import Gateway
from tests.support.commands import PROGRAM, Commands
from tests.support.control import ONE, interventions
from tests.support.databases import Database
from tests.support.pages import claim
from tests.support.untracking import fill

USAGE = 2


def test_a_mistake_is_taken_back_and_taken_up_again(captured: Commands, database: Database) -> None:
    name = database.value("select full_name from repositories")
    stored = database.value("select count(*) from pull_requests")

    done = captured.run("untrack", name.upper(), "--reason", "a mistake")
    again = captured.run("untrack", name)
    work = captured.run("progressive-backfill")
    status = captured.run("status")
    back = captured.run("track", name)

    assert done.returncode == 0
    assert done.stdout == (
        f"{name} is not tracked any more. What was captured of it stays; `track {name}` takes it"
        " up where it stood.\n"
    )
    assert (again.returncode, "Nothing to do" in again.stdout) == (0, True)
    assert work.returncode == 0
    assert "No repository is tracked" in status.stdout
    assert (back.returncode, "is tracked at medium priority" in back.stdout) == (0, True)
    assert name in captured.run("status").stdout
    assert database.value("select count(*) from pull_requests") == stored
    assert "not tracked any more (a mistake)" in captured.run("history").stdout


def test_everything_goes_with_its_data_and_stays_on_record(
    commands: Commands, gateway: Gateway, database: Database
) -> None:
    fill(gateway, database)

    done = commands.run("untrack", ONE, "--delete-data", "--yes", "--actor", "ada")

    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert f"Stored of {ONE}: " in lines[0]
    assert "            5  pull_requests" in done.stdout
    assert "close them by hand: #12." in done.stdout
    assert lines[-1].startswith(f"{ONE} is not tracked any more; ")
    assert database.value("select count(*) from repositories") == 0
    assert database.value("select count(*) from pull_requests") == 0
    assert database.value("select count(*) from contributors") == 1
    (run,) = database.rows("select * from backfill_runs")
    assert (run["command"], run["repository"], run["outcome"]) == ("untrack", ONE, "done")
    history = commands.run("history", "--repository", ONE).stdout
    assert [line.split("  ", 1)[1] for line in history.splitlines()] == [
        f"ada  {ONE}: {lines[-1].split()[6]} rows deleted.",
        f"ada  {ONE}: not tracked any more, what was captured is deleted.",
    ]


@pytest.mark.parametrize("options", [(), ("--delete-data",)])
def test_a_dry_run_leaves_every_row_of_every_table_as_it_is(
    commands: Commands,
    gateway: Gateway,
    database: Database,
    everything: Callable[[], list[object]],
    options: tuple[str, ...],
) -> None:
    fill(gateway, database)
    before = everything()

    done = commands.run("untrack", ONE, "--dry-run", *options)

    assert done.returncode == 0
    assert "Dry run: nothing was written." in done.stderr
    assert ("pull_requests" in done.stdout) == bool(options)
    assert everything() == before


def test_without_a_terminal_a_deletion_has_to_be_confirmed_by_an_option(
    commands: Commands,
    gateway: Gateway,
    database: Database,
    everything: Callable[[], list[object]],
) -> None:
    fill(gateway, database)
    before = everything()

    done = commands.run("untrack", ONE, "--delete-data")

    assert done.returncode == USAGE
    assert "Give --yes if that is meant" in done.stderr
    assert everything() == before


@pytest.mark.parametrize(("answer", "left"), [("n", 1), ("y", 0)])
def test_on_a_terminal_the_counts_are_shown_and_the_question_is_asked(
    commands: Commands, gateway: Gateway, database: Database, answer: str, left: int
) -> None:
    fill(gateway, database)
    theirs, ours = pty.openpty()
    process = subprocess.Popen(
        [PROGRAM, "untrack", ONE, "--delete-data"],
        env=commands.environment,
        cwd=commands.directory,
        stdin=ours,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.write(theirs, f"{answer}\n".encode())

    output, talk = process.communicate(timeout=120)

    os.close(theirs)
    os.close(ours)
    assert f"Delete all this of {ONE}? [y/N]" in talk
    assert "5  pull_requests" in output
    assert database.value("select count(*) from repositories") == left
    assert len(interventions(database)) == (0 if left else 2)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("octo/none", "octo/none is not tracked and not in this database."),
        ("octo/other", "octo/other is not tracked."),
    ],
)
@pytest.mark.parametrize("options", [(), ("--delete-data", "--yes"), ("--dry-run",)])
def test_a_repository_that_is_not_tracked_is_named_in_one_sentence(
    commands: Commands, database: Database, name: str, said: str, options: tuple[str, ...]
) -> None:
    database.rows("""
        insert into repositories (github_id, full_name, owner, name)
        values (99, 'octo/other', 'octo', 'other')
    """)

    done = commands.run("untrack", name, *options)

    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert database.value("select count(*) from repositories") == 1


@pytest.mark.parametrize("options", [(), ("--delete-data", "--yes")])
def test_a_run_at_work_is_left_alone(
    commands: Commands, gateway: Gateway, database: Database, options: tuple[str, ...]
) -> None:
    fill(gateway, database)
    claim(gateway)

    done = commands.run("untrack", ONE, *options)

    assert done.returncode == 1
    assert f"A run is at work on {ONE} now; it was left alone." in done.stderr
    assert interventions(database) == []


def test_a_table_of_others_that_lets_nothing_go_is_named_before_anything_is_deleted(
    commands: Commands, gateway: Gateway, database: Database
) -> None:
    fill(gateway, database)
    database.rows("""
        create table notes (pull_request_id uuid constraint notes_pr references pull_requests (id));
        grant select on notes to service_role;
        insert into notes select id from pull_requests where number = 103
    """)
    try:
        refused = commands.run("untrack", ONE, "--delete-data", "--yes")
        left = database.value("select count(*) from pull_requests")
        database.rows("delete from notes")
        done = commands.run("untrack", ONE, "--delete-data", "--yes")
    finally:
        database.rows("drop table notes")

    assert refused.returncode == 1
    assert "notes.pull_request_id (notes_pr), which lets none of them go" in refused.stderr
    assert "1 rows of notes refer to pull_requests (pull_request_id)" in refused.stdout
    assert left == 5
    assert done.returncode == 0


def test_what_is_being_deleted_is_said_and_nothing_else_serves_it(
    commands: Commands, gateway: Gateway, database: Database
) -> None:
    repository_id = fill(gateway, database)
    database.rows(f"""
        update backfill_repositories set untracked_at = now(), deleting_at = now();
        select backfill_delete_piece_v1('{repository_id}', 3)
    """)

    status = commands.run("status")
    monitor = commands.run("monitor")
    paused = commands.run("pause", "--repository", ONE)
    untracked = commands.run("untrack", ONE)
    tracked = commands.run("enqueue", "--repository", ONE)
    going_on = commands.run("untrack", ONE, "--delete-data", "--yes")

    for shown in (status, monitor):
        assert (shown.returncode, "being deleted" in shown.stdout) == (0, True)
    for refused in (paused, untracked):
        assert (refused.returncode, f"{ONE} is being deleted." in refused.stderr) == (1, True)
    assert tracked.returncode != 0
    assert going_on.returncode == 0, going_on.stderr
    assert database.value("select count(*) from pull_requests") == 0
