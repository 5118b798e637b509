"""`track` with several names, a file, and all that an account owns."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from contributor_backfill.sandbox import Limits, RepositoryOptions, Sandbox, World
from tests.support.commands import Commands, variables_for
from tests.support.databases import Database
from tests.support.entry import Done, run_here

NAMES = [f"acme/part-{number:02}" for number in range(50)]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Fifty repositories of one account, the later the larger, and some that are special."""
    plain = [RepositoryOptions(name, pull_requests=2 * i) for i, name in enumerate(NAMES)]
    special = [
        RepositoryOptions("acme/fork", pull_requests=30, is_fork=True),
        RepositoryOptions("acme/old", pull_requests=30, is_archived=True),
        RepositoryOptions("acme/" + "n" * 60, pull_requests=120),
        RepositoryOptions("other/one", pull_requests=5),
    ]
    with Sandbox(World.of([*plain, *special])) as sandbox:
        yield sandbox


@pytest.fixture
def commands(sandbox: Sandbox, database: Database, tmp_path: Path) -> Commands:
    return Commands(variables_for(sandbox, database), tmp_path)


def track(commands: Commands, *arguments: str) -> Done:
    return run_here(commands.environment, commands.directory, "track", *arguments)


def tracked(database: Database) -> set[str]:
    rows = database.rows("select full_name from repositories")
    return {row["full_name"] for row in rows}


def test_several_names_and_addresses_make_a_table(commands: Commands, database: Database) -> None:
    long = "https://github.com/acme/" + "n" * 60

    done = track(commands, NAMES[3], long, "git@github.com:other/one.git", NAMES[3])

    assert done.exit_code == 0, done.talk
    lines = done.output.splitlines()
    assert lines[0].split() == ["repository", "pull", "requests", "priority", "backfill"]
    assert [line.split()[1:] for line in lines[1:4]] == [
        ["120", "medium", "begins"],
        ["6", "medium", "none"],
        ["5", "medium", "none"],
    ]
    assert lines[4] == "3 tracked with 131 pull requests; 1 backfills begin."
    assert max(map(len, lines)) <= 80
    assert len(tracked(database)) == 3


def test_a_file_is_read_line_by_line(commands: Commands, database: Database) -> None:
    file = commands.directory / "fleet.txt"
    text = f"# ours\n\n{NAMES[0]}\n  https://github.com/{NAMES[1]}  # the second\r\n"
    file.write_text(text, encoding="utf-8")

    done = track(commands, "--file", str(file), NAMES[2])

    assert done.exit_code == 0, done.talk
    assert tracked(database) == set(NAMES[:3])


def test_a_bad_line_is_named_and_nothing_is_tracked(commands: Commands, database: Database) -> None:
    file = commands.directory / "fleet.txt"
    file.write_text(f"{NAMES[0]}\nhttps://gitlab.com/a/b\n", encoding="utf-8")

    done = track(commands, "--file", str(file))

    assert (done.exit_code, done.output) == (2, "")
    assert "fleet.txt, line 2: 'https://gitlab.com/a/b' is at gitlab.com" in done.talk
    assert tracked(database) == set()


def test_all_that_an_account_owns_is_chosen_and_bounded(
    commands: Commands, database: Database
) -> None:
    large = track(commands, "acme/*", "--min-pull-requests", "90")
    assert large.exit_code == 0, large.talk
    first = tracked(database)
    assert first == {*NAMES[45:], "acme/" + "n" * 60}

    bounded = track(commands, "acme/*", "--limit", "10")
    assert "has more: run the same command again" in bounded.talk
    assert tracked(database) == first | set(NAMES[:10])

    rest = track(commands, "ACME/*", "--include-forks", "--include-archived")
    assert "37 tracked" in rest.output
    assert tracked(database) == {*NAMES, *first, "acme/fork", "acme/old"}

    again = track(commands, "acme/*", "-vv")
    assert (again.exit_code, again.output) == (0, "Nothing new was tracked.\n")
    assert again.talk.count("POST http") == 1


def test_one_that_is_not_there_stops_none_of_the_others(
    commands: Commands, database: Database
) -> None:
    done = track(commands, "acme/none", NAMES[1], "nobody/*", NAMES[2])

    assert done.exit_code == 1
    assert tracked(database) == set(NAMES[1:3]), done.talk
    assert "acme/none: GitHub does not show" in done.talk
    assert "GitHub knows no account 'nobody'" in done.talk
    assert database.value("select outcome from backfill_runs") == "failed"


def test_a_limit_of_github_is_no_failure_and_the_same_command_goes_on(
    database: Database, tmp_path: Path
) -> None:
    world = World.of([RepositoryOptions(name, pull_requests=1) for name in NAMES])
    with Sandbox(world, limits=Limits(hourly_points=12)) as sandbox:
        commands = Commands(variables_for(sandbox, database), tmp_path)
        done = track(commands, "acme/*")
        assert done.exit_code == 0, done.talk
        assert "Run the same command again" in done.talk
        assert len(tracked(database)) == 11
        assert database.value("select outcome from backfill_runs") == "deferred"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Give OWNER/NAME, or --file FILE"),
        (["acme/one", "--limit", "3"], "go with OWNER/*"),
        (["acme/one", "--include-forks"], "go with OWNER/*"),
        (["https://gitlab.com/a/b"], "gitlab.com"),
        (["acme/*", "--limit", "0"], "--limit"),
        (["*/*"], "OWNER/NAME"),
        (["--file", "nowhere.txt"], "nowhere.txt"),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error(
    commands: Commands, arguments: list[str], words: str
) -> None:
    done = track(commands, *arguments)

    assert (done.exit_code, done.output) == (2, "")
    assert words in done.talk
