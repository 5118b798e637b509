"""The panel of backfills: every repository in a line, the active ones first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contributor_backfill.db.rows import moment, read
from contributor_backfill.domain.completeness import KINDS, percentage
from contributor_backfill.domain.forecast import Forecast, Pace, forecast
from contributor_backfill.reports.repository_words import OPEN_STATES, ORDER, KindCount, rank


@dataclass(frozen=True)
class RepositoryLine:
    """How one repository stands.

    `state` is complete, incomplete, tracked, active, paused, failed or being deleted, as in
    `status`. `kinds` is what was counted at `counted_at`, when the last turn of the repository
    ended; null until then.
    `hourly_rate` is in pull requests, pauses between runs included; 0 while it is not known.
    """

    full_name: str
    priority: str
    state: str
    pull_requests: KindCount
    kinds: Mapping[str, KindCount] | None
    counted_at: datetime | None
    hourly_rate: float
    finished_at: datetime | None
    next_attempt_at: datetime | None
    next_attempt_reason: str | None
    last_error: str | None
    is_being_captured: bool
    synced_at: datetime | None
    comments_synced_at: datetime | None = None
    rejects: int = 0
    forecast: Forecast | None = None

    @property
    def source(self) -> str:
        """The command that tells more."""
        return f"contributor-backfill status --repository {self.full_name}"


@dataclass(frozen=True)
class BackfillPanel:
    """All tracked repositories, those that need a person first.

    `states` counts them by state.
    """

    repositories: tuple[RepositoryLine, ...]
    states: Mapping[str, int]
    source: str = "contributor-backfill status"

    @property
    def has_data(self) -> bool:
        """Whether any repository is tracked."""
        return bool(self.repositories)

    @property
    def open(self) -> tuple[RepositoryLine, ...]:
        """The repositories whose backfill is not at its end."""
        return tuple(r for r in self.repositories if r.state in OPEN_STATES)

    @property
    def stored(self) -> int:
        """Pull requests stored, of all repositories."""
        return sum(r.pull_requests.stored for r in self.repositories)

    @property
    def total(self) -> int:
        """Pull requests that GitHub counts, of all repositories."""
        return sum(r.pull_requests.total for r in self.repositories)

    @property
    def percentage(self) -> float:
        """Stored of total; what one repository has too much hides nothing that another lacks."""
        short = sum(r.pull_requests.stored < r.pull_requests.total for r in self.repositories)
        return percentage(self.stored, self.total, short=short)


def backfill_panel(document: Mapping[str, Any], now: datetime) -> BackfillPanel:
    """Return the panel from `backfill_snapshot_repositories_v1`, whose rows follow its columns."""
    columns = document["columns"]
    lines = [_line(dict(zip(columns, row, strict=True)), now) for row in document["rows"]]
    lines.sort(key=rank)
    states = {state: n for state in ORDER if (n := sum(r.state == state for r in lines))}
    return BackfillPanel(tuple(lines), states)


def _line(row: Mapping[str, Any], now: datetime) -> RepositoryLine:
    kinds = _kinds(row["kinds"])
    state = row["state"]
    stored, total = row["stored"], row["total"]
    pace, next_at = (
        (read(Pace, row["pace"]) if row["pace"] else None),
        moment(row["next_attempt_at"]),
    )
    done = forecast(total - stored, pace, now, next_at) if state == "active" else None
    return RepositoryLine(
        full_name=row["full_name"],
        priority=row["priority"],
        state=state,
        pull_requests=KindCount(stored, total),
        kinds=kinds,
        counted_at=moment(row["counted_at"]),
        hourly_rate=round((pace and pace.hourly) or 0.0, 1),
        finished_at=done.at if done else None,
        next_attempt_at=next_at,
        next_attempt_reason=row["next_attempt_reason"],
        last_error=row["last_error"],
        is_being_captured=row["is_being_captured"],
        synced_at=moment(row["synced_at"]),
        comments_synced_at=moment(row["comments_synced_at"]),
        rejects=row["rejects"],
        forecast=done,
    )


def _kinds(counts: list[int] | None) -> dict[str, KindCount] | None:
    """Return what was counted: stored, total and short of each kind, one after another."""
    if counts is None:
        return None
    counted = zip(counts[::3], counts[1::3], counts[2::3], strict=True)
    return {kind: KindCount(*each) for kind, each in zip(KINDS, counted, strict=True)}
