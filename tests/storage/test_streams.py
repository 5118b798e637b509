"""Text for stdout and stderr goes out without secrets and surprises, whoever writes it."""

import io
import logging
import os
import pty
from contextlib import suppress
from typing import TextIO, cast

import click
import pytest
from rich.console import Console

from contributor_backfill.cli.streams import Guard
from contributor_backfill.domain.redaction import learn

OURS = "::error title=contributor-backfill::"
TOKEN = "ghp_7Kq2vX9mZ4tB8wR1nL6cY3sD5fG0hJ2aE"


@pytest.fixture(autouse=True)
def _known() -> None:
    learn({"GITHUB_TOKEN": TOKEN})


def guarded(encoding: str = "utf-8") -> tuple[Guard, io.BytesIO]:
    raw = io.BytesIO()
    return Guard(io.TextIOWrapper(raw, encoding=encoding)), raw


def test_a_secret_in_two_writes_is_found() -> None:
    guard, raw = guarded()

    guard.write(f"the key {TOKEN[:9]}")
    guard.write(f"{TOKEN[9:]} is bad\n")
    guard.flush()

    assert raw.getvalue() == b"the key *** is bad\n"


def test_a_flush_waits_for_nothing_and_gives_away_no_more_than_a_beginning() -> None:
    guard, raw = guarded()

    for character in f"so far {TOKEN}.":
        guard.write(character)
        guard.flush()

    text = raw.getvalue().decode()
    assert text.startswith("so far ")
    assert text.endswith(".")
    assert TOKEN[:8] not in text
    assert not any(TOKEN[n : n + 8] in text for n in range(len(TOKEN)))


def test_everybody_who_writes_is_covered(monkeypatch: pytest.MonkeyPatch) -> None:
    guard, raw = guarded()
    monkeypatch.setattr("sys.stdout", guard)
    monkeypatch.setattr("sys.stderr", guard)

    click.echo(f"click {TOKEN}")
    click.echo(f"bytes {TOKEN}".encode())
    Console(file=cast("TextIO", guard)).print(f"rich {TOKEN}", soft_wrap=True)
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    logging.getLogger("some.library").warning("log %s", TOKEN)
    guard.flush()

    lines = raw.getvalue().decode()
    for who in ("click", "bytes", "rich", "log"):
        assert f"{who} ***" in lines
    assert TOKEN not in lines


def test_what_the_encoding_lacks_is_escaped() -> None:
    guard, raw = guarded("ascii")

    guard.write("é \ud800\n")
    guard.flush()

    assert raw.getvalue() == b"\\xe9 \\ud800\n"


def test_off_a_terminal_only_colours_and_line_breaks_are_left() -> None:
    guard, raw = guarded()

    guard.write("\x1b[1mbold\x1b[0m \x1b[2J\x1b]52;c;eA==\x07\r\x9b\tend\n")
    guard.flush()

    assert raw.getvalue() == b"\x1b[1mbold\x1b[0m \\x1b[2J\\x1b]52;c;eA==\\x07\\r\\x9b\tend\n"


def test_a_terminal_is_one_still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    leader, follower = pty.openpty()
    with open(follower, "w", encoding="utf-8", closefd=True) as terminal:  # noqa: PTH123  # a descriptor
        guard = Guard(terminal)

        assert guard.isatty()
        assert guard.fileno() == follower
        console = Console(file=cast("TextIO", guard))
        assert console.is_terminal
        guard.write("\r\x1b[2K50 % \x1b]8;;evil\x07")
        guard.flush()

        assert os.read(leader, 1000) == b"\r\x1b[2K50 % \\x1b]8;;evil\\x07"
    os.close(leader)


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("::add-mask::x\n", ": :add-mask::x\n"),
        ("a ##[add-mask]x\n", "a ## [add-mask]x\n"),
        (f"{OURS}an error\n", f"{OURS}an error\n"),
    ],
)
def test_in_actions_only_our_annotations_are_commands(
    monkeypatch: pytest.MonkeyPatch, written: str, seen: str
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    guard, raw = guarded()

    guard.write(written)
    guard.flush()

    assert raw.getvalue().decode() == seen


def test_a_closed_pipe_is_said() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    stream = os.fdopen(writer, "w")
    guard = Guard(stream)

    guard.write("x\n")
    with pytest.raises(BrokenPipeError):
        guard.flush()
    with suppress(BrokenPipeError):
        stream.close()
