"""How each repository stands, as frozen values that every rendering shares."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from contributor_backfill.db.reading import moment
from contributor_backfill.domain.completeness import finished_at, hourly_rate, percentage


@dataclass(frozen=True)
class Standing:
    """One repository: counts, pace, state, trouble. Times are UTC."""

    full_name: str
    priority: str
    stored: int
    total: int
    percentage: int
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
    served_by: str | None

    @property
    def as_json(self) -> dict[str, Any]:
        """Every field, with times as ISO 8601."""
        return {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in asdict(self).items()
        }


def standing(line: Mapping[str, Any], now: datetime) -> Standing:
    """Return how a repository stands, from its line of `backfill_read_status_v1`."""
    since, until = moment(line["recent_since"]), moment(line["recent_until"])
    rate = hourly_rate(line["recent_pull_requests"] or 0, since, until) if since and until else 0.0
    stored, total = line["stored"], line["total"] or 0
    state = line["status"] or "tracked"
    running = state == "active"
    return Standing(
        full_name=line["full_name"],
        priority=line["priority"],
        stored=stored,
        total=total,
        percentage=percentage(stored, total),
        state=state,
        hourly_rate=round(rate, 1),
        finished_at=finished_at(total - stored, rate, now) if running else None,
        next_attempt_at=moment(line["resume_at"] if state == "paused" else line["next_attempt_at"]),
        next_attempt_reason=line["next_attempt_reason"],
        last_error=line["last_error"],
        last_error_at=moment(line["last_error_at"]),
        consecutive_errors=line["consecutive_errors"] or 0,
        rejects=line["rejects"],
        continuations=line["continuations"],
        served_by=line["lease_holder"],
    )
