"""Mistakes around a command: ports, folders, disks, terminals, proxies, names."""

import re
import socket
import subprocess
from pathlib import Path

import pytest

from tests.support.captures import REPOSITORY
from tests.support.commands import PROGRAM, Commands
from tests.support.schema import SCHEMA

GITHUB = {"GITHUB_API_URL": "", "GITHUB_GRAPHQL_URL": ""}
NOTHING = "nope/nope"
KINDS = [
    ("sandbox --port {taken}", {}, 2, r"The port \d+ cannot be used: Address already in use\."),
    ("sandbox --ready-file none/x", {}, 2, r"none/x cannot be written: No such file"),
    ("monitor --html file/x", {}, 2, r"into file/x: Not a directory"),
    ("migrate --write file/x", {}, 2, r"file/x cannot be written: Not a directory"),
    ("track --file none.txt", {}, 2, r"none\.txt"),
    ("status --env-file none.env", {}, 2, r"none\.env"),
    (
        "status",
        {"DATABASE_URL": "", "CONTRIBUTOR_BACKFILL_HOME": "file/x"},
        3,
        r"file/x: Not a dir",
    ),
    ("estimate a/b", {**GITHUB, "HTTPS_PROXY": "no:such:proxy"}, 3, r"HTTPS_PROXY"),
    ("estimate a/b", {**GITHUB, "HTTPS_PROXY": "http://127.0.0.1:1"}, 3, r"HTTPS_PROXY at 127\.0"),
    ("estimate a/b", {**GITHUB, "REQUESTS_CA_BUNDLE": "none.pem"}, 3, r"REQUESTS_CA_BUNDLE"),
    ("estimate a/b", {**GITHUB, "SSL_CERT_FILE": "file"}, 3, r"SSL_CERT_FILE"),
    (f"progressive-backfill --repositories {NOTHING}", {}, 1, rf"None of {NOTHING} is tracked\."),
    (f"route --include {NOTHING}", {}, 1, rf"{NOTHING} is not in this database"),
    (f"route --exclude {NOTHING}", {}, 1, rf"{NOTHING} is not in this database"),
    (f"status {NOTHING}", {}, 1, NOTHING),
    (f"pause {NOTHING} --reason x", {}, 1, NOTHING),
    (f"untrack {NOTHING}", {}, 1, NOTHING),
    (f"enqueue {NOTHING} --type recent-prs", {}, 1, NOTHING),
]


def shell(commands: Commands, line: str, **further: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["sh", "-c", line.replace("PROGRAM", str(PROGRAM))],
        env={**commands.environment, **further},
        cwd=commands.directory,
        capture_output=True,
        text=True,
        errors="backslashreplace",
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize(("line", "changed", "code", "words"), KINDS)
def test_it_is_one_sentence_with_the_value(
    line: str,
    changed: dict[str, str],
    code: int,
    words: str,
    variables: dict[str, str],
    tmp_path: Path,
) -> None:
    (tmp_path / "file").touch()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        arguments = line.format(taken=taken.getsockname()[1]).split()
        done = Commands({**variables, **changed}, tmp_path).run(*arguments)

    assert (done.returncode, done.stdout) == (code, ""), done.stderr
    assert re.search(words, done.stderr)
    assert "Traceback" not in done.stderr
    assert "should not have happened" not in done.stderr


@pytest.mark.parametrize(
    "command", ["status", "--help", "--version", "migrate --print", "monitor --json", "queue"]
)
def test_a_full_disk_is_said(commands: Commands, command: str) -> None:
    done = shell(commands, f"exec PROGRAM {command} > /dev/full")

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "cannot be written: No space left on device." in done.stderr


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("status >&-", 0),
        ("--help >&-", 0),
        ("status 2>&-", 0),
        ("status <&-", 0),
        ("sync-historical >&- 2>&- <&-", 0),
        ("no-such-command 2>&-", 2),
        ("status nope/nope >&-", 1),
    ],
)
def test_a_closed_stream_stops_nothing(commands: Commands, line: str, code: int) -> None:
    done = shell(commands, f"exec PROGRAM {line}")

    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
@pytest.mark.parametrize("command", ["status", "monitor", "monitor --summary", "doctor", "--help"])
def test_a_terminal_that_is_not_utf_8_shows_what_it_can(
    commands: Commands, encoding: str, command: str
) -> None:
    done = shell(commands, f"exec PROGRAM {command}", PYTHONIOENCODING=encoding)

    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert "Traceback" not in done.stderr


def test_no_home_is_needed(commands: Commands) -> None:
    store = commands.variables["DATABASE_URL"].replace("'", "'\\''")
    schema = f"CONTRIBUTOR_BACKFILL_SCHEMA={SCHEMA}"

    done = shell(commands, f"env -i DATABASE_URL='{store}' {schema} PROGRAM status")

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"A=1\nthis is no variable\n", r"\.env, line 2, cannot be read"),
        (b"A=1\n\nB='unclosed\n", r"\.env, line 3, cannot be read"),
        (b"A=1\nB=\xff\n", r"\.env, line 2, cannot be read: it is not UTF-8"),
        (b"A=\0\n", r"\.env, line 1, cannot be read"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(
    commands: Commands, content: bytes, words: str
) -> None:
    (commands.directory / ".env").write_bytes(content)

    done = commands.run("status")

    assert (done.returncode, done.stdout) == (3, "")
    assert re.search(words, done.stderr)


def test_a_surprise_of_the_system_names_the_file(commands: Commands) -> None:
    """Whatever nobody thought of is a sentence of the operating system's, not a bug of ours."""
    (commands.directory / "page").mkdir()
    (commands.directory / "page" / "index.html").mkdir()

    done = commands.run("monitor", "--html", "page")

    assert done.returncode in {1, 2}
    assert "page" in done.stderr
    assert "should not have happened" not in done.stderr


def test_a_list_of_names_that_is_partly_known_is_served(commands: Commands) -> None:
    assert commands.run("track", REPOSITORY).returncode == 0

    done = commands.run("progressive-backfill", "--repositories", f"{REPOSITORY},{NOTHING}")

    assert done.returncode == 0, done.stderr
