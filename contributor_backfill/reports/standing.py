"""How each repository stands, as frozen values that every rendering shares."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from contributor_backfill.db.reading import moment
from contributor_backfill.domain.completeness import KINDS, finished_at, hourly_rate, percentage
from contributor_backfill.reports.plain_values import plain_value


@dataclass(frozen=True)
class Kind:
    """One kind of row: how many are stored, and how many GitHub counts."""

    stored: int
    total: int
    percentage: float


@dataclass(frozen=True)
class FeedStanding:
    """A feed: up to when everything is stored, when it was last synced, and its trouble."""

    feed: str
    watermark: datetime | None
    synced_at: datetime | None
    is_under_way: bool
    next_attempt_at: datetime | None
    next_attempt_reason: str | None
    last_error: str | None
    last_error_at: datetime | None
    served_by: str | None


@dataclass(frozen=True)
class Refresh:
    """How old what is stored may be: when the last rounds of the refresh, or the backfill, began.

    `recent_seen_at` is of the pull requests of the last year, `oldest_seen_at` of everything.
    `holds` says whether both are within `days`, and three times as many, and a tenth.
    """

    days: int
    recent_seen_at: datetime | None
    oldest_seen_at: datetime | None
    is_under_way: bool
    holds: bool


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
    feeds: tuple[FeedStanding, ...]
    reconciled_at: datetime | None
    points: int
    requests: int
    milliseconds: int
    estimate: dict[str, Any] | None
    missing_permissions: dict[str, str] = field(default_factory=dict)
    """What the token may not see, by permission, and when GitHub last said so."""
    refresh: Refresh | None = None
    """Null until the backfill is complete."""

    @property
    def as_json(self) -> dict[str, Any]:
        """Every field, with times as ISO 8601."""
        plain: dict[str, Any] = plain_value(self)
        return plain


def standing(line: Mapping[str, Any], now: datetime) -> Standing:
    """Return how a repository stands, from its line of `backfill_read_status_v1`."""
    since, until = moment(line["recent_since"]), moment(line["recent_until"])
    rate = hourly_rate(line["recent_pull_requests"] or 0, since, until) if since and until else 0.0
    completeness = line["completeness"]
    kinds = {name: _kind(completeness[name]) for name in KINDS}
    pull_requests = kinds["pull_requests"]
    state = _state(line["status"], is_complete=completeness["is_complete"])
    left = pull_requests.total - pull_requests.stored
    return Standing(
        full_name=line["full_name"],
        priority=line["priority"],
        stored=pull_requests.stored,
        total=pull_requests.total,
        percentage=pull_requests.percentage,
        kinds=kinds,
        state=state,
        hourly_rate=round(rate, 1),
        finished_at=finished_at(left, rate, now) if state == "active" else None,
        next_attempt_at=moment(line["resume_at"] if state == "paused" else line["next_attempt_at"]),
        next_attempt_reason=line["next_attempt_reason"],
        last_error=line["last_error"],
        last_error_at=moment(line["last_error_at"]),
        consecutive_errors=line["consecutive_errors"] or 0,
        rejects=line["rejects"],
        continuations=line["continuations"],
        missing=line["missing"],
        deletions=line["deletions"],
        unlisted=completeness.get("unlisted") or 0,
        served_by=line["lease_holder"],
        feeds=tuple(_feed(name, feed) for name, feed in sorted((line["feeds"] or {}).items())),
        reconciled_at=moment(completeness["reconciled_at"]),
        points=line["points"],
        requests=line["requests"],
        milliseconds=line["milliseconds"],
        estimate=line["estimate"],
        missing_permissions=line.get("missing_permissions") or {},
        refresh=_refresh(line["refresh"], now) if line.get("refresh") else None,
    )


def _refresh(line: Mapping[str, Any], now: datetime) -> Refresh:
    days = line["days"]
    recent, oldest = moment(line["recent_seen_at"]), moment(line["oldest_seen_at"])
    holds = days == 0 or all(
        seen is None or now - seen <= timedelta(days=1.1 * many + 1)
        for seen, many in ((recent, days), (oldest, 3 * days))
    )
    return Refresh(days, recent, oldest, line["is_under_way"], holds)


def _state(status: str | None, *, is_complete: bool) -> str:
    """Return the state of the backfill, or what its end has come to."""
    if status not in {None, "completed"}:
        return str(status)
    if is_complete:
        return "complete"
    return "tracked" if status is None else "incomplete"


def _kind(counted: Mapping[str, int | None]) -> Kind:
    stored, total = counted["stored"] or 0, counted["total"] or 0
    return Kind(stored, total, percentage(stored, total, short=counted.get("short") or 0))


def _feed(name: str, line: Mapping[str, Any]) -> FeedStanding:
    return FeedStanding(
        feed=name,
        watermark=moment(line["watermark"]),
        synced_at=moment(line["synced_at"]),
        is_under_way=line["is_under_way"],
        next_attempt_at=moment(line["next_attempt_at"]),
        next_attempt_reason=line["next_attempt_reason"],
        last_error=line["last_error"],
        last_error_at=moment(line["last_error_at"]),
        served_by=line["lease_holder"],
    )
