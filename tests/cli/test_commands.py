"""Commands print what a person asked for, and leave the rest alone."""

import json
import re
from collections.abc import Callable
from pathlib import Path

from contributor_backfill.sandbox import Sandbox
from tests.support.captures import REPOSITORY
from tests.support.commands import Commands
from tests.support.databases import Database
from tests.support.truth import differences

README = Path(__file__).parent.parent.parent / "README.md"


def test_a_backfill_from_track_to_status(commands: Commands) -> None:
    tracked = commands.run("track", REPOSITORY, "--priority", "high")
    chunk = commands.run("capture-chunk", "--chunk-size", "50")
    run = commands.run("progressive-backfill", "--repository", REPOSITORY)
    line = json.loads(commands.run("status", "--json").stdout)[0]

    assert "200 pull requests on GitHub" in tracked.stdout
    assert "50 of 200 stored, 150 left" in chunk.stdout
    assert "3 more runs like this one" in chunk.stdout
    assert "When it is done is not known yet" in chunk.stdout
    assert "200 of 200 stored, complete" in run.stdout
    assert (line["stored"], line["total"], line["percentage"]) == (200, 200, 100)
    assert (line["state"], line["priority"]) == ("complete", "high")


def test_one_run_without_a_bound_captures_all_that_hangs_on_the_pull_requests(
    commands: Commands, sandbox: Sandbox, database: Database
) -> None:
    commands.run("track", REPOSITORY)

    done = commands.run("progressive-backfill")

    assert "4 lists read to the end" in done.stdout
    assert "changed review comments read" in done.stdout
    assert differences(database, sandbox.export(REPOSITORY), whole=True) == []
    shown = commands.run("status").stdout.splitlines()
    while not shown[0].startswith("repository "):
        del shown[0]  # how far behind the fleet is comes first
    assert shown[0].split()[4:7] == ["reviews", "comments", "inline"]
    assert shown[1].count("100 %") == 3
    assert "complete" in shown[1].split()


def test_a_chunk_is_a_chunk_and_nothing_else(commands: Commands, database: Database) -> None:
    commands.run("track", REPOSITORY)

    commands.run("capture-chunk")

    assert database.value("select count(*) from pull_requests") == 25
    assert database.value("select count(*) from backfill_feeds") == 0


def test_a_backfill_at_its_end_is_incomplete_until_all_that_hangs_on_it_is_stored(
    commands: Commands,
) -> None:
    commands.run("track", REPOSITORY)
    for _ in range(2):
        commands.run("capture-chunk", "--chunk-size", "100")

    (line,) = json.loads(commands.run("status", "--json").stdout)
    told = commands.run("status").stdout

    assert line["state"] == "incomplete"
    assert line["kinds"]["pull_requests"]["percentage"] == 100
    assert line["kinds"]["reviews"]["percentage"] < 100
    assert line["continuations"] == 4
    assert "4 long lists to be read to the end" in told


def test_a_dry_run_writes_nothing_and_asks_nobody(
    commands: Commands, sandbox: Sandbox, everything: Callable[[], list[object]]
) -> None:
    commands.run("track", REPOSITORY)
    asked = sandbox.counters()["requests"]
    before = everything()

    done = commands.run("progressive-backfill", "--dry-run")

    assert "Would capture octo-sandbox/rehearsal from the newest pull request" in done.stdout
    assert "to go, the first of 25, " in done.stdout
    assert done.stdout.endswith("; done not known yet.\n")
    assert everything() == before
    assert sandbox.counters()["requests"] == asked


def test_a_dry_run_counts_the_pages_that_the_estimate_counts(commands: Commands) -> None:
    commands.run("track", REPOSITORY)
    estimate = commands.run("estimate", "--repository", REPOSITORY, "--json")
    # Lists that are longer than a page cost points of their own.
    points = int(re.findall(r"the first of 25, (\d+) points?", dry(commands))[0])

    estimated = json.loads(estimate.stdout)

    assert points <= estimated["points"]["value"]


def dry(commands: Commands) -> str:
    return str(commands.run("progressive-backfill", "--dry-run").stdout)


def test_a_dry_run_runs_in_transactions_that_cannot_write(
    commands: Commands, database: Database
) -> None:
    """If the function behind it ever wrote, Postgres itself would refuse."""
    commands.run("track", REPOSITORY)
    database.rows("""
        create or replace function backfill_explain_idle_v1(p_repository_id uuid, p_now timestamptz)
        returns jsonb language plpgsql as $$
        begin
          execute 'delete from backfill_repositories';
          return '{"tracked": 0, "blocked": []}';
        end $$
    """)

    try:
        done = commands.run("capture-chunk", "--dry-run")

        assert done.returncode == 3
        assert "read-only transaction" in done.stderr
        assert database.value("select count(*) from backfill_repositories") == 1
    finally:
        database.rows("delete from backfill_migrations where name = 'functions'")
        assert commands.run("migrate").returncode == 0


def test_nothing_due_says_what_is_waited_for(commands: Commands, database: Database) -> None:
    assert "track OWNER/NAME" in commands.run("progressive-backfill").stdout
    commands.run("track", REPOSITORY)
    database.rows("""
        update progressive_backfill_state
        set next_attempt_at = now() + interval '1 hour', next_attempt_reason = 'quota'
    """)

    done = commands.run("progressive-backfill")

    assert done.returncode == 0
    assert "Nothing is due." in done.stdout
    assert "octo-sandbox/rehearsal: put off until" in done.stdout


def test_doctor_is_content_with_a_good_set_up(commands: Commands) -> None:
    done = commands.run("doctor")

    assert done.returncode == 0, done.stderr
    assert "classic personal access token" in done.stdout
    assert "a trial row was written and taken back" in done.stdout


def test_doctor_names_a_column_that_nobody_writes(commands: Commands, database: Database) -> None:
    database.rows("alter table pull_requests add column surprise text not null")
    try:
        done = commands.run("doctor")

        assert done.returncode == 3
        assert "pull_requests.surprise" in done.stdout
    finally:
        database.rows("alter table pull_requests drop column surprise")


def test_every_command_is_in_the_readme_and_has_help(commands: Commands) -> None:
    listed = commands.run("--help").stdout.split("\nStart:\n")[1]
    names = re.findall(r"^  ([a-z-]+) ", listed, re.MULTILINE)
    readme = README.read_text(encoding="utf-8")

    assert len(names) >= 35
    for name in names:
        assert f"`{name}" in readme
        assert commands.run(name, "--help").returncode == 0
