"""How each repository stands, as frozen values that every rendering shares."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from contributor_backfill.db.gateway.reports import (
    Counted,
    Refresh,
    RepositoryStatus,
    SourceStanding,
)
from contributor_backfill.domain.completeness import KINDS, percentage
from contributor_backfill.domain.forecast import Forecast, forecast
from contributor_backfill.reports.plain_values import plain_value
from contributor_backfill.reports.repository_words import KindCount, reasons


@dataclass(frozen=True)
class Kind:
    """One kind of row: how many are stored, how many GitHub counts, and how many lists differ.

    GitHub's count of reviews and comments is that of the pull requests that are stored;
    `percentage` is null while there are none.
    """

    stored: int
    total: int
    percentage: float | None
    short: int = 0


@dataclass(frozen=True)
class Standing:
    """One repository: counts, pace, state, trouble. Times are UTC.

    `state` is `complete` only when everything that GitHub counts is stored, of every kind; a
    backfill that has come to its end without that is `incomplete`. `points`, `requests` and
    `milliseconds` are what was spent on it.
    """

    full_name: str
    priority: str
    stored: int
    total: int
    percentage: float
    kinds: dict[str, Kind]
    state: str
    hourly_rate: float
    finished_at: datetime | None
    next_attempt_at: datetime | None
    next_attempt_reason: str | None
    last_error: str | None
    last_error_at: datetime | None
    consecutive_errors: int
    rejects: int
    continuations: int
    missing: int
    deletions: int
    unlisted: int
    served_by: str | None
    feeds: tuple[SourceStanding, ...]
    reconciled_at: datetime | None
    points: int
    requests: int
    milliseconds: int
    estimate: dict[str, Any] | None
    missing_permissions: dict[str, str] = field(default_factory=dict)
    """What the token may not see, by permission, and when GitHub last said so."""
    refresh: Refresh | None = None
    """Null until the backfill is complete."""
    forecast: Forecast | None = None
    """When an active backfill is done; null while that is not known."""
    incomplete_because: tuple[str, ...] = ()
    current_at: datetime | None = None
    """Up to when it is known to have what GitHub had; what changed since may be missing."""

    @property
    def is_being_captured(self) -> bool:
        """Whether a run is at work on its backfill."""
        return self.served_by is not None

    @property
    def pull_requests(self) -> KindCount:
        """What is stored of its pull requests."""
        counted = self.kinds["pull_requests"]
        return KindCount(counted.stored, counted.total, counted.short)

    @property
    def synced_at(self) -> datetime | None:
        """When its pull requests were last synced, or known to need no sync."""
        return self.current_at or self._synced_at("pull_requests")

    @property
    def comments_synced_at(self) -> datetime | None:
        """When its inline comments were last synced."""
        return self._synced_at("review_comments")

    def _synced_at(self, feed: str) -> datetime | None:
        return next((each.synced_at for each in self.feeds if each.feed == feed), None)

    @property
    def as_json(self) -> dict[str, Any]:
        """Every field, with times as ISO 8601."""
        plain: dict[str, Any] = plain_value(self)
        return plain


def standing(line: RepositoryStatus, now: datetime) -> Standing:
    """Return how a repository stands."""
    pace, completeness = line.pace, line.completeness
    stored = completeness.pull_requests.stored
    kinds = {name: _kind(name, getattr(completeness, name), stored) for name in KINDS}
    pull_requests = kinds["pull_requests"]
    state = _state(line.status, is_complete=completeness.is_complete)
    next_at = line.resume_at if state == "paused" else line.next_attempt_at
    done = None
    if state == "active":
        done = forecast(pull_requests.total - pull_requests.stored, pace, now, next_at)
    made = Standing(
        full_name=line.full_name,
        priority=line.priority,
        stored=pull_requests.stored,
        total=pull_requests.total,
        percentage=percentage(pull_requests.stored, pull_requests.total, short=pull_requests.short),
        kinds=kinds,
        state=state,
        hourly_rate=round((pace and pace.hourly) or 0.0, 1),
        finished_at=done.at if done else None,
        next_attempt_at=next_at,
        next_attempt_reason=line.next_attempt_reason,
        last_error=line.last_error,
        last_error_at=line.last_error_at,
        consecutive_errors=line.consecutive_errors,
        rejects=line.rejects,
        continuations=line.continuations,
        missing=line.missing,
        deletions=line.deletions,
        unlisted=completeness.unlisted,
        served_by=line.lease_holder,
        feeds=line.feeds,
        reconciled_at=completeness.reconciled_at,
        points=line.points,
        requests=line.requests,
        milliseconds=line.milliseconds,
        estimate=line.estimate,
        missing_permissions=dict(line.missing_permissions),
        refresh=line.refresh,
        forecast=done,
        current_at=line.current_at,
    )
    return replace(made, incomplete_because=tuple(reasons(made))) if state == "incomplete" else made


def _state(status: str | None, *, is_complete: bool) -> str:
    """Return the state of the backfill, or what its end has come to."""
    if status not in {None, "completed"}:
        return str(status)
    if is_complete:
        return "complete"
    return "tracked" if status is None else "incomplete"


def _kind(name: str, counted: Counted, pull_requests: int) -> Kind:
    stored, total, short = counted.stored, counted.total, counted.short
    is_known = bool(total if name == "pull_requests" else pull_requests)
    return Kind(stored, total, percentage(stored, total, short=short) if is_known else None, short)
