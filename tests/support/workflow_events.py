"""Events of workflow runs and jobs as GitHub writes them, and the records they are about."""

import json
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.runs import RunBegin, WorkflowRun
from contributor_backfill.domain.workflow_runs import Delivery, Noted, is_own_run
from contributor_backfill.github.actions import read_event
from tests.support.databases import Database

SHARED = Path(__file__).parents[3] / "shared" / "payloads"
REPOSITORY = "me/site"
FILE = "progressive-backfill.yml"
RUN_ID = 18_436_407_157
BEGAN = datetime.fromisoformat("2026-01-05T07:37:00+00:00")
ENDED = BEGAN + timedelta(seconds=301)
CONCLUSIONS = {
    "success": "done",
    "failure": "failed",
    "timed_out": "failed",
    "startup_failure": "failed",
    "exploded": "failed",
    "cancelled": "lost",
    "stale": "lost",
    "skipped": "lost",
    "neutral": "lost",
    "action_required": "lost",
}
"""GitHub's conclusions, with one that it does not have yet, and what each makes of a silent run."""


def run_event(action: str, conclusion: str | None = None, **changes: Any) -> dict[str, Any]:
    """Return a `workflow_run` event; `changes` are of its `workflow_run`."""
    run_id = changes.get("id", RUN_ID)
    url = f"https://github.com/{REPOSITORY}/actions/runs/{run_id}"
    run = {
        "id": run_id,
        "name": "Progressive backfill",
        "path": f".github/workflows/{FILE}",
        "display_title": "Progressive backfill",
        "head_branch": "main",
        "run_number": 9,
        "run_attempt": 1,
        "event": "schedule",
        "status": "queued" if action == "requested" else action,
        "conclusion": conclusion,
        "html_url": url,
        "created_at": _written(BEGAN),
        "run_started_at": _written(BEGAN),
        "updated_at": _written(ENDED if action == "completed" else BEGAN),
        "referenced_workflows": [],
        "pull_requests": [],
        "repository": {"id": 7, "full_name": REPOSITORY},
        "head_repository": {"id": 7, "full_name": REPOSITORY},
        **changes,
    }
    workflow = {"id": 5, "name": run["name"], "path": run["path"], "state": "active"}
    return {"action": action, "workflow_run": run, "workflow": workflow, **_around()}


def job_event(action: str, conclusion: str | None = None, **changes: Any) -> dict[str, Any]:
    """Return a `workflow_job` event; `changes` are of its `workflow_job`."""
    job = {
        "id": 52_001,
        "run_id": RUN_ID,
        "run_attempt": 1,
        "workflow_name": "Progressive backfill",
        "name": "Capture",
        "status": action,
        "conclusion": conclusion,
        "created_at": _written(BEGAN),
        "started_at": _written(BEGAN),
        "completed_at": _written(ENDED) if action == "completed" else None,
        "runner_id": None if action == "queued" else 12,
        "runner_name": None if action == "queued" else "GitHub Actions 12",
        "labels": ["ubuntu-24.04"],
        "steps": [],
        "html_url": f"https://github.com/{REPOSITORY}/actions/runs/{RUN_ID}/job/52001",
        **changes,
    }
    return {"action": action, "workflow_job": job, **_around()}


def encoded(event: Any) -> bytes:
    """Return an event as its delivery's body."""
    return json.dumps(event, separators=(",", ":")).encode()


def note(gateway: Gateway, event: Any, delivery: str | None = None) -> Noted:
    """Take an event in, as `record-run` does."""
    read = read_event(event if isinstance(event, bytes) else encoded(event))
    noticed = Delivery(delivery, read.kind, read.action) if delivery else None
    return gateway.note_workflow_runs(
        [(read.observation, is_own_run(read.observation, any_name=False))], noticed
    )


def begin(gateway: Gateway, command: str = "progressive-backfill", **where: Any) -> str:
    """Begin a run of a command in the workflow run that the events are about."""
    values: dict[str, Any] = {
        "repository": REPOSITORY,
        "workflow": FILE,
        "run_id": RUN_ID,
        "run_attempt": 1,
        "job": "capture",
        "runner": "GitHub Actions 12",
        "event": "schedule",
        "url": "https://github.com/me/site/actions/runs/1",
    }
    run_id = str(uuid4())
    gateway.begin_run(
        RunBegin(run_id, command, "host/1", workflow_run=WorkflowRun(**values | where))
    )
    return run_id


def fall_silent(database: Database, run_id: str, minutes: float = 6) -> None:
    """Move a run's heartbeat back."""
    database.rows(
        "update backfill_runs set heartbeat_at = heartbeat_at - make_interval(secs => %s)"
        " where id = %s",
        minutes * 60,
        run_id,
    )


def record(database: Database, run_id: str) -> dict[str, Any]:
    """Return the record of a run of a command."""
    (row,) = database.rows("select * from backfill_runs where id = %s", run_id)
    return row


def ending(database: Database, run_id: str) -> tuple[str, str, str]:
    """Return how a run of a command ended, why, and by whose word."""
    row = record(database, run_id)
    return row["outcome"], row["stop_reason"], row["settled_by"]


def shared_payloads() -> list[Path]:
    """Return GitHub's own examples, where they are at hand."""
    return sorted(SHARED.glob("workflow_run-*.json"))


def mutated(body: bytes, chance: random.Random) -> bytes:
    """Return a body with something wrong in it: in its bytes, or in one of its values."""
    if chance.random() < 0.2:
        return chance.choice(DAMAGES)(body, chance)
    document = json.loads(body)
    for _ in range(chance.randint(1, 3)):
        holder, key = chance.choice(list(_places(document)))
        if chance.random() < 0.3:
            del holder[key]
        else:
            holder[key] = chance.choice(WRONG_VALUES)
        if not document:
            break
    return encoded(document)


DAMAGES: list[Callable[[bytes, random.Random], bytes]] = [
    lambda body, chance: body[: chance.randrange(len(body))],
    lambda body, chance: body.replace(b'"', b"'", chance.randint(1, 5)),
    lambda body, chance: body.replace(b"e", bytes([chance.randrange(128, 256)]), 1),
    lambda body, _: body.decode().encode("utf-16"),
    lambda body, chance: b"[" * chance.choice([1, 100_000]) + body,
    lambda _, chance: chance.randbytes(50),
]
WRONG_VALUES: list[Any] = [
    None, True, -1, 0, 2**31, 2**63, 10**400, 1.5, float("nan"), "", " ", "x" * 100_000, "\x00",
    "\ud800", "0", "1e3", [], {}, [None], {"a": []}, "../..", "null", "2026-01-01", "completed",
    "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "2026-13-01T00:00:00Z", "'; drop table x;",
]  # fmt: skip  # a list of values reads best as one


def _places(document: Any) -> Any:
    """Yield every place of the parts that count: the event's own, and those of its subject."""
    for key, value in document.items():
        yield document, key
        if isinstance(value, dict) and key in {"workflow_run", "workflow_job", "repository"}:
            for inner in value:
                # What nobody reads is seldom worth the while.
                yield value, inner


def _around() -> dict[str, Any]:
    return {"repository": {"id": 7, "full_name": REPOSITORY}, "sender": {"login": "me"}}


def _written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
