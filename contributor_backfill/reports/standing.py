"""The standing of each repository, as a frozen value that every rendering shares."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime

from contributor_backfill.db.gateway.reports import Counted, RepositoryStatus, StatusFacts
from contributor_backfill.domain.completeness import KINDS, percentage
from contributor_backfill.domain.forecast import Forecast, forecast
from contributor_backfill.reports.repository_words import reasons


@dataclass(frozen=True)
class Kind(Counted):
    """One kind of row: how many are stored, how many GitHub counts, and how many lists differ.

    GitHub's count of reviews and comments is that of the pull requests that are stored;
    `percentage` is null while there are none.
    """

    percentage: float | None = None


@dataclass(frozen=True, kw_only=True)
class Standing(StatusFacts):
    """One repository: counts, pace, state, problems. Times are UTC.

    `state` is `complete` only when everything that GitHub counts is stored, of every kind; a
    backfill that has come to its end without that is `incomplete`. `forecast` says when an active
    backfill is done; null while that is not known.
    """

    stored: int
    total: int
    percentage: float
    kinds: Mapping[str, Kind]
    state: str
    hourly_rate: float
    finished_at: datetime | None
    unlisted: int
    served_by: str | None
    reconciled_at: datetime | None
    forecast: Forecast | None = None
    incomplete_because: tuple[str, ...] = ()

    @property
    def is_being_captured(self) -> bool:
        """Whether a run is at work on its backfill."""
        return self.served_by is not None

    @property
    def pull_requests(self) -> Counted:
        """The count of its pull requests."""
        return self.kinds["pull_requests"]

    @property
    def synced_at(self) -> datetime | None:
        """When its pull requests were last synced, or known to need no sync."""
        return self.current_at or self._synced_at("pull_requests")

    @property
    def comments_synced_at(self) -> datetime | None:
        """When its review comments were last synced."""
        return self._synced_at("review_comments")

    def _synced_at(self, source: str) -> datetime | None:
        return next((row.synced_at for row in self.feeds if row.feed == source), None)


def standing(status: RepositoryStatus, now: datetime) -> Standing:
    """Return how a repository stands."""
    pace, completeness = status.pace, status.completeness
    stored = completeness.pull_requests.stored
    kinds = {name: _kind(name, getattr(completeness, name), stored) for name in KINDS}
    pull_requests = kinds["pull_requests"]
    state = _state(status.status, is_complete=completeness.is_complete)
    # A pause outlasts whatever put the backfill off before it.
    next_at = status.resume_at if state == "paused" else status.next_attempt_at
    done = None
    if state == "active":
        done = forecast(pull_requests.total - stored, pace, now, next_at)
    facts = {field.name: getattr(status, field.name) for field in fields(StatusFacts)}
    made = Standing(
        **{**facts, "next_attempt_at": next_at},
        stored=stored,
        total=pull_requests.total,
        percentage=percentage(stored, pull_requests.total, short=pull_requests.short),
        kinds=kinds,
        state=state,
        hourly_rate=round((pace and pace.hourly) or 0.0, 1),
        finished_at=done.at if done else None,
        unlisted=completeness.unlisted,
        served_by=status.lease_holder,
        reconciled_at=completeness.reconciled_at,
        forecast=done,
    )
    return replace(made, incomplete_because=tuple(reasons(made))) if state == "incomplete" else made


def _state(status: str | None, *, is_complete: bool) -> str:
    """Return the state of the backfill, or what its end has come to."""
    # A backfill that has come to its end is complete only when nothing is missing.
    if status not in {None, "completed"}:
        return str(status)
    if is_complete:
        return "complete"
    return "tracked" if status is None else "incomplete"


def _kind(name: str, counted: Counted, pull_requests: int) -> Kind:
    stored, total, short = counted.stored, counted.total, counted.short
    is_known = bool(total if name == "pull_requests" else pull_requests)
    return Kind(stored, total, short, percentage(stored, total, short=short) if is_known else None)
