"""The command, in a process of its own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import Popen

import pytest
import requests

from contributor_backfill.cli.settings import OUTSIDE, Store, load
from tests.support.commands import OURS, Commands

ASSIGNED = (
    *OUTSIDE,
    "GITHUB_TOKEN",
    "GITHUB_API_URL",
    "GITHUB_GRAPHQL_URL",
    "CONTRIBUTOR_BACKFILL_HOME",
)
FILLED = {
    "SUPABASE_URL": "https://real.example.com",
    "VITE_SUPABASE_URL": "https://real.example.com",
    "DATABASE_URL": "postgresql://real.example.com/real",
    "CONTRIBUTOR_BACKFILL_ALERT_WEBHOOK": "https://real.example.com",
}
Start = Callable[..., Popen[str]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Give a function that starts the command; what still runs ends with the test."""
    running: list[Popen[str]] = []

    def start_one(*options: str) -> Popen[str]:
        running.append(Commands({}, tmp_path).start("sandbox", *options))
        return running[-1]

    yield start_one
    for process in running:
        with process:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_its_addresses_serves_and_ends_with_0(start: Start, number: int) -> None:
    process = start("--pull-requests", "5")
    assert process.stdout is not None
    addresses = json.loads(process.stdout.readline())

    found = requests.post(
        addresses["graphql_url"],
        json={"query": "{ viewer { login } rateLimit { limit } }"},
        headers={"Authorization": "bearer any"},
        timeout=120,
    ).json()
    process.send_signal(number)
    out, talk = process.communicate(timeout=120)

    assert found["data"]["rateLimit"]["limit"] == 5_000
    assert addresses["graphql_url"] == f"{addresses['api_url']}/graphql"
    assert addresses["repositories"] == ["octo-sandbox/rehearsal"]
    assert (process.returncode, out) == (0, "")
    assert "contributor-backfill track octo-sandbox/rehearsal" in talk


def test_it_writes_its_addresses_to_a_file_once_they_respond(start: Start, tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    process = start("--pull-requests", "1", "--hourly-points", "7", "--ready-file", str(ready))
    assert process.stderr is not None
    process.stderr.readline()

    url = json.loads(ready.read_text())["api_url"]

    assert requests.get(f"{url}/_sandbox/counters", timeout=120).json()["requests"] == 0


def test_a_bad_dataset_is_one_sentence_and_exit_2(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "owner__name.jsonl"
    path.write_text("nonsense\n")
    process = start("--dataset", str(path))

    out, talk = process.communicate(timeout=120)

    assert (process.returncode, out) == (2, "")
    assert "owner__name.jsonl, line 1 is not a pull request" in talk
    assert "Traceback" not in talk


def printed_lines(process: Popen[str]) -> list[str]:
    """Return the lines to be typed in another terminal."""
    assert process.stderr is not None
    lines: list[str] = []
    while not lines or "track" not in lines[-1]:
        line = process.stderr.readline()
        assert line, "it has ended"
        lines.append(line.strip())
    return lines[2:]


def test_the_lines_that_it_prints_reach_nothing_that_a_filled_env_file_names(
    start: Start, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text(
        "".join(f"{name}={FILLED.get(name, 'real-key')}\n" for name in OUTSIDE)
        + "GITHUB_TOKEN=real\nCONTRIBUTOR_BACKFILL_HOME=/real\n"
        "GITHUB_API_URL=https://real.example.com/api/v3\nGITHUB_GRAPHQL_URL=https://real.example.com/api/graphql\n"
    )
    lines = printed_lines(start("--pull-requests", "5"))
    show = f"{sys.executable} -c 'import os, json; print(json.dumps(dict(os.environ)))'"
    shell = ["sh", "-e", "-c", "\n".join([*lines[:-1], show])]
    shown = subprocess.run(shell, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    variables = {name: value for name, value in json.loads(shown).items() if name in ASSIGNED}

    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.startswith(OURS):
                patch.delenv(name)
        for name, value in variables.items():
            patch.setenv(name, value)
        settings = load(tmp_path)

    assert settings.store(None) is Store.EMBEDDED
    assert (settings.supabase_url, settings.supabase_key, settings.database_url) == ("", "", "")
    assert (settings.inngest_event_key, settings.alert_webhook) == ("", "")
    assert settings.api_url.startswith("http://127.0.0.1:")
    assert settings.graphql_url == f"{settings.api_url}/graphql"
    assert settings.github_token == "sandbox"
    assert settings.home == Path("/real/sandbox")
    assert lines[-1] == "contributor-backfill track octo-sandbox/rehearsal"
