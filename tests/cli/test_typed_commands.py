"""A person types: help, near misses, options before or after the command, completion."""

import re
from pathlib import Path

import click
import pytest

from contributor_backfill.cli.commands import COMMANDS, GROUPS
from contributor_backfill.cli.main import cli
from tests.support.captures import REPOSITORY
from tests.support.commands import Commands
from tests.support.entry import run_here

README = Path(__file__).parents[2] / "README.md"


def command(name: str) -> click.Command:
    found = cli.get_command(click.Context(cli), name)
    assert found is not None
    return found


def test_help_shows_the_commands_in_groups_each_on_a_line(commands: Commands) -> None:
    done = run_here(commands.environment, commands.directory, "--help")

    shown = {
        title: [line.split()[0] for line in block.splitlines()]
        for title, block in re.findall(r"^(\w+):\n((?:  .+\n?)+)", done.output, re.MULTILINE)
        if title != "Options"
    }
    rows = re.findall(r"^\| (\w+) \| (`.+`) \|$", README.read_text(encoding="utf-8"), re.MULTILINE)
    assert shown == {group.title(): re.findall(r"[\w-]+", names) for group, names in rows}
    assert len(shown) == len(GROUPS)
    assert max(map(len, done.output.splitlines())) < 80
    assert all(len(summary) <= 60 for summary, _ in COMMANDS.values())
    assert "..." not in done.output.partition("Start:")[2]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_page_says_when_to_take_the_command_and_not_its_neighbour(name: str) -> None:
    page = command(name).get_help(click.Context(command(name), info_name=name))

    # A name with a hyphen may end a line there.
    assert COMMANDS[name][1] in " ".join(page.split()).replace("- ", "-")
    neighbours = set(re.findall(r"`([a-z-]+)`", COMMANDS[name][1])) - {name}
    assert neighbours
    assert neighbours <= COMMANDS.keys()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("statu", "status"),
        ("STATUS", "status"),
        ("progresive-backfill", "progressive-backfill"),
        ("capture_reviews", "capture-reviews"),
        ("untrak", "untrack"),
        ("moniter", "monitor"),
        ("migrations", "migrate"),
    ],
)
def test_a_mistyped_command_is_answered_with_the_nearest(
    commands: Commands, typed: str, meant: str
) -> None:
    done = run_here(commands.environment, commands.directory, typed)

    assert (done.exit_code, done.output) == (2, "")
    assert f"Did you mean {meant!r}?" in done.talk


def test_a_word_that_is_near_nothing_is_no_command(commands: Commands) -> None:
    done = run_here(commands.environment, commands.directory, "xyzzy")

    assert done.exit_code == 2
    assert "No such command 'xyzzy'" in done.talk


@pytest.mark.parametrize("name", [n for n in COMMANDS if n != "psql"])
def test_every_command_takes_the_common_options_too(name: str) -> None:
    options = {opt for param in command(name).params for opt in param.opts}

    assert {"--verbose", "-v", "--quiet", "-q", "--env-file"} <= options


@pytest.mark.parametrize("name", [n for n in COMMANDS if n not in {"track", "untrack"}])
def test_every_command_that_takes_a_repository_takes_it_by_its_place(name: str) -> None:
    params = command(name).params
    by_name = any("--repository" in param.opts for param in params)
    by_place = any(isinstance(p, click.Argument) and p.name == "named" for p in params)

    assert by_name is by_place


def test_a_repository_by_its_place_is_the_one_that_is_meant(commands: Commands) -> None:
    here = commands.environment, commands.directory
    run_here(*here, "track", REPOSITORY)

    by_place = run_here(*here, "status", REPOSITORY, "--json")
    unknown = run_here(*here, "status", "octo-sandbox/unknown")
    twice = run_here(*here, "status", REPOSITORY, "--repository", REPOSITORY)
    variable = {**commands.environment, "CONTRIBUTOR_BACKFILL_REPOSITORY": "octo-sandbox/unknown"}
    outranked = run_here(variable, commands.directory, "status", REPOSITORY, "--json")
    missing = run_here(*here, "estimate")

    assert REPOSITORY in by_place.output
    assert unknown.exit_code == 1
    assert (twice.exit_code, "Give the repository once" in twice.talk) == (2, True)
    assert outranked.output == by_place.output
    assert (missing.exit_code, "OWNER/NAME" in missing.talk) == (2, True)


