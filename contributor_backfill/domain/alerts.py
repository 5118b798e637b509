"""Problems, alerts, and what people are notified of. Pure.

A problem is what the database finds now. An alert is its record: one for each repository and kind,
open or closed. A notification is a message about it over one channel. A fingerprint holds what is
essential of a problem, and not what grows by itself: with a new one people are notified again.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from contributor_backfill.domain import policy
from contributor_backfill.domain.runs import Severity
from contributor_backfill.domain.types import RepositoryId

MOST_OPENED = 20
"""New issues in one run over a channel. GitHub allows 80 new texts a minute."""
MOST_SENT = 60
"""All that is sent over a channel in one run."""


class Kind(StrEnum):
    """A kind of problem: with a repository, or (from `SILENCE` on) with all of them."""

    FAILED = "failed"
    PAUSED_BY_ERRORS = "paused_by_errors"
    ERRORS = "errors"
    DEAD_CHUNKS = "dead_chunks"
    REJECTS = "rejects"
    STUCK = "stuck"
    DEAD_JOBS = "dead_jobs"
    PUBLISHED = "published"
    SILENCE = "silence"
    NOTHING_STORED = "nothing_stored"
    QUOTA = "quota"
    SCHEDULE_LATE = "schedule_late"
    LOST_RUNS = "lost_runs"
    FAILED_RUNS = "failed_runs"
    DATABASE_REFUSES = "database_refuses"
    DATABASE_SIZE = "database_size"
    BUDGET = "budget"
    INACTIVITY = "inactivity"
    WORKFLOWS_DISABLED = "workflows_disabled"


class AlertState(StrEnum):
    """`backfill_alerts.state`, and what people know of it (`backfill_tellings.state`).

    `OPENING` is only the latter: an issue may be open, or the run was killed before it was.
    """

    OPENING = "opening"
    OPEN = "open"
    CLOSED = "closed"


class Action(StrEnum):
    """The change that people are notified of."""

    OPEN = "open"
    REOPEN = "reopen"
    COMMENT = "comment"
    CLOSE = "close"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Problem:
    """A problem that there is now. Without a repository it is that of all of them.

    `detail` holds facts under the names that `backfill_find_problems_v1` gives them.
    """

    kind: Kind
    severity: Severity
    repository_id: RepositoryId | None = None
    full_name: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class LastNotification:
    """The last one over a channel. `recent` maps fingerprints to when they were sent."""

    state: AlertState
    fingerprint: str
    serial: int
    told_at: datetime
    recent: Mapping[str, datetime] = field(default_factory=dict)
    issue_number: int | None = None


@dataclass(frozen=True)
class Alert:
    """The record of a problem. `is_present` is false while an open one waits to be closed.

    `notifications` are the last ones, by channel.
    """

    alert_id: str
    problem: Problem
    state: AlertState
    fingerprint: str
    opened_at: datetime
    closed_at: datetime | None = None
    is_present: bool = True
    notifications: Mapping[str, LastNotification] = field(default_factory=dict)


@dataclass(frozen=True)
class Message:
    """A notification's texts. `marker` is the hidden line that finds it again, `title` an issue's.

    `body` is GitHub's Markdown, `text` is for a webhook.
    """

    marker: str
    title: str
    body: str
    text: str


@dataclass(frozen=True)
class Notification:
    """A message to be sent over a channel now; `last` is the one before."""

    action: Action
    alert: Alert
    last: LastNotification | None

    @property
    def serial(self) -> int:
        """Its number among those about the alert."""
        return self.last.serial + 1 if self.last else 1

    @property
    def state(self) -> AlertState:
        """The state that people know of once they have it."""
        return AlertState.CLOSED if self.action is Action.CLOSE else AlertState.OPEN

    @property
    def issue_number(self) -> int | None:
        """The issue of the one before, where there is one."""
        return self.last.issue_number if self.last else None


@dataclass(frozen=True)
class Agenda:
    """The notifications of a channel now, the gravest first, and how many wait for the next run."""

    notifications: tuple[Notification, ...]
    left: int


def decide(alert: Alert, last: LastNotification | None, now: datetime) -> Action:
    """Decide what people have to hear of an alert, from what they were sent before."""
    state = last.state if last else AlertState.CLOSED
    if alert.state is AlertState.CLOSED:
        return Action.NOTHING if state is AlertState.CLOSED else Action.CLOSE
    if last is None or state is not AlertState.OPEN:
        # A problem that is over within the interval was never worth an issue.
        if not alert.is_present:
            return Action.NOTHING
        return Action.REOPEN if last and state is AlertState.CLOSED else Action.OPEN
    if last.fingerprint == alert.fingerprint:
        return Action.NOTHING
    # It swung back to what people know of.
    sent_at = last.recent.get(alert.fingerprint)
    if sent_at is not None and sent_at > now - policy.SENT_ONCE:
        return Action.NOTHING
    return Action.COMMENT


def agenda(alerts: Iterable[Alert], channel: str, now: datetime) -> Agenda:
    """Return what is to be sent over a channel, no more at a time than people and GitHub bear."""
    due = []
    for alert in alerts:
        last = alert.notifications.get(channel)
        action = decide(alert, last, now)
        if action is not Action.NOTHING:
            due.append(Notification(action, alert, last))
    # Where not all can be sent, errors go first; within them the database's order stays.
    due.sort(key=lambda notification: notification.alert.problem.severity is not Severity.ERROR)
    opened = 0
    chosen: list[Notification] = []
    for notification in due:
        is_new = notification.action is Action.OPEN
        if len(chosen) < MOST_SENT and not (is_new and opened >= MOST_OPENED):
            chosen.append(notification)
            opened += is_new
    return Agenda(tuple(chosen), len(due) - len(chosen))


DISABLED_AFTER_DAYS = 60
"""GitHub's: without activity in the repository, all its scheduled workflows at once."""
WARNED_AFTER_DAYS = 45
"""Early enough that a person who reads it once a week can act."""
TOLD_EVERY_DAYS = 5


