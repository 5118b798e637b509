"""Hostile texts in every column that is shown: on a terminal and in a step of Actions."""

import json
import os
import pty
import re
import termios
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from contributor_backfill.sandbox import RepositoryOptions, Sandbox, World
from tests.support.captures import REPOSITORY
from tests.support.commands import Commands, variables_for
from tests.support.databases import Database
from tests.support.entry import Done, run_here
from tests.support.runners import Runner

HOSTILE = (
    "x\n::add-mask::evil\r::set-env name=A::b ##[add-mask]evil [/x] [bold]b[/bold] :warning:"
    " \x1b]8;;https://evil\x07link\x1b]8;;\x07\x1b]52;c;ZXZpbA==\x07\x1b[2J\x1b[H\x9b2J"
    " \u202eevil\u2066 <script>alert(1)</script>"
)
READERS = (
    *(("status",), ("monitor",), ("queue",), ("history",), ("costs",), ("doctor",), ("budget",)),
    *(("alert", "--dry-run"), ("alert",), ("plan",), ("recover", "--dry-run"), ("recover",)),
    *(("route", "--dry-run"), ("dispatch", "--dry-run"), ("progressive-backfill", "--dry-run")),
    *(("progressive-backfill",), ("capture-chunk",), ("reconcile", "--full"), ("sync-runs",)),
    *(("monitor", "--summary"), ("monitor", "--html", "page"), ("start-successor",)),
    *(("capture-reviews",), ("capture-comments",), ("sync-historical", "--force")),
    *(("reconcile", "--sample", "3"), ("migrate", "--check"), ("alert", "--dry-run", "--json")),
    ("pause", "--repository", REPOSITORY, "--reason", HOSTILE),
    ("resume", "--repository", REPOSITORY, "--actor", HOSTILE.replace("\n", " ")),
    *(("status", "--json"), ("monitor", "--json"), ("queue", "--json"), ("history", "--json")),
    *(("enqueue", "--type", HOSTILE), ("track", HOSTILE), ("record-run", "--event-file", HOSTILE)),
)
TEXTS = """
    select c.relname as table_name, a.attname as column_name, a.atttypid::regtype::text as type
    from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attnum > 0
      and not a.attisdropped and a.attgenerated = '' and c.relname <> 'backfill_migrations'
      and a.atttypid in ('text'::regtype, 'varchar'::regtype, 'jsonb'::regtype)
"""
COMMAND = re.compile(r"^\s*::(?!(error|warning|notice) title=contributor-backfill::).*::|##\[")
RICH = re.compile(r"\x1b\[[0-9;?]*[mKAhlJ]")


@pytest.fixture
def variables(database: Database) -> Iterator[dict[str, str]]:
    """Settings for a database that a run has filled, and whose every text is hostile then."""
    with Sandbox(World.of([RepositoryOptions(pull_requests=12)])) as sandbox:
        yield variables_for(sandbox, database)


def run(variables: dict[str, str], directory: Path, *arguments: str) -> Done:
    environment = Commands(variables, directory).environment
    return run_here(environment | {"INNGEST_EVENT_KEY": "k"}, directory, *arguments)


def fill(variables: dict[str, str], directory: Path, database: Database) -> int:
    """Capture something, then put a hostile text wherever a text may stand; return where it may."""
    for arguments in (
        ("track", REPOSITORY),
        ("capture-chunk", "--chunk-size", "5"),
        ("enqueue", "--type", "progressive-backfill", "--repository", REPOSITORY),
        ("route",),
        ("pause", "--repository", REPOSITORY, "--reason", "because"),
        ("resume", "--repository", REPOSITORY, "--reason", "because"),
    ):
        done = run(variables, directory, *arguments)
        assert done.exit_code == 0, done.talk
    database.rows("update progressive_backfill_state set status = 'paused', last_error = 'e'")
    database.rows("update backfill_feeds set last_error = 'e', next_attempt_at = now() + '1 hour'")
    database.rows(
        "update backfill_runs set outcome = 'failed', error = 'e' where command = 'route'"
    )
    return sum(_spoil(database, **row) for row in database.rows(TEXTS))


def _spoil(database: Database, table_name: str, column_name: str, type: str) -> bool:  # noqa: A002
    value = (
        f"coalesce({column_name}, '') || %s"
        if type != "jsonb"
        else f"case jsonb_typeof({column_name}) when 'object'"
        f" then {column_name} || jsonb_build_object('reason', %s::text) else {column_name} end"
    )
    with suppress(psycopg.Error):
        database.rows(f"update {table_name} set {column_name} = {value}", HOSTILE)
        return True
    # A CHECK, a foreign key or a trigger knows what may stand there.
    return False


def harmless(text: str, *, is_terminal: bool) -> list[str]:
    """Return the lines that steer the terminal or the runner."""
    allowed = RICH.sub("", text.replace("\r", "")) if is_terminal else text
    return [
        line
        for line in allowed.split("\n")
        if COMMAND.search(line) or re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\u2066]", line)
    ]


def crashes(done: Done) -> bool:
    return "should not have happened" in done.talk or "MarkupError" in done.talk


def test_in_actions_nothing_reaches_the_runner(
    variables: dict[str, str], database: Database, tmp_path: Path
) -> None:
    assert fill(variables, tmp_path, database) > 40
    runner = Runner(tmp_path)
    for arguments in READERS:
        done = run({**variables, **runner.variables}, tmp_path, *arguments)

        assert not crashes(done), (arguments, done.talk)
        assert not harmless(done.output + done.talk, is_terminal=False), arguments
        if arguments[-1] == "--json" and done.exit_code == 0:
            json.loads(done.output)
    page = (tmp_path / "page" / "index.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page
    at = page.find("\x1b")
    assert at < 0, page[max(0, at - 300) : at + 100]
    assert "\u202e" not in page
    assert "evil" in page


def test_on_a_terminal_nothing_steers_it(
    variables: dict[str, str], database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert fill(variables, tmp_path, database) > 40
    runner = Runner(tmp_path)
    monkeypatch.setenv("TERM", "xterm-256color")
    for arguments in READERS:
        code, seen = on_terminal({**variables, **runner.variables}, tmp_path, *arguments)

        assert not crashes(Done(code, seen, seen)), (arguments, seen)
        assert not harmless(seen, is_terminal=True), arguments
        assert "\x1b[2J" not in seen
        assert "\x1b[H" not in seen


def on_terminal(variables: dict[str, str], directory: Path, *arguments: str) -> tuple[int, str]:
    """Run a command whose stdout and stderr are a terminal; return its exit code, and what came."""
    leader, follower = pty.openpty()
    attributes = termios.tcgetattr(follower)
    attributes[1] &= ~termios.OPOST
    termios.tcsetattr(follower, termios.TCSANOW, attributes)
    seen: list[bytes] = []

    def read() -> None:
        with suppress(OSError):
            while piece := os.read(leader, 65_536):
                seen.append(piece)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        with open(follower, "w", encoding="utf-8") as terminal:  # noqa: PTH123  # a descriptor
            environment = Commands(variables, directory).environment
            code = run_here(environment, directory, *arguments, terminal=terminal).exit_code
    finally:
        reader.join()
        os.close(leader)
    return code, b"".join(seen).decode()
