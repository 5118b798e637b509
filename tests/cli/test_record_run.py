"""`record-run`: events of workflow runs, from Actions or a webhook, taken in or refused."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contributor_backfill.cli.commands.record_run import signature_of
from contributor_backfill.db.gateway import Gateway
from tests.support.commands import PROGRAM, Commands
from tests.support.databases import Database
from tests.support.runners import Runner
from tests.support.workflow_events import FILE, begin, encoded, job_event, record, run_event

SECRET = "It's a Secret to Everybody"
EVENT = encoded(run_event("completed", "failure"))
TRUSTED = "--trust-input"
Run = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture
def variables(database: Database) -> dict[str, str]:
    """No GitHub and no token: an event is told, not asked for."""
    return {"DATABASE_URL": database.conninfo}


@pytest.fixture
def record_run(commands: Commands) -> Run:
    """Pipe a body into `record-run`."""

    def run(
        body: bytes, *arguments: str, file: str = "-", **variables: str
    ) -> "subprocess.CompletedProcess[bytes]":
        return subprocess.run(
            [PROGRAM, "record-run", "--event-file", file, *arguments],
            check=False,
            input=body,
            capture_output=True,
            env={**commands.environment, **variables},
            cwd=commands.directory,
            timeout=120,
        )

    return run


def count(database: Database) -> int:
    return int(database.value("select count(*) from backfill_workflow_runs"))


def in_actions(
    variables: dict[str, str], directory: Path, event: Any, name: str, **further: str
) -> Commands:
    file = directory / "event.json"
    file.write_text(json.dumps(event))
    runner = Runner(directory, run_id=99, event=name, job="record").variables
    return Commands({**variables, **runner, "GITHUB_EVENT_PATH": str(file), **further}, directory)


def test_a_delivery_settles_the_run_that_it_is_about_and_leaves_no_record_of_its_own(
    record_run: Run, gateway: Gateway, database: Database
) -> None:
    run_id = begin(gateway)

    done = record_run(EVENT, TRUSTED, "--event", "workflow_run", "--delivery", "72d3162e-cc78-11e3")

    assert done.returncode == 0, done.stderr
    assert done.stdout.decode() == (
        "Run 18436407157 of me/site, attempt 1: completed, failure. 1 record settled.\n"
    )
    assert record(database, run_id)["outcome"] == "failed"
    assert database.value("select count(*) from backfill_runs") == 1
    again = record_run(EVENT, TRUSTED, "--delivery", "72d3162e-cc78-11e3")
    assert (again.returncode, again.stdout) == (0, b"")
    assert b"taken in before" in again.stderr


def test_the_event_of_a_workflow_run_trigger_is_about_another_run_than_its_own(
    variables: dict[str, str], gateway: Gateway, database: Database, tmp_path: Path
) -> None:
    run_id = begin(gateway)
    event = {**run_event("completed", "cancelled"), "organization": {"login": "me"}}

    done = in_actions(variables, tmp_path, event, "workflow_run").run("record-run")

    assert done.returncode == 0, done.stderr
    assert record(database, run_id)["outcome"] == "lost"
    assert database.value("select count(*) from backfill_workflow_runs where run_id = 99") == 0


def test_an_event_of_record_runs_own_workflow_is_one_like_any_other(
    record_run: Run, database: Database
) -> None:
    own = run_event("completed", "success", name="Record", path=".github/workflows/record-run.yml")

    assert record_run(encoded(own), TRUSTED).returncode == 0

    assert database.value("select workflow from backfill_workflow_runs") == "record-run.yml"


def test_a_workflow_that_was_started_by_something_else_says_so(
    variables: dict[str, str], database: Database, tmp_path: Path
) -> None:
    commands = in_actions(variables, tmp_path, {"inputs": {}}, "workflow_dispatch")

    own = commands.run("record-run")
    file = tmp_path / "another.json"
    file.write_bytes(EVENT)
    given = commands.run("record-run", "--event-file", str(file))

    assert (own.returncode, own.stdout) == (2, "")
    assert "workflow_dispatch" in own.stderr
    assert given.returncode == 0, given.stderr
    assert count(database) == 1


def test_what_is_signed_with_the_secret_is_taken_in(record_run: Run, database: Database) -> None:
    signature = signature_of(EVENT, SECRET)

    done = record_run(EVENT, "--signature", signature, GITHUB_WEBHOOK_SECRET=SECRET)

    assert done.returncode == 0, done.stderr
    assert count(database) == 1


@pytest.mark.parametrize(
    ("body", "signature"),
    [
        (EVENT + b"\n", signature_of(EVENT, SECRET)),
        (EVENT, signature_of(EVENT, "another secret")),
        (EVENT, ""),
        (b"Hello, World!", "sha256=75710"),
        (EVENT, None),
    ],
)
def test_what_is_not_signed_with_the_secret_is_refused_and_not_stored(
    record_run: Run, database: Database, body: bytes, signature: str | None
) -> None:
    arguments = () if signature is None else ("--signature", signature)

    done = record_run(body, *arguments, GITHUB_WEBHOOK_SECRET=SECRET)

    assert (done.returncode, done.stdout) == (1, b"")
    assert b"signature" in done.stderr
    assert SECRET.encode() not in done.stderr
    assert done.stderr.count(b"\n") == 1
    assert count(database) == 0


@pytest.mark.parametrize("file", ["-", "/dev/stdin", "/proc/self/fd/0"])
@pytest.mark.parametrize(("secret", "exit_code"), [({}, 3), ({"GITHUB_WEBHOOK_SECRET": SECRET}, 1)])
def test_what_is_piped_in_without_a_signature_is_refused_under_whatever_name(
    record_run: Run, database: Database, file: str, secret: dict[str, str], exit_code: int
) -> None:
    done = record_run(EVENT, file=file, **secret)

    assert (done.returncode, done.stdout) == (exit_code, b"")
    assert b"--trust-input" in done.stderr
    assert count(database) == 0


@pytest.mark.parametrize("secret", [{}, {"GITHUB_WEBHOOK_SECRET": SECRET}])
def test_input_that_is_said_to_be_trusted_needs_no_signature(
    record_run: Run, database: Database, secret: dict[str, str]
) -> None:
    assert record_run(EVENT, TRUSTED, **secret).returncode == 0

    assert count(database) == 1


def test_trusted_input_with_a_wrong_signature_is_refused(
    record_run: Run, database: Database
) -> None:
    done = record_run(EVENT, TRUSTED, "--signature", "sha256=0", GITHUB_WEBHOOK_SECRET=SECRET)

    assert done.returncode == 1
    assert count(database) == 0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"head_repository": {"id": 8, "full_name": "stranger/site"}}, "another repository"),
        ({"head_repository": None}, "another repository"),
        ({"event": "pull_request"}, "'pull_request'"),
    ],
)
@pytest.mark.parametrize("arguments", [(), ("--all",), ("--workflow", FILE)])
def test_a_pull_request_with_an_edited_workflow_is_none_of_our_runs(
    record_run: Run,
    database: Database,
    changes: dict[str, Any],
    words: str,
    arguments: tuple[str, ...],
) -> None:
    if arguments and "event" in changes:
        pytest.skip("who names a workflow means it, whatever starts it")

    done = record_run(encoded(run_event("completed", "success", **changes)), TRUSTED, *arguments)

    assert (done.returncode, done.stdout) == (0, b"")
    assert words in done.stderr.decode()
    assert count(database) == 0


def test_a_signature_without_a_secret_is_not_configured(
    record_run: Run, database: Database
) -> None:
    done = record_run(EVENT, "--signature", signature_of(EVENT, SECRET))

    assert done.returncode == 3
    assert b"GITHUB_WEBHOOK_SECRET is not set" in done.stderr
    assert count(database) == 0


@pytest.mark.parametrize(
    ("body", "arguments", "exit_code", "words"),
    [
        (b"{", (), 1, "not JSON"),
        (b"", ("--event", "workflow_run"), 1, "not JSON"),
        (encoded(job_event("queued")), ("--event", "workflow_run"), 1, "event.workflow_run"),
        (b'{"zen": "x"}', ("--event", "ping"), 0, "'ping'"),
        (encoded(run_event("completed", "success", name="CI", path="ci.yml")), (), 0, "ci.yml"),
        (EVENT, ("--delivery", "a b"), 2, "'a b'"),
        (b" " * (25 * 1024 * 1024) + EVENT, (), 1, "25 MB"),
    ],
)
def test_what_cannot_be_taken_in_ends_in_a_sentence(
    record_run: Run,
    database: Database,
    body: bytes,
    arguments: tuple[str, ...],
    exit_code: int,
    words: str,
) -> None:
    done = record_run(body, TRUSTED, *arguments)

    assert (done.returncode, done.stdout) == (exit_code, b"")
    assert words in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()
    assert count(database) == 0


@pytest.mark.parametrize("arguments", [("--workflow", "ci.yml"), ("--all",)])
def test_other_workflows_count_when_they_are_named(
    record_run: Run, database: Database, arguments: tuple[str, ...]
) -> None:
    event = run_event("completed", "success", name="CI", path=".github/workflows/ci.yml")

    assert record_run(encoded(event), TRUSTED, *arguments).returncode == 0

    assert count(database) == 1


@pytest.mark.parametrize("arguments", [(), ("--event-file", "missing.json")])
def test_an_event_that_is_not_there_is_asked_for(
    commands: Commands, arguments: tuple[str, ...]
) -> None:
    done = commands.run("record-run", *arguments)

    assert done.returncode == 2
    assert "--event-file" in done.stderr
