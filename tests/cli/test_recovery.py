"""`recover` from the command line; on GitHub, repositories are renamed, closed and gone."""

import json
from collections.abc import Callable

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.sandbox import Sandbox
from tests.support.captures import REPOSITORY, Rig, rig
from tests.support.commands import Commands
from tests.support.control import age_leases, interventions
from tests.support.databases import Database
from tests.support.truth import differences


@pytest.fixture
def work(sandbox: Sandbox, gateway: Gateway) -> Rig:
    """A backfill with one chunk captured."""
    work = rig(sandbox, gateway)
    work.track()
    work.run(chunks=1, chunk_size=20)
    return work


@pytest.fixture
def begun(commands: Commands, work: Rig) -> Commands:
    """Commands on that backfill."""
    assert work.clock.slept == []
    return commands


def test_without_a_problem_it_says_so(begun: Commands, sandbox: Sandbox) -> None:
    asked = sandbox.counters()["requests"]

    done = begun.run("recover")

    assert (done.returncode, done.stdout) == (0, "Nothing to recover.\n")
    assert sandbox.counters()["requests"] == asked, "there is nobody to ask about"
    assert begun.run("history").stdout == "Nothing was changed by hand.\n"


def test_what_a_killed_run_left_behind_is_put_in_order(
    begun: Commands, work: Rig, sandbox: Sandbox, database: Database
) -> None:
    _leave_a_killed_run(database)

    done = begun.run("recover")

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        f"{REPOSITORY}: the run of progressive-backfill is closed as lost (its heartbeat stopped).",
        (
            f"{REPOSITORY}: page 2 of its backfill is to be captured again"
            " (the run that held it was lost)."
        ),
        f"{REPOSITORY}: its backfill is taken from gone/boot/1 (its run was lost).",
    ]
    history = begun.run("history", "--repository", REPOSITORY).stdout
    assert [line.split("  ")[1] for line in history.splitlines()] == ["recover"] * 2
    work.run()
    work.serve()
    assert differences(database, sandbox.export(REPOSITORY), whole=True) == []


@pytest.mark.parametrize("token", ["ghp_any", ""])
def test_a_dry_run_leaves_every_row_of_every_table_as_it_is(
    begun: Commands,
    sandbox: Sandbox,
    database: Database,
    everything: Callable[[], list[object]],
    token: str,
) -> None:
    _leave_a_killed_run(database)
    _fail(database)
    sandbox.change("set_access", repository=REPOSITORY, access="gone")
    before = everything()

    commands = Commands({**begun.variables, "GITHUB_TOKEN": token}, begun.directory)
    done = commands.run("recover", "--dry-run", "--json")

    assert everything() == before
    assert done.returncode == 0, done.stderr
    assert "nothing was written" in done.stderr
    would = [change["action"] for change in json.loads(done.stdout)]
    assert would == ["lose_run", "put_back_chunk", "free_lease", *(["gone"] if token else [])]


def test_without_a_token_it_does_the_rest_and_says_what_it_left_out(
    begun: Commands, database: Database
) -> None:
    _leave_a_killed_run(database)
    commands = Commands({**begun.variables, "GITHUB_TOKEN": ""}, begun.directory)

    done = commands.run("recover")

    assert done.returncode == 0
    assert "GITHUB_TOKEN is not set" in done.stderr
    assert len(done.stdout.splitlines()) == len(interventions(database)) == 3


def test_a_token_that_is_refused_is_said_after_what_was_done(
    begun: Commands, database: Database
) -> None:
    _leave_a_killed_run(database)
    _fail(database)
    commands = Commands({**begun.variables, "GITHUB_TOKEN": "expired"}, begun.directory)

    done = commands.run("recover")

    assert done.returncode == 3
    assert len(done.stdout.splitlines()) == 3
    assert "Set GITHUB_TOKEN" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_repository_that_was_renamed_has_its_new_name_and_goes_on(
    begun: Commands, work: Rig, sandbox: Sandbox, database: Database
) -> None:
    _fail(database)
    sandbox.change("rename_repository", repository=REPOSITORY, new_name="new-owner/new-name")

    done = begun.run("recover")

    assert done.stdout == (
        f"{REPOSITORY}: its name is new-owner/new-name now"
        " (GitHub shows it as new-owner/new-name).\n"
    )
    (row,) = database.rows("select full_name, owner, name from repositories")
    assert list(row.values()) == ["new-owner/new-name", "new-owner", "new-name"]
    assert not work.run().failed
    assert database.value("select count(*) from pull_requests") == 200


@pytest.mark.parametrize(
    ("access", "noted", "words"),
    [
        ("gone", "gone", "GitHub does not show it"),
        ("saml", "forbidden", "GitHub refuses access"),
    ],
)
def test_a_repository_that_is_lost_is_noted_and_goes_on_when_it_is_back(
    begun: Commands,
    work: Rig,
    sandbox: Sandbox,
    database: Database,
    access: str,
    noted: str,
    words: str,
) -> None:
    sandbox.change("set_access", repository=REPOSITORY, access=access)
    assert work.run().failed

    lost = begun.run("recover")
    again = begun.run("recover")
    recorded = database.value("select access from backfill_repositories")
    sandbox.change("set_access", repository=REPOSITORY, access="open")
    back = begun.run("recover")

    assert (lost.returncode, again.returncode, back.returncode) == (0, 0, 0), lost.stderr
    assert words in lost.stdout
    assert recorded == noted
    assert again.stdout == "Nothing to recover.\n", "what is known is not told twice"
    assert back.stdout == f"{REPOSITORY}: it goes on (GitHub shows it).\n"
    work.run()
    work.serve()
    assert differences(database, sandbox.export(REPOSITORY), whole=True) == []
    spent = "select sum(points) from backfill_runs where command = 'recover'"
    # Before a repository is called gone it is looked up by its name, too.
    assert database.value(spent) == (5 if access == "gone" else 3)


def test_a_name_that_belongs_to_another_repository_by_now_is_no_sign_of_life(
    begun: Commands, database: Database
) -> None:
    _fail(database)
    database.rows("update backfill_repositories set node_id = null")
    database.rows("update repositories set github_id = github_id + 1")

    done = begun.run("recover")

    assert "The name belongs to another repository now" in done.stdout
    assert database.value("select access from backfill_repositories") == "gone"


def test_github_that_asks_to_wait_defers_the_question_and_nothing_else(
    begun: Commands, sandbox: Sandbox, database: Database
) -> None:
    _fail(database)
    sandbox.add_fault({"kind": "secondary_403_retry_after", "retry_after": 600})

    done = begun.run("recover")

    assert done.returncode == 0
    assert "GitHub asks to wait until" in done.stderr
    run = "select outcome from backfill_runs where command = 'recover'"
    assert database.value(run) == "deferred"


def _leave_a_killed_run(database: Database) -> None:
    """Leave lease, chunk and run behind as `kill -9` does."""
    database.rows("select backfill_claim_v1('{backfill}', 'gone/boot/1', 60)")
    database.rows(
        """
        insert into backfill_runs (id, command, repository, holder)
        values (gen_random_uuid(), 'progressive-backfill', %s, 'gone/boot/1')
        """,
        REPOSITORY,
    )
    database.rows("delete from backfill_runs where outcome <> 'running'")
    age_leases(database, 60)


def _fail(database: Database) -> None:
    database.rows("update progressive_backfill_state set status = 'failed', last_error = 'x'")
