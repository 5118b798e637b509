"""`sync-historical`: what changed lately, within bounds, and not twice without a reason."""

import json
from collections.abc import Callable

import pytest

from contributor_backfill.sandbox import RepositoryOptions, Sandbox, World
from tests.support.captures import REPOSITORY
from tests.support.commands import Commands
from tests.support.databases import Database
from tests.support.fleet import an_hour_passes
from tests.support.truth import differences

ONE = ("--repository", REPOSITORY)


def change_a_little(sandbox: Sandbox) -> None:
    """Change pull requests, lists and comments on the diff, each in its own way."""
    sandbox.clock.advance(60)
    inline = next(line for line in sandbox.export(REPOSITORY) if line["review_comments"])
    numbers = [line["number"] for line in sandbox.export(REPOSITORY)]
    sandbox.change("insert_pull_request", repository=REPOSITORY)
    sandbox.change("add_review", repository=REPOSITORY, number=numbers[3])
    sandbox.change("add_comment", repository=REPOSITORY, number=numbers[5])
    sandbox.change("add_review_comment", repository=REPOSITORY, number=numbers[7])
    sandbox.change(
        "edit_review_comment",
        repository=REPOSITORY,
        number=inline["number"],
        full_database_id=inline["review_comments"][0]["full_database_id"],
    )


def test_a_sync_brings_what_changed_and_all_that_hangs_on_it(
    captured: Commands, sandbox: Sandbox, database: Database
) -> None:
    change_a_little(sandbox)

    done = captured.run("sync-historical", *ONE, "--force")

    assert done.returncode == 0, done.stderr
    assert "changed pull requests read, 1 of them new" in done.stdout
    assert differences(database, sandbox.export(REPOSITORY), whole=True) == []
    (line,) = json.loads(captured.run("status", "--json").stdout)
    assert line["state"] == "complete"
    assert {feed["feed"] for feed in line["feeds"] if feed["synced_at"]} == {
        "pull_requests",
        "review_comments",
    }


def test_a_repository_that_was_synced_lately_is_skipped_with_the_reason(
    captured: Commands, sandbox: Sandbox
) -> None:
    asked = sandbox.counters()["requests"]

    done = captured.run("sync-historical")

    assert done.returncode == 0
    assert "Nothing is due." in done.stdout
    assert f"{REPOSITORY} was synced " in done.stdout
    assert " ago: skipped. --force syncs it all the same." in done.stdout
    assert sandbox.counters()["requests"] == asked


@pytest.mark.parametrize("why", [["--force"], ["--reason", "a gap was reported"]])
def test_it_is_synced_all_the_same_when_somebody_says_so(
    why: list[str], captured: Commands, sandbox: Sandbox
) -> None:
    # The first one finds out which change is the newest, and when it is too old to hide another.
    captured.run("sync-historical", "--force")
    before = sandbox.counters()

    done = captured.run("sync-historical", *why)

    after = sandbox.counters()
    assert done.returncode == 0
    assert "changed pull request" in done.stdout
    assert after["points"] - before["points"] == 1, "nothing new costs a page"
    assert after["rest_requests"] - before["rest_requests"] <= 1


def test_a_sync_that_is_due_needs_no_word(captured: Commands, database: Database) -> None:
    database.rows("""
        update progressive_backfill_state set walk_started_at = now() - interval '13 hours'
    """)

    assert "changed pull request" in captured.run("sync-historical").stdout
    assert "was synced" in captured.run("sync-historical").stdout


@pytest.mark.parametrize("window", [["--days", "10000"], ["--since", "2025-06-10"]])
def test_a_window_reaches_further_back_than_the_last_sync(
    window: list[str], captured: Commands, sandbox: Sandbox, database: Database
) -> None:
    database.rows("update pull_requests set title = 'lost'")

    done = captured.run("sync-historical", "--force", *window)

    assert done.returncode == 0
    lost = database.rows("select number from pull_requests where title = 'lost'")
    old = {
        line["number"]
        for line in sandbox.export(REPOSITORY)
        if "--since" in window and line["updated_at"] < window[1]
    }
    assert {row["number"] for row in lost} <= old
    assert len(lost) >= len(old) - 50, "a page may reach further back, and no more than that"