def test_a_file_of_variables_is_named_before_or_after_the_command(
    commands: Commands, tmp_path: Path
) -> None:
    file = tmp_path / "other.env"
    file.write_text("SUPABASE_URL=nonsense\n", encoding="utf-8")
    bare = {k: v for k, v in commands.environment.items() if k != "DATABASE_URL"}

    before = run_here(bare, tmp_path, "--env-file", str(file), "status")
    after = run_here(bare, tmp_path, "status", "--env-file", str(file))
    none = run_here(bare, tmp_path, "status", "--env-file", "nowhere.env")

    assert before.exit_code == after.exit_code == 3
    assert before.talk == after.talk
    assert "SUPABASE_URL" in before.talk
    assert (none.exit_code, "nowhere.env" in none.talk) == (2, True)


@pytest.mark.parametrize("line", ["-vv track NAME", "track NAME -vv", "-v track NAME -v -v"])
def test_each_request_and_database_call_is_a_line_without_secrets(
    commands: Commands, line: str
) -> None:
    arguments = line.replace("NAME", REPOSITORY).split()

    done = run_here(commands.environment, commands.directory, *arguments)

    assert done.exit_code == 0, done.talk
    lines = done.talk.splitlines()
    request = r"POST http://127\.0\.0\.1:\d+/graphql: 200, [\d,]+ bytes in \d+\.\d+ s"
    assert any(re.fullmatch(request, line) for line in lines)
    assert any(re.fullmatch(r"database backfill_begin_run_v\d: ok in .+ s", line) for line in lines)
    assert "ghp_any" not in done.talk
    again = run_here(commands.environment, commands.directory, "track", REPOSITORY)
    assert "database backfill" not in again.talk


@pytest.mark.parametrize("line", ["-q progressive-backfill", "progressive-backfill --quiet"])
def test_quiet_leaves_out_progress_and_hints(commands: Commands, line: str) -> None:
    tracked = run_here(commands.environment, commands.directory, "track", REPOSITORY, "--quiet")
    done = run_here(commands.environment, commands.directory, *line.split())

    assert tracked.talk == ""
    assert (done.exit_code, done.talk) == (0, "")
    assert "stored, complete" in done.output


def test_verbose_shows_where_an_error_came_from_wherever_it_stands(commands: Commands) -> None:
    bad = {**commands.environment, "GITHUB_TOKEN": ""}

    before = run_here(bad, commands.directory, "-v", "track", REPOSITORY)
    after = run_here(bad, commands.directory, "track", REPOSITORY, "--verbose")
    plain = run_here(bad, commands.directory, "track", REPOSITORY)

    assert "Traceback" in before.talk
    assert "Traceback" in after.talk
    assert "Traceback" not in plain.talk


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_is_told_how_to_complete(commands: Commands, shell: str) -> None:
    asked = {**commands.environment, "_CONTRIBUTOR_BACKFILL_COMPLETE": f"{shell}_source"}

    done = run_here(asked, commands.directory)

    assert done.exit_code == 0
    assert "_CONTRIBUTOR_BACKFILL_COMPLETE" in done.output


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("contributor-backfill sta", ["status", "start-successor"]),
        ("contributor-backfill pause --min", ["--minutes"]),
        ("contributor-backfill set x/y --priority h", ["high"]),
        ("contributor-backfill status --env", ["--env-file"]),
    ],
)
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_words_are_completed(
    commands: Commands, shell: str, typed: str, offered: list[str]
) -> None:
    words = typed.split()
    asked = {
        **commands.environment,
        "_CONTRIBUTOR_BACKFILL_COMPLETE": f"{shell}_complete",
        "COMP_WORDS": typed,
        "COMP_CWORD": words[-1] if shell == "fish" else str(len(words) - 1),
    }

    done = run_here(asked, commands.directory)

    assert [word for word in re.split(r"[\s,]", done.output) if word in offered] == offered


def test_every_command_is_in_one_group() -> None:
    names = [name for group in GROUPS.values() for name in group]

    assert len(names) == len(set(names)) == len(COMMANDS)
