"""A private repository is not published by the way."""

from collections.abc import Iterator

import pytest

from contributor_backfill.sandbox import RepositoryOptions, Sandbox, World
from tests.support.captures import REPOSITORY
from tests.support.commands import Commands
from tests.support.databases import Database

NOT_CONFIGURED = 3
READABLE = """
    grant usage on schema public to anon;
    grant select on pull_requests to anon;
    create policy shown on pull_requests for select using (true)
"""
CLOSED = "revoke all on pull_requests from anon; drop policy shown on pull_requests"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(World.of([RepositoryOptions(pull_requests=20, is_private=True)])) as sandbox:
        yield sandbox


@pytest.fixture
def readable(database: Database) -> Iterator[Database]:
    """A database whose pull requests everybody can read."""
    database.rows(READABLE)
    yield database
    database.rows(CLOSED)


def test_where_nobody_else_reads_it_is_tracked_like_any_other(commands: Commands) -> None:
    assert commands.run("track", REPOSITORY).returncode == 0
    doctor = commands.run("doctor")

    assert doctor.returncode == 0, doctor.stdout
    assert "nobody but the service role" in " ".join(doctor.stdout.split())


def test_where_others_read_it_is_refused_and_nothing_is_stored(
    commands: Commands, readable: Database
) -> None:
    done = commands.run("track", REPOSITORY)

    assert done.returncode == NOT_CONFIGURED
    assert f"{REPOSITORY} is private, and anon can read pull_requests of this" in done.stderr
    assert "--publish-private" in done.stderr
    for table in ("repositories", "backfill_repositories", "tracked_repositories"):
        assert readable.value(f"select count(*) from {table}") == 0


def test_it_is_tracked_where_that_is_meant_and_asked_once(
    commands: Commands, readable: Database
) -> None:
    meant = commands.run("track", REPOSITORY, "--publish-private")
    again = commands.run("track", REPOSITORY)
    doctor = commands.run("doctor")

    assert (meant.returncode, again.returncode, doctor.returncode) == (0, 0, 0)
    assert readable.value("select may_be_published from backfill_repositories")
    assert "as --publish-private wants" in " ".join(doctor.stdout.split())


def test_doctor_names_a_private_repository_that_can_be_read_since(
    commands: Commands, database: Database
) -> None:
    assert commands.run("track", REPOSITORY).returncode == 0
    database.rows(READABLE)
    try:
        doctor = commands.run("doctor")
        again = commands.run("track", REPOSITORY)
    finally:
        database.rows(CLOSED)

    assert doctor.returncode == NOT_CONFIGURED
    assert "Not ready: privacy." in doctor.stderr
    for words in (REPOSITORY, "anon can read", "policy shown"):
        assert words.replace(" ", "") in "".join(doctor.stdout.split())
    assert again.returncode == NOT_CONFIGURED


def test_what_is_captured_after_it_became_private_is_told(
    commands: Commands, readable: Database
) -> None:
    """A capture sees that it is private, and the next look for problems finds it."""
    assert commands.run("track", REPOSITORY, "--publish-private").returncode == 0
    readable.rows("update repositories set is_private = false")
    readable.rows("update backfill_repositories set may_be_published = false")

    assert commands.run("progressive-backfill").returncode == 0

    assert readable.value("select is_private from repositories")
    problems = readable.value("select backfill_find_problems_v1() -> 'problems'")
    assert [problem["kind"] for problem in problems] == ["published"]
    alert = commands.run("alert", "--dry-run")
    assert "is private, and can be read here" in alert.stdout


def test_what_is_stored_of_one_that_is_not_tracked_any_more_is_named(
    commands: Commands, database: Database
) -> None:
    """`untrack` leaves what was captured, and so it leaves it readable."""
    assert commands.run("track", REPOSITORY, "--backfill").returncode == 0
    assert commands.run("progressive-backfill").returncode == 0
    assert commands.run("untrack", REPOSITORY, "--yes").returncode == 0
    assert commands.run("doctor").returncode == 0
    database.rows(READABLE)
    try:
        readable = commands.run("doctor")
        assert commands.run("untrack", REPOSITORY, "--delete-data", "--yes").returncode == 0
        deleted = commands.run("doctor")
    finally:
        database.rows(CLOSED)

    assert readable.returncode == NOT_CONFIGURED
    for words in (f"{REPOSITORY} (untracked)", "anon can read", "--delete-data"):
        assert words.replace(" ", "") in "".join(readable.stdout.split())
    assert deleted.returncode == 0, deleted.stdout
