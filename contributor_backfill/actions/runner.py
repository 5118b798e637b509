"""The Actions runner: where a run takes place, and its annotations, outputs and summary.

Silent anywhere else. The runner's own variables are read here alone.
"""

import json
import os
import sys
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from contributor_backfill.domain.redaction import redacted
from contributor_backfill.domain.runs import Note, Outcome, RunReport, WorkflowRun, shown
from contributor_backfill.reports.markdown import LONGEST, plain
from contributor_backfill.reports.wording import duration, ending


def in_actions() -> bool:
    """Tell whether this process runs in a job of GitHub Actions."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def workflow_run() -> WorkflowRun | None:
    """Return the run of a workflow that this process is part of, or None outside of one."""
    variables = os.environ
    run_id = variables.get("GITHUB_RUN_ID", "")
    if not in_actions() or not run_id.isdecimal():
        return None
    repository = variables.get("GITHUB_REPOSITORY", "")
    attempt = variables.get("GITHUB_RUN_ATTEMPT", "1")
    server = variables.get("GITHUB_SERVER_URL", "https://github.com")
    return WorkflowRun(
        repository=repository,
        workflow=_workflow_file(variables.get("GITHUB_WORKFLOW_REF", "")),
        run_id=int(run_id),
        run_attempt=int(attempt),
        job=variables.get("GITHUB_JOB", ""),
        runner=variables.get("RUNNER_NAME", ""),
        event=variables.get("GITHUB_EVENT_NAME", ""),
        url=f"{server}/{repository}/actions/runs/{run_id}/attempts/{attempt}",
        is_private=_is_private(),
    )


def _is_private() -> bool | None:
    """Return whether the workflow's repository is private, as the event says; else None."""
    # The file of the event says it; asking GitHub would take a request of every run.
    path = Path(os.environ.get("GITHUB_EVENT_PATH", ""))
    try:
        event = json.loads(path.read_bytes())
        is_private = event["repository"]["private"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return is_private if isinstance(is_private, bool) else None


def dispatched_inputs() -> dict[str, str]:
    """Return the inputs that somebody started this workflow run with, as GitHub takes them back."""
    path = os.environ.get("GITHUB_EVENT_PATH", "")
    if os.environ.get("GITHUB_EVENT_NAME") != "workflow_dispatch" or not Path(path).is_file():
        return {}
    inputs = json.loads(Path(path).read_bytes()).get("inputs") or {}
    # An input that was not given comes as an empty text, which would hide the default.
    return {name: _as_input(value) for name, value in inputs.items() if value not in {None, ""}}


def triggering_event() -> tuple[str, Path | None]:
    """Return the kind of the event that started this workflow run, and the file that holds it."""
    path = os.environ.get("GITHUB_EVENT_PATH", "")
    return os.environ.get("GITHUB_EVENT_NAME", ""), Path(path) if path else None


def branch() -> str:
    """Return the branch or tag that this workflow run is of, or nothing outside of one."""
    return os.environ.get("GITHUB_REF_NAME", "")


def tell(report: RunReport, outputs: Mapping[str, str]) -> None:
    """Write annotations, outputs (and further ones) and the job summary of a run that is over."""
    if not in_actions():
        return
    _annotate(report.end.notes)
    _append("GITHUB_OUTPUT", "".join(map(_output, {**_outputs(report), **outputs}.items())))
    _append("GITHUB_STEP_SUMMARY", summary(report))


def add_to_summary(text: str) -> bool:
    """Add Markdown to the job's summary; tell whether there is one."""
    if not (in_actions() and os.environ.get("GITHUB_STEP_SUMMARY")):
        return False
    _append("GITHUB_STEP_SUMMARY", text)
    return True


def _annotate(notes: Iterable[Note]) -> None:
    """Make the runner show notes on the run's page, as many as it has room for."""
    for note in shown(notes):
        # A workflow command is one line: the runner wants these three escaped.
        text = redacted(note.text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
        sys.stderr.write(f"::{note.severity} title=contributor-backfill::{text}\n")


def _as_input(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _workflow_file(reference: str) -> str:
    """Return the file of `OWNER/NAME/.github/workflows/FILE@REF`."""
    return reference.partition("@")[0].rpartition("/")[2]


def _outputs(report: RunReport) -> dict[str, str]:
    counts = report.counts
    return {
        "outcome": report.end.outcome,
        "stop_reason": report.end.stop_reason,
        "more_work": str(report.end.more_work).lower(),
        "chunks": str(counts.chunks),
        "rows": str(counts.rows),
        "points": str(counts.points),
        "requests": str(counts.requests),
    }


def _output(entry: tuple[str, str]) -> str:
    """Write an output so that its value can hold anything: the delimiter cannot be guessed."""
    name, value = entry
    delimiter = f"end-{uuid4()}"
    return f"{name}<<{delimiter}\n{value}\n{delimiter}\n"


def _append(variable: str, text: str) -> None:
    path = os.environ.get(variable)
    if path:
        # Several commands of one step write into the same file.
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(redacted(text))


MARKS = {
    Outcome.DONE: "✅",
    Outcome.DEFERRED: "⏸️",
    Outcome.FAILED: "❌",
    Outcome.LOST: "❓",
    Outcome.RUNNING: "▶️",
}


def summary(report: RunReport) -> str:
    """Return the summary of one run: what, how it ended and why, counts, and what to look at."""
    end, counts = report.end, report.counts
    command = f"{report.command} {report.repository}".strip()
    figures = (counts.chunks, counts.rows, counts.points, counts.requests, counts.database_calls)
    took = duration(timedelta(seconds=report.seconds))
    lines = [
        f"### {MARKS[end.outcome]} {plain(command)}: {end.outcome}",
        "",
        f"{plain(ending(end.stop_reason))}{'; more work is left' if end.more_work else ''}.",
        "",
        "| pages | rows | points of GitHub's quota | requests | database calls | time |",
        "|---:|---:|---:|---:|---:|---:|",
        f"| {' | '.join(f'{figure:,}' for figure in figures)} | {took} |",
        "",
        *(f"- **{note.severity}**: {plain(note.text)}" for note in shown(end.notes)),
        "",
    ]
    # GitHub shows no summary above a megabyte.
    return "\n".join(lines).encode()[:LONGEST].decode(errors="ignore")