def whole_days(pushed_at: datetime, now: datetime) -> int:
    """Return how many days ago the last push was."""
    return max(0, (now - pushed_at).days)


def stage(days: int) -> int:
    """Return what people would call the same: it is said again every few days, until it is over."""
    return min(days, DISABLED_AFTER_DAYS) // TOLD_EVERY_DAYS


Detail = Mapping[str, Any]
VARYING = re.compile(r"[\w:./+-]*\d[\w:./+-]*")
"""Numbers, moments, ids of requests and rows: whatever has a digit in it."""
LONGEST = 300
PERCENT_STEP = 5


def fingerprint(problem: Problem) -> str:
    """Return the same short text for problems that a person would call the same."""
    # What grows by itself, an age or a count, would make every run a change.
    essence = [problem.severity, ESSENCES[problem.kind](problem.detail)]
    return hashlib.sha256(json.dumps(essence).encode()).hexdigest()[:16]


def without_varying(error: object) -> str:
    """Return an error's text without what differs each time it is raised."""
    return " ".join(VARYING.sub("#", str(error or "")).split())[:LONGEST]


def size(count: object) -> int:
    """Return the power of two at or below a count: people hear again when it has doubled."""
    number = int(str(count or 0))
    return 1 << (number.bit_length() - 1) if number > 0 else 0


def _nothing(_: Detail) -> list[Any]:
    """Return nothing: such a problem is either there or not."""
    return []


def _error(detail: Detail) -> list[Any]:
    return [without_varying(detail.get("error"))]


def _access(detail: Detail) -> list[Any]:
    return [detail.get("access"), *_error(detail)]


def _count(detail: Detail) -> list[Any]:
    return [size(detail.get("count"))]


def _kinds(detail: Detail) -> list[Any]:
    return [*_count(detail), sorted(detail.get("kinds") or {})]


def _readers(detail: Detail) -> list[Any]:
    return [sorted(map(str, detail.get(name) or [])) for name in ("roles", "relations")]


def _parts(detail: Detail) -> list[Any]:
    parts = detail.get("parts") or []
    return sorted([str(part.get("what")), *_error(part)] for part in parts)


def _commands(detail: Detail) -> list[Any]:
    commands = detail.get("commands") or []
    return sorted([str(command.get("command")), *_error(command)] for command in commands)


def _percent(detail: Detail) -> list[Any]:
    # Full is full: how far beyond it is, is no news.
    return [min(100, int(detail.get("percent") or 0)) // PERCENT_STEP]


def _caps(detail: Detail) -> list[Any]:
    caps = detail.get("caps") or []
    standing = sorted([str(cap.get("measure")), str(cap.get("state"))] for cap in caps)
    return [detail.get("month"), *standing]


def _stage(detail: Detail) -> list[Any]:
    return [stage(int(detail.get("count") or 0))]


def _files(detail: Detail) -> list[Any]:
    return sorted(map(str, detail.get("files") or ()))


ESSENCES: Mapping[Kind, Callable[[Detail], list[Any]]] = {
    Kind.FAILED: _access,
    Kind.PAUSED_BY_ERRORS: _error,
    Kind.ERRORS: _parts,
    Kind.DEAD_JOBS: _count,
    Kind.DEAD_CHUNKS: _count,
    Kind.REJECTS: _kinds,
    Kind.PUBLISHED: _readers,
    Kind.STUCK: _nothing,
    Kind.SILENCE: _error,
    Kind.NOTHING_STORED: _nothing,
    Kind.QUOTA: _nothing,
    Kind.SCHEDULE_LATE: _nothing,
    Kind.LOST_RUNS: _count,
    Kind.FAILED_RUNS: _commands,
    Kind.DATABASE_REFUSES: _error,
    Kind.DATABASE_SIZE: _percent,
    Kind.BUDGET: _caps,
    Kind.INACTIVITY: _stage,
    Kind.WORKFLOWS_DISABLED: _files,
}
