"""The command, in a process of its own."""

import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import Popen

import pytest
import requests

from tests.support.commands import Commands

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
        timeout=10,
    ).json()
    process.send_signal(number)
    out, talk = process.communicate(timeout=10)

    assert found["data"]["rateLimit"]["limit"] == 5_000
    assert addresses["graphql_url"] == f"{addresses['api_url']}/graphql"
    assert addresses["repositories"] == ["octo-sandbox/rehearsal"]
    assert (process.returncode, out) == (0, "")
    assert "contributor-backfill track octo-sandbox/rehearsal" in talk


def test_it_writes_its_addresses_to_a_file_once_they_answer(start: Start, tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    process = start("--pull-requests", "1", "--hourly-points", "7", "--ready-file", str(ready))
    assert process.stderr is not None
    process.stderr.readline()

    url = json.loads(ready.read_text())["api_url"]

    assert requests.get(f"{url}/_sandbox/counters", timeout=10).json()["requests"] == 0


def test_a_bad_dataset_is_one_sentence_and_exit_2(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "owner__name.jsonl"
    path.write_text("nonsense\n")
    process = start("--dataset", str(path))

    out, talk = process.communicate(timeout=20)

    assert (process.returncode, out) == (2, "")
    assert "owner__name.jsonl, line 1 is not a pull request" in talk
    assert "Traceback" not in talk
