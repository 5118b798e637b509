"""The public surface is in one file: it changes on purpose, and never by a move of the code.

After a change that is meant, run it with CONTRIBUTOR_BACKFILL_RECORD_SURFACE=1 and read the diff.
"""

import ast
import json
import os
import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import pytest

import contributor_backfill
from contributor_backfill.cli.main import cli
from contributor_backfill.domain.bounds import Stop
from contributor_backfill.domain.errors import BackfillError
from contributor_backfill.sandbox import RepositoryOptions, Sandbox, World
from tests.support.captures import REPOSITORY
from tests.support.commands import Commands
from tests.support.databases import Database
from tests.support.entry import run_here

SURFACE = Path(__file__).with_name("public_surface.txt")
SITE = "me/site"
VARIABLE = re.compile(
    r"(?:CONTRIBUTOR_BACKFILL|GITHUB|SUPABASE|VITE_SUPABASE|DATABASE|INNGEST|RUNNER)_[A-Z_]*[A-Z]"
)
REASON = ("--repository", REPOSITORY, "--reason", "because")
BEFORE: tuple[tuple[str, ...], ...] = (
    ("track", REPOSITORY),
    ("track", "octo-sandbox/waiting"),
    ("progressive-backfill", "--repository", REPOSITORY),
    ("capture-chunk", "--repository", "octo-sandbox/waiting"),
    ("pause", *REASON),
    ("resume", *REASON),
)
READING: tuple[tuple[str, ...], ...] = (
    ("estimate", "--repository", REPOSITORY),
    ("plan",),
    ("enqueue", "--type", "recent-prs", "--repository", REPOSITORY, "--days", "3"),
    ("route", "--dry-run"),
    ("route",),
    ("dispatch", "--dry-run"),
    ("queue",),
    ("history",),
    ("sync-runs", "--repository", SITE),
    ("recover",),
    ("reconcile", "--full"),
    ("status",),
    ("costs",),
    ("budget",),
    ("alert", "--dry-run"),
    ("alert", "--issues", SITE),
    ("dispatch", "--repository", SITE, "--reference", "main"),
    ("monitor",),
)
ELSEWHERE = {"rehearse"}
"""Its figures are held against the database in a test of its own."""


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Repositories of which one is captured whole, and one has hardly begun."""
    one = RepositoryOptions(REPOSITORY, pull_requests=120)
    other = RepositoryOptions("octo-sandbox/waiting", pull_requests=300)
    world = World.of([one, other, RepositoryOptions(SITE, pull_requests=0)])
    with Sandbox(world) as sandbox:
        yield sandbox


def test_commands_tables_and_json_are_as_they_were_recorded(
    commands: Commands, database: Database
) -> None:
    found = [*command_line(), *variables(), *exit_codes(), *words(), *columns(database)]
    # Else the job's id, which is drawn at random, decides who takes it.
    database.rows("insert into backfill_routing (target) values (0)")
    found += json_keys(commands)
    text = "\n".join(found) + "\n"
    if os.environ.get("CONTRIBUTOR_BACKFILL_RECORD_SURFACE"):
        SURFACE.write_text(text, encoding="utf-8")
    assert found == SURFACE.read_text(encoding="utf-8").splitlines()


def command_line() -> Iterator[str]:
    """Yield every command with its options, their kinds, variables and defaults."""
    context = click.Context(cli)
    yield from map(str, _parameters("", cli))
    for name in sorted(cli.list_commands(context)):
        command = cli.get_command(context, name)
        assert command is not None
        yield f"command {name}"
        yield from _parameters(name, command)


def _parameters(name: str, command: click.Command) -> list[str]:
    return sorted(_parameter(name, parameter) for parameter in command.params)


def _parameter(name: str, of: click.Parameter) -> str:
    spelled = "/".join((*of.opts, *of.secondary_opts))
    envvar = [of.envvar] if isinstance(of.envvar, str) else of.envvar or []
    kind: dict[str, Any] = {**of.type.to_info_dict()}
    limits = {k: v for k, v in kind.items() if k in {"min", "max"} and v is not None}
    if "choices" in kind:
        limits["of"] = " ".join(map(str, kind["choices"]))
    default = of.to_info_dict().get("default")
    facts = {
        "variable": " ".join(envvar),
        "type": "flag" if getattr(of, "is_flag", False) else of.type.name,
        "required": of.required or None,
        "default": default if isinstance(default, str | int | float) else None,
        **limits,
    }
    said = ", ".join(f"{key} {value}" for key, value in facts.items() if value not in {None, ""})
    return f"option {name} {spelled}: {said}"


def variables() -> list[str]:
    """Return the environment variables that the code names."""
    found = set()
    for file in Path(contributor_backfill.__path__[0]).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_bytes())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= {node.value} if VARIABLE.fullmatch(node.value) else set()
    return [f"variable {name}" for name in sorted(found)]


def exit_codes() -> list[str]:
    """Return with what each kind of error ends a command."""
    for module in pkgutil.walk_packages(contributor_backfill.__path__, "contributor_backfill."):
        if not module.name.endswith("__main__"):
            import_module(module.name)

    def kinds(of: type[BackfillError]) -> Iterator[type[BackfillError]]:
        yield of
        for subclass in of.__subclasses__():
            yield from kinds(subclass)

    ours = {kind for kind in kinds(BackfillError) if kind.__module__.startswith("contributor")}
    return sorted(f"exit code {kind.exit_code}: {kind.__name__}" for kind in ours)


def words() -> list[str]:
    """Return the words that stand in the database for why a run ended."""
    return [f"stop {stop.value}" for stop in Stop]


def columns(database: Database) -> list[str]:
    """Return every table and its columns with their types."""
    rows = database.rows("""
        select format('column %s.%s %s', c.relname, a.attname,
          format_type(a.atttypid, a.atttypmod)) as line
        from pg_class c join pg_attribute a on a.attrelid = c.oid
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v')
          and a.attnum > 0 and not a.attisdropped
        order by c.relname collate "C", a.attname collate "C"
    """)
    return [row["line"] for row in rows]


def json_keys(commands: Commands) -> Iterator[str]:
    """Run every command that writes JSON on a small fleet, and yield its keys."""
    for arguments in BEFORE:
        done = run_here(commands.environment, commands.directory, *arguments)
        assert done.exit_code == 0, done.talk
    for arguments in READING:
        done = run_here(commands.environment, commands.directory, *arguments, "--json")
        try:
            document = json.loads(done.output)
        except json.JSONDecodeError:
            pytest.fail(f"{arguments}: {done}")
        line = " ".join(arguments)
        yield from (f"json {line}: {key}" for key in sorted(set(_keys(document))))


def test_every_command_that_writes_json_is_recorded() -> None:
    context = click.Context(cli)
    writing = {
        name
        for name in cli.list_commands(context)
        for parameter in getattr(cli.get_command(context, name), "params", ())
        if "--json" in parameter.opts
    }
    assert writing == {arguments[0] for arguments in READING} | ELSEWHERE


def _keys(document: Any, path: str = "") -> Iterator[str]:
    if isinstance(document, dict):
        for key, value in document.items():
            yield from _keys(value, f"{path}.{key}")
    elif isinstance(document, list):
        yield f"{path}[]"
        for member in document:
            yield from _keys(member, f"{path}[]")
    else:
        yield path or "."
