"""The panel of backfills: every repository in a line, the active ones first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from contributor_backfill.db.gateway.snapshot import RepositoryRow
from contributor_backfill.domain.completeness import KINDS, percentage
from contributor_backfill.domain.forecast import Forecast, forecast
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


def backfill_panel(rows: tuple[RepositoryRow, ...], now: datetime) -> BackfillPanel:
    """Return the panel from the tracked repositories."""
    lines = sorted((_line(row, now) for row in rows), key=rank)
    states = {state: n for state in ORDER if (n := sum(r.state == state for r in lines))}
    return BackfillPanel(tuple(lines), states)


def _line(row: RepositoryRow, now: datetime) -> RepositoryLine:
    left, pace = row.total - row.stored, row.pace
    done = forecast(left, pace, now, row.next_attempt_at) if row.state == "active" else None
    return RepositoryLine(
        full_name=row.full_name,
        priority=row.priority,
        state=row.state,
        pull_requests=KindCount(row.stored, row.total),
        kinds=_kinds(row.kinds),
        counted_at=row.counted_at,
        hourly_rate=round((pace and pace.hourly) or 0.0, 1),
        finished_at=done.at if done else None,
        next_attempt_at=row.next_attempt_at,
        next_attempt_reason=row.next_attempt_reason,
        last_error=row.last_error,
        is_being_captured=row.is_being_captured,
        synced_at=row.synced_at,
        comments_synced_at=row.comments_synced_at,
        rejects=row.rejects,
        forecast=done,
    )


def _kinds(counts: tuple[int, ...] | None) -> dict[str, KindCount] | None:
    """Return what was counted by kind."""
    if counts is None:
        return None
    counted = zip(counts[::3], counts[1::3], counts[2::3], strict=True)
    return {kind: KindCount(*each) for kind, each in zip(KINDS, counted, strict=True)}
