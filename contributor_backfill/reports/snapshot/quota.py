"""The panel of GitHub's quota: what is left of each token's hourly points, and how fast it goes."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from contributor_backfill.db.gateway.snapshot import QuotaRow

SHORTEST_PACE = timedelta(minutes=5)
"""What is shorter says nothing of an hour: a run's first pages come fast."""


@dataclass(frozen=True)
class Quota:
    """The quota of one holder: a repository whose workflows share a token, or a machine.

    `limit`, `remaining` and `reset_at` are as a run last heard of them, at `measured_at`; null
    when none did. `hours` are the points that runs spent in each of the last 24 hours, oldest
    first, by the hour in which they began. `runs_out_at` is when the quota ends before its reset,
    at the pace of the present hour; null when it does not.
    """

    holder: str
    limit: int | None
    remaining: int | None
    reset_at: datetime | None
    measured_at: datetime | None
    hours: tuple[int, ...]
    runs_out_at: datetime | None
    url: str | None

    @property
    def points(self) -> int:
        """The points that were spent in the last 24 hours."""
        return sum(self.hours)

    @property
    def hourly_points(self) -> float:
        """The points of an hour, over the last 24."""
        return self.points / 24


@dataclass(frozen=True)
class QuotaPanel:
    """The quota of every holder whose runs began within the last 24 hours."""

    quotas: tuple[Quota, ...]
    source: str = "contributor-backfill doctor"

    @property
    def has_data(self) -> bool:
        """Whether any run began within the last 24 hours."""
        return bool(self.quotas)

    @property
    def is_known(self) -> bool:
        """Whether any run heard from GitHub how much is left."""
        return any(quota.remaining is not None for quota in self.quotas)

    @property
    def running_out(self) -> tuple[Quota, ...]:
        """The quotas that end before their reset, at the pace of the present hour."""
        return tuple(quota for quota in self.quotas if quota.runs_out_at is not None)


def quota_panel(rows: tuple[QuotaRow, ...], now: datetime) -> QuotaPanel:
    """Return the panel from what runs heard."""
    return QuotaPanel(tuple(_quota(row, now) for row in rows))


def _quota(row: QuotaRow, now: datetime) -> Quota:
    is_reset = row.reset_at is not None and row.reset_at <= now
    return Quota(
        holder=row.holder,
        limit=row.limit,
        # After the reset the whole limit is there again.
        remaining=row.limit if is_reset else row.remaining,
        reset_at=row.reset_at,
        measured_at=row.measured_at,
        hours=row.hours,
        runs_out_at=runs_out_at(row.limit, row.remaining, row.reset_at, now),
        url=row.url,
    )


def runs_out_at(
    limit: int | None, remaining: int | None, reset_at: datetime | None, now: datetime
) -> datetime | None:
    """Return when points end before the reset, at the pace since the hour of the quota began.

    GitHub's hour begins with its first use, so it is the one before the reset. Its first minutes
    count as `SHORTEST_PACE`. Null when points last, or when nothing was spent or is known.
    """
    if limit is None or remaining is None or reset_at is None or reset_at <= now:
        return None
    passed = max(now - (reset_at - timedelta(hours=1)), SHORTEST_PACE)
    spent = limit - remaining
    if spent <= 0:
        return None
    ends_at = now + passed * (remaining / spent)
    return ends_at if ends_at < reset_at else None
