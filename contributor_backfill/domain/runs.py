"""Runs of commands: how they end, what they used, and what people should see of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from contributor_backfill.domain.bounds import Stop
from contributor_backfill.domain.budget import MonthlyBudget
from contributor_backfill.domain.types import RateLimit


class Outcome(StrEnum):
    """The outcome of a run, in the words of `backfill_runs.outcome`."""

    RUNNING = "running"
    DONE = "done"
    DEFERRED = "deferred"
    FAILED = "failed"
    LOST = "lost"


class Severity(StrEnum):
    """The severity of a note, in the Actions runner's words."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


SHOWN = 10
"""Annotations of one kind that a step's page shows.

https://github.com/actions/toolkit/blob/main/docs/problem-matchers.md#limitations
"""
GRAVEST_FIRST = tuple(Severity)
CAN_GO_ON = frozenset({Stop.TIME, Stop.CHUNKS, Stop.ITEMS, Stop.POINTS})
WAITS = frozenset({Stop.QUOTA, Stop.RATE_LIMITED, Stop.LEASE})


@dataclass(frozen=True)
class Note:
    """A sentence that a person should see."""

    severity: Severity
    text: str


@dataclass(frozen=True)
class RunEnd:
    """The end of a run. `more_work` says that work is left which could go on at once."""

    outcome: Outcome
    stop_reason: str
    exit_code: int = 0
    error: str = ""
    more_work: bool = False
    notes: tuple[Note, ...] = ()


FINISHED = RunEnd(Outcome.DONE, "finished")


@dataclass(frozen=True)
class Counts:
    """The work and use of a run so far. `bytes` are those of GitHub's responses.

    `quota` is what GitHub last said of the token's hourly points; null when it did not.
    """

    chunks: int = 0
    rows: int = 0
    points: int = 0
    requests: int = 0
    database_calls: int = 0
    bytes: int = 0
    quota: RateLimit | None = None


@dataclass(frozen=True)
class WorkflowRun:
    """The place of a run in GitHub Actions. `job` is its key in the workflow file.

    `is_private` says whether its minutes are billed; null when the runner does not tell.
    """

    repository: str
    workflow: str
    run_id: int
    run_attempt: int
    job: str
    runner: str
    event: str
    url: str
    is_private: bool | None = None


@dataclass(frozen=True)
class RunBegin:
    """The record of a run's beginning. `repository` is as it was named; empty: all due ones."""

    run_id: str
    command: str
    holder: str
    repository: str = ""
    capture_job_id: str | None = None
    workflow_run: WorkflowRun | None = None


@dataclass(frozen=True)
class Begun:
    """The database's response when a run begins: when the last one did, and how the month stands.

    `budget` is null where no cap is set, `repository_now` where the repository has the name that
    was given.
    """

    previous_started_at: datetime | None = None
    budget: MonthlyBudget | None = None
    repository_now: str | None = None


@dataclass(frozen=True)
class Afterwards:
    """The work that is left when a run has ended, for it or the next one."""

    renames_left: int = 0
    counts_left: bool = False


@dataclass(frozen=True)
class RunReport:
    """A run as it is shown when it is over."""

    command: str
    repository: str
    end: RunEnd
    counts: Counts = field(default_factory=Counts)
    seconds: float = 0.0


def run_end(stops: Iterable[Stop], failures: Iterable[str]) -> RunEnd:
    """Return how a bounded run ended, from why its parts stopped and what failed in it."""
    reasons = list(dict.fromkeys(stops))
    notes = tuple(Note(Severity.ERROR, text) for text in failures)
    reason = ", ".join(reasons)
    more_work = any(stop in CAN_GO_ON for stop in reasons)
    if notes:
        return RunEnd(Outcome.FAILED, reason, 1, notes[0].text, more_work, notes)
    waits = any(stop in WAITS for stop in reasons)
    return RunEnd(Outcome.DEFERRED if waits else Outcome.DONE, reason, more_work=more_work)


def shown(notes: Iterable[Note]) -> tuple[Note, ...]:
    """Return the notes that the runner has room for, the gravest first, then how many more."""
    ordered = sorted(notes, key=lambda note: GRAVEST_FIRST.index(note.severity))
    if len(ordered) <= SHOWN:
        return tuple(ordered)
    # The runner drops what is beyond without a word, so one place is kept for the count.
    left = len(ordered) - SHOWN + 1
    more = Note(ordered[SHOWN - 1].severity, f"And {left} more; `status` shows them all.")
    return (*ordered[: SHOWN - 1], more)


def late(previous: datetime | None, now: datetime, interval: timedelta) -> timedelta | None:
    """Return how long ago the last run began if that is more than twice the interval."""
    # One beginning that is missed is usual: GitHub's schedule is late by minutes nearly always.
    if previous is None or now - previous <= 2 * interval:
        return None
    return now - previous