def test_a_bound_of_items_ends_the_run_and_the_next_goes_on_from_there(
    captured: Commands, sandbox: Sandbox, database: Database
) -> None:
    place = "select position, watermark from backfill_feeds where feed = 'pull_requests'"
    all_of_it = ("sync-historical", *ONE, "--force", "--since", "2025-01-01")

    first = captured.run(*all_of_it, "--max-items", "30")
    (under_way,) = database.rows(place)
    last = captured.run(*all_of_it)

    assert "the limit of pull requests is reached" in first.stdout
    assert under_way["position"]["cursor"] is not None
    assert under_way["watermark"] is None, "it moves when the pass is at its end"
    assert "not at the end yet" not in last.stdout
    (at_its_end,) = database.rows(place)
    assert at_its_end["position"] is None
    assert at_its_end["watermark"] is not None
    read = sum(int(done.stdout.split(": ")[1].split()[0]) for done in (first, last))
    assert read == 200, "each pull request is read once"
    assert differences(database, sandbox.export(REPOSITORY), whole=True) == []


def test_a_dry_run_says_what_would_be_synced_and_writes_nothing(
    captured: Commands, sandbox: Sandbox, everything: Callable[[], list[object]]
) -> None:
    asked, before = sandbox.counters()["requests"], everything()

    done = captured.run("sync-historical", "--force", "--dry-run")

    assert done.returncode == 0
    assert f"Would capture {REPOSITORY}: pull requests changed since " in done.stdout
    assert f"Would capture {REPOSITORY}: review comments changed since " in done.stdout
    assert everything() == before
    assert sandbox.counters()["requests"] == asked


def test_while_a_backfill_is_active_the_last_day_alone_is_synced(
    commands: Commands, sandbox: Sandbox, database: Database
) -> None:
    commands.run("track", REPOSITORY)
    commands.run("capture-chunk")
    sandbox.clock.advance(60)
    oldest = [line["number"] for line in sandbox.export(REPOSITORY)][-1]
    sandbox.change("add_comment", repository=REPOSITORY, number=oldest)

    done = commands.run("sync-historical")

    assert done.returncode == 0
    stored = {row["number"] for row in database.rows("select number from pull_requests")}
    assert oldest in stored
    assert len(stored) < 60, "the walk brings the rest"


def test_a_sync_begins_the_backfill_that_a_repository_needs(
    commands: Commands, database: Database
) -> None:
    commands.run("track", REPOSITORY, "--no-backfill")

    done = commands.run("sync-historical")

    assert done.returncode == 0
    assert f"{REPOSITORY}: a backfill begins, because less than 80 % is stored." in done.stdout
    assert database.value("select status from progressive_backfill_state") == "active"


def test_the_first_sync_of_a_small_repository_takes_all_of_it(
    database: Database, variables: dict[str, str], commands: Commands
) -> None:
    small = RepositoryOptions("octo-sandbox/small", 60)
    with Sandbox(World.of([small])) as sandbox:
        urls = {"GITHUB_GRAPHQL_URL": sandbox.graphql_url, "GITHUB_API_URL": sandbox.url}
        mine = Commands({**variables, **urls}, commands.directory)
        mine.run("track", "octo-sandbox/small")

        done = mine.run("sync-historical")

        assert done.returncode == 0
        assert differences(database, sandbox.export("octo-sandbox/small"), whole=True) == []
        (line,) = json.loads(mine.run("status", "--json").stdout)
        assert line["state"] == "complete"


def test_all_repositories_are_asked_at_once_before_any_is_served(
    captured: Commands, sandbox: Sandbox, database: Database
) -> None:
    an_hour_passes(database)
    quiet = captured.run("sync-historical")
    change_a_little(sandbox)
    an_hour_passes(database)
    before = sandbox.counters()["points"]

    moved = captured.run("sync-historical")

    assert (
        "Asked about 1 repository at once: 0 changed, 1 unchanged. It took 1 point" in quiet.stdout
    )
    assert "Nothing is due." in quiet.stdout
    assert ": 1 changed, 0 unchanged. It took 1 point" in moved.stdout
    assert "changed pull requests read, 1 of them new" in moved.stdout
    assert differences(database, sandbox.export(REPOSITORY), whole=True) == []
    points = sandbox.counters()["points"] - before
    assert f"{points} points of GitHub's hourly quota and " in moved.stdout
    spent = database.value("select points from backfill_runs order by started_at desc limit 1")
    assert spent == points
