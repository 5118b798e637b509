"""`capture-reviews` and `capture-comments`: what a page did not hold, and what a person names."""

from collections.abc import Callable
from typing import Any

import pytest

from contributor_backfill.sandbox import Sandbox
from tests.support.captures import REPOSITORY
from tests.support.commands import Commands
from tests.support.databases import Database
from tests.support.truth import differences

ONE = ("--repository", REPOSITORY)


@pytest.fixture
def backfilled(commands: Commands) -> Commands:
    """Commands on a repository whose backfill is at its end, and nothing else is captured."""
    commands.run("track", REPOSITORY)
    for _ in range(2):
        assert commands.run("capture-chunk", "--chunk-size", "100").returncode == 0
    return commands


def test_reviews_and_comments_are_read_to_their_end_by_a_command_each(
    backfilled: Commands, sandbox: Sandbox, database: Database
) -> None:
    reviews = backfilled.run("capture-reviews")
    queued = database.rows("select distinct connection from backfill_continuations")
    comments = backfilled.run("capture-comments")

    assert (reviews.returncode, comments.returncode) == (0, 0)
    assert "2 lists read to the end" in reviews.stdout
    assert queued == [{"connection": "comments"}]
    assert "2 lists read to the end" in comments.stdout
    assert "changed review comments read" in comments.stdout
    assert differences(database, sandbox.export(REPOSITORY), whole=True) == []


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("capture-reviews", "2 lists to read to the end, "),
        ("capture-comments", "review comments changed since"),
    ],
)
def test_a_dry_run_says_what_would_be_read_and_writes_nothing(
    command: str,
    words: str,
    backfilled: Commands,
    sandbox: Sandbox,
    everything: Callable[[], list[object]],
) -> None:
    asked, before = sandbox.counters()["requests"], everything()

    done = backfilled.run(command, "--dry-run")

    assert done.returncode == 0
    assert f"Would capture {REPOSITORY}: " in done.stdout
    assert words in done.stdout
    assert everything() == before
    assert sandbox.counters()["requests"] == asked


@pytest.mark.parametrize("command", ["capture-reviews", "capture-comments"])
def test_a_dry_run_runs_in_transactions_that_cannot_write(
    command: str, backfilled: Commands, database: Database
) -> None:
    database.rows("""
        create or replace function backfill_explain_idle_sources_v2(
          p_sources text[], p_repository_id uuid, p_now timestamptz)
        returns jsonb language plpgsql as $$
        begin
          execute 'delete from backfill_repositories';
          return '{"tracked": 0, "blocked": []}';
        end $$
    """)
    try:
        done = backfilled.run(command, "--dry-run")

        assert done.returncode == 3
        assert "read-only transaction" in done.stderr
        assert database.value("select count(*) from backfill_repositories") == 1
    finally:
        database.rows("delete from backfill_migrations where name = 'functions'")
        assert backfilled.run("migrate").returncode == 0


def test_a_pull_request_that_is_named_is_captured_with_all_that_was_asked_for(
    commands: Commands, sandbox: Sandbox, database: Database
) -> None:
    commands.run("track", REPOSITORY)
    longest = _longest(sandbox, "comments")
    numbers = [longest["number"], _longest(sandbox, "review_comments")["number"]]
    named = ",".join(f"#{number}" for number in numbers)

    done = [
        commands.run(command, *ONE, "--pr-numbers", named)
        for command in ("capture-reviews", "capture-comments")
    ]

    assert [result.returncode for result in done] == [0, 0]
    others = {line["number"] for line in sandbox.export(REPOSITORY)} - set(numbers)
    found = differences(database, sandbox.export(REPOSITORY), whole=True, without=frozenset(others))
    assert found == []
    assert len(longest["comments"]) == 1_200


def test_pull_requests_named_by_the_id_of_their_repository_are_found(
    backfilled: Commands, database: Database
) -> None:
    known = str(database.value("select id from repositories"))

    done = backfilled.run("capture-reviews", "--repository-id", known, "--pr-numbers", "1")

    assert done.returncode == 0, done.stderr
    assert "1 list read to the end" in done.stdout


def test_a_number_that_is_an_issue_is_named_and_the_others_are_captured(
    commands: Commands, sandbox: Sandbox, database: Database
) -> None:
    commands.run("track", REPOSITORY)
    numbers = sorted(line["number"] for line in sandbox.export(REPOSITORY))
    issue = next(n for n in range(1, numbers[-1]) if n not in numbers)

    done = commands.run("capture-comments", *ONE, "--pr-numbers", f"{issue},{numbers[0]}")

    assert done.returncode == 1
    assert f"Not captured: {issue}." in done.stderr
    assert "no pull request of that number" in done.stderr
    assert database.value("select number from pull_requests") == numbers[0]
    assert database.rows("select number, meaning from backfill_numbers") == [
        {"number": issue, "meaning": "issue"}
    ]


def test_what_github_does_not_give_in_time_stays_queued_for_the_next_run(
    backfilled: Commands, sandbox: Sandbox, database: Database
) -> None:
    sandbox.add_fault({"kind": "bad_gateway_json", "when": {"operation": "Lists"}})
    cut_off = backfilled.run("capture-reviews", "--max-minutes", "0.02")
    queued = database.value("select count(*) from backfill_continuations")
    sandbox.clear_faults()

    again = backfilled.run("capture-reviews", *ONE)

    assert cut_off.returncode == 0
    assert "It goes on at " in cut_off.stdout
    assert queued == 4
    assert "2 lists read to the end" in again.stdout


def test_nothing_to_read_on_is_said_and_costs_nothing(captured: Commands, sandbox: Sandbox) -> None:
    asked = sandbox.counters()["requests"]

    done = captured.run("capture-reviews")

    assert (done.returncode, done.stdout) == (0, "Nothing is due.\n")
    assert sandbox.counters()["requests"] == asked


def _longest(sandbox: Sandbox, connection: str) -> dict[str, Any]:
    return max(sandbox.export(REPOSITORY), key=lambda line: len(line[connection]))
