"""`reconcile`: what it finds, what it queues, and how a script learns of it."""

import json
import re

import pytest

from contributor_backfill.sandbox import Sandbox
from tests.support.captures import REPOSITORY
from tests.support.commands import Commands
from tests.support.databases import Database
from tests.support.truth import differences

EVERYTHING = ["reconcile", "--repository", REPOSITORY, "--full"]


@pytest.mark.parametrize("how", [["--full"], ["--sample", "50"], []])
def test_a_complete_repository_is_found_complete(how: list[str], captured: Commands) -> None:
    done = captured.run("reconcile", *how)

    assert done.returncode == 0, done.stderr
    assert "200 of 200 pull requests, 100 %" in done.stdout
    assert "Nothing is missing." in done.stdout
    assert int(re.search(r"(\d+) points? of", done.stdout)[1]) <= 5  # type: ignore[index]


def test_what_is_missing_is_found_queued_and_mended(
    captured: Commands, sandbox: Sandbox, database: Database
) -> None:
    number = _lose_a_review(database)
    lost = database.value("delete from pull_requests where number = 100 returning number")

    found = captured.run(*EVERYTHING)
    repairing = captured.run(*EVERYTHING, "--repair")
    mending = captured.run("progressive-backfill")
    after = captured.run(*EVERYTHING)

    assert (found.returncode, repairing.returncode) == (4, 4)
    assert f"Something is missing in {REPOSITORY}." in found.stderr
    assert "`reconcile --repair` queues it" in found.stderr
    assert re.search(rf"#{number}: \d+ of \d+ reviews? stored", found.stdout)
    assert f"#{lost}: it is not stored." in found.stdout
    assert "Queued: " not in found.stdout
    reviews = next(line for line in found.stdout.splitlines() if "reviews," in line)
    assert "100 %" not in reviews, "GitHub's total stands beside what is stored"
    assert "Queued: 1 pull request and 1 list." in repairing.stdout
    assert mending.returncode == 0
    assert (after.returncode, "Nothing is missing." in after.stdout) == (0, True)
    assert differences(database, sandbox.export(REPOSITORY), whole=True) == []


def test_json_is_all_that_is_on_stdout(captured: Commands, database: Database) -> None:
    complete = captured.run(*EVERYTHING, "--json")
    number = _lose_a_review(database)

    incomplete = captured.run(*EVERYTHING, "--repair", "--json")

    assert (complete.returncode, incomplete.returncode) == (0, 4)
    (line,) = json.loads(complete.stdout)
    assert (line["repository"], line["missing"], line["findings"]) == (REPOSITORY, {}, [])
    assert line["completeness"]["is_complete"] is True
    (line,) = json.loads(incomplete.stdout)
    assert line["missing"] == {"reviews": 1}
    assert [(finding["kind"], finding["number"]) for finding in line["findings"]] == [
        ("reviews", number)
    ]
    assert line["queued"] == {"pull_requests": 0, "lists": 1}
    assert line["completeness"]["is_complete"] is False


def test_status_shows_what_reconcile_found_until_it_is_mended(
    captured: Commands, database: Database
) -> None:
    database.rows("delete from pull_requests where number in (100, 101, 102)")
    missing = 200 - database.value("select count(*) from pull_requests")
    captured.run(*EVERYTHING)

    told = captured.run("status").stdout
    captured.run(*EVERYTHING, "--repair")
    captured.run("progressive-backfill")
    mended = captured.run("status").stdout

    assert "incomplete" in told
    assert f"{missing} pull requests must be captured anew" in told
    assert "incomplete" not in mended
    assert "must be captured anew" not in mended


def test_a_reconciliation_that_fails_exits_with_1_and_says_why(
    captured: Commands, sandbox: Sandbox
) -> None:
    sandbox.change("set_access", repository=REPOSITORY, access="gone")

    done = captured.run(*EVERYTHING)

    assert done.returncode == 1
    assert "Could not resolve" in done.stdout
    assert "reconciliation: last error at " in captured.run("status").stdout


def test_every_tracked_repository_is_compared_when_none_is_named(
    captured: Commands, sandbox: Sandbox
) -> None:
    done = captured.run("reconcile", "--sample", "10")

    assert f"{REPOSITORY}: 10 pull requests compared." in done.stdout
    assert sandbox.counters()["refused"] == 0


def test_without_a_tracked_repository_it_says_how_to_begin(commands: Commands) -> None:
    done = commands.run("reconcile")

    assert done.returncode == 0
    assert "track OWNER/NAME" in done.stdout


def test_what_was_never_captured_is_not_called_complete(commands: Commands) -> None:
    commands.run("track", REPOSITORY, "--no-backfill")

    done = commands.run(*EVERYTHING)

    assert "0 of 200 pull requests, 0 %" in done.stdout
    assert "Nothing is missing." not in done.stdout


def _lose_a_review(database: Database) -> int:
    """Delete a stored review and let the count be what it is."""
    return int(
        database.value("""
            with lost as (
              delete from reviews where id = (
                select r.id from reviews r join pull_requests p on p.id = r.pull_request_id
                order by p.number, r.github_id limit 1)
              returning pull_request_id)
            update backfill_pull_requests b set reviews_stored = b.reviews_stored - 1
            from lost where b.pull_request_id = lost.pull_request_id
            returning b.number
        """)
    )


DUE = ["reconcile", "--due", "--repair", "--max-minutes", "2"]


def test_what_is_due_is_compared_and_queued_without_a_person(
    captured: Commands, sandbox: Sandbox, database: Database
) -> None:
    _lose_a_review(database)

    first = captured.run(*DUE)
    second = captured.run(*DUE)
    mending = captured.run("progressive-backfill")

    assert first.returncode == 0, "what was found is queued"
    assert "Queued: 0 pull requests and 1 list." in first.stdout
    assert second.returncode == 0
    assert "Every whole repository was compared within 30 days." in second.stdout
    assert mending.returncode == 0
    assert differences(database, sandbox.export(REPOSITORY), whole=True) == []
    database.rows("update backfill_repositories set reconciled_at = now() - interval '31 days'")
    assert "Nothing is missing." in captured.run(*DUE).stdout


def test_what_is_due_and_not_repaired_is_drift(captured: Commands, database: Database) -> None:
    _lose_a_review(database)

    assert captured.run("reconcile", "--due").returncode == 4


@pytest.mark.parametrize(
    "state",
    [
        "update backfill_repositories set paused_at = now()",
        "update progressive_backfill_state set status = 'active'",
        "update backfill_repositories set untracked_at = now()",
    ],
)
def test_what_is_paused_or_not_captured_whole_is_not_due(
    state: str, captured: Commands, database: Database
) -> None:
    database.rows(state)

    assert "was compared" in captured.run(*DUE).stdout


@pytest.mark.parametrize(
    "options", [["--due", "--full"], ["--due", "--sample", "5"], ["--due", "--repository", "a/b"]]
)
def test_what_is_due_cannot_be_chosen(options: list[str], captured: Commands) -> None:
    assert captured.run("reconcile", *options).returncode == 2
