"""The gateway's methods for what is shown: standings, estimates, the database itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from contributor_backfill.db.gateway.calls import Calls
from contributor_backfill.db.migrations import this_version
from contributor_backfill.db.rows import Json, read
from contributor_backfill.domain.forecast import Pace
from contributor_backfill.domain.types import RepositoryId

if TYPE_CHECKING:
    from contributor_backfill.db.gateway.snapshot import SnapshotRows, Usage
    from contributor_backfill.domain.budget import MonthlyBudget
    from contributor_backfill.domain.control import Exposure
    from contributor_backfill.domain.estimate import RequestPace
    from contributor_backfill.domain.storage import Storage


@dataclass(frozen=True)
class Counted:
    """Rows of one kind: stored, GitHub's count, and of how many lists the two differ."""

    stored: int = 0
    total: int = 0
    short: int = 0


@dataclass(frozen=True)
class Completeness:
    """The counts of a repository (see `reports/completeness.sql`)."""

    pull_requests: Counted
    reviews: Counted
    comments: Counted
    review_comments: Counted
    is_complete: bool
    reconciled_at: datetime | None
    unlisted: int = 0


@dataclass(frozen=True)
class SourceStanding:
    """A source: up to when everything is stored, when it was last synced, and its errors."""

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
    """The age of what is stored: when the last rounds of the refresh, or the backfill, began.

    `recent_seen_at` is of the pull requests of the last year, `oldest_seen_at` of everything.
    `holds` says whether both are within `days`, and three times as many, and a tenth.
    """

    days: int
    recent_seen_at: datetime | None
    oldest_seen_at: datetime | None
    is_under_way: bool
    holds: bool


@dataclass(frozen=True, kw_only=True)
class StatusFacts:
    """The facts of a repository that `status` shows as the database gives them.

    `points`, `requests` and `milliseconds` are what was spent on it, `estimate` the document that
    was stored. `missing_permissions` says what the token may not see, by permission, and when
    GitHub last said so. `refresh` is null until the backfill is complete. Up to `current_at` it is
    known to have what GitHub had; what changed since may be missing.
    """

    full_name: str
    priority: str
    next_attempt_at: datetime | None
    next_attempt_reason: str | None
    last_error: str | None
    last_error_at: datetime | None
    consecutive_errors: int = 0
    feeds: tuple[SourceStanding, ...]
    rejects: int
    continuations: int
    missing: int
    deletions: int
    points: int
    requests: int
    milliseconds: int
    estimate: Json | None
    missing_permissions: Mapping[str, str] = field(default_factory=dict)
    refresh: Refresh | None = None
    current_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class RepositoryStatus(StatusFacts):
    """A repository as `backfill_read_status_v2` reads it; `status` is null without a backfill."""

    repository_id: RepositoryId
    status: str | None
    resume_at: datetime | None
    lease_holder: str | None
    completeness: Completeness
    pace: Pace | None = None


@dataclass(frozen=True)
class ColumnDifference:
    """A column whose type is not the one that is wanted; `found` is null where it is missing."""

    table: str
    column: str
    found: str | None
    wanted: str


@dataclass(frozen=True)
class LackingPermissions:
    """The permissions that the token lacked when a repository was last read."""

    full_name: str
    permissions: tuple[str, ...]


@dataclass(frozen=True)
class Inspection:
    """The database's report of itself: migrations, clock, hazards.

    What has a default is missing in one that an earlier version migrated.
    """

    now: datetime
    server_version: str
    role: str
    migrations: Mapping[str, str]
    merged_state: str
    required_columns_not_written: tuple[str, ...]
    length_limits: Mapping[str, int]
    tables_not_writable: tuple[str, ...]
    encoding: str = "UTF8"
    read_only: bool = False
    column_differences: tuple[ColumnDifference, ...] = ()
    missing_permissions: tuple[LackingPermissions, ...] = ()


@dataclass(frozen=True)
class WriteProbe:
    """The result of writing a trial row; `message` and `sqlstate` say why it was refused."""

    writable: bool
    message: str = ""
    sqlstate: str = ""


def repository_status(row: Json) -> RepositoryStatus:
    """Return a repository's row as a value, its sources by name."""
    sources = (
        read(SourceStanding, source, feed=name, served_by=source["lease_holder"])
        for name, source in sorted((row["feeds"] or {}).items())
    )
    return read(RepositoryStatus, row, feeds=tuple(sources))


class ReportCalls(Calls):
    """Call the SQL functions of reports. Raises `StoreFault` and its kinds."""

    def read_status(
        self, *, repository_id: RepositoryId | None = None, full_name: str | None = None
    ) -> list[RepositoryStatus]:
        """Return every tracked repository, by name; a page of them in each call."""
        # In one call thousands of repositories would meet the time limit of Supabase's API.
        found: list[RepositoryStatus] = []
        after = None
        while True:
            page = self._call(
                "backfill_read_status_v2",
                p_repository_id=repository_id,
                p_full_name=full_name,
                p_after=after,
            )
            found += map(repository_status, page["repositories"])
            after = page["next"]
            if after is None:
                return found

    def read_turns(self, full_names: Sequence[str]) -> dict[str, Pace]:
        """Return the turns of the last day of backfills by name, those that had some."""
        result = self._call("backfill_read_turns_v1", p_full_names=list(full_names))
        return {name: read(Pace, row) for name, row in result["paces"].items()}

    def read_snapshot(self) -> "SnapshotRows":
        """Return everything that `monitor` shows."""
        from contributor_backfill.db.gateway.snapshot import snapshot_rows

        return snapshot_rows(self._call("backfill_read_snapshot_v1"))

    def read_costs(self, begins_at: datetime, ends_at: datetime) -> "tuple[Usage, MonthlyBudget]":
        """Return what was used in a span, and how this month stands against its caps."""
        from contributor_backfill.db.gateway.snapshot import usage
        from contributor_backfill.domain.budget import MonthlyBudget

        result = self._call("backfill_read_costs_v1", p_from=begins_at, p_until=ends_at)
        return usage(result["usage"]), read(MonthlyBudget, result["budget"])

    def read_pace(self, full_name: str) -> "tuple[RequestPace, Storage]":
        """Return how fast a repository was captured, and what is kept of it; known or not."""
        from contributor_backfill.domain.estimate import RequestPace

        row = self._call("backfill_read_pace_v1", p_full_name=full_name)
        pace = read(
            RequestPace,
            row,
            page_seconds=_seconds(row["page_milliseconds"]),
            request_seconds=_seconds(row["request_milliseconds"]),
        )
        return pace, self._storage(row)

    def store_estimate(self, full_name: str, estimate: Json) -> bool:
        """Keep an estimate with its time, and tell whether the repository is tracked at all."""
        result = self._call(
            "backfill_store_estimate_v1", p_full_name=full_name, p_estimate=estimate
        )
        return bool(result["stored"])

    def read_exposure(self, github_id: int | None = None) -> "Exposure":
        """Return who can read the database; `github_id` asks whether that is meant for one."""
        from contributor_backfill.domain.control import Exposure

        return read(Exposure, self._call("backfill_read_exposure_v1", p_github_id=github_id))

    def check_version(self) -> None:
        """Raise `NotConfigured` in a newer database, and `SchemaMissing` in an older one."""
        self._call("backfill_check_version_v1", p_version=this_version())

    def inspect_schema(self) -> Inspection:
        """Return what the database says of itself."""
        return read(Inspection, self._call("backfill_inspect_schema_v1"))

    def probe_write(self) -> WriteProbe:
        """Tell whether rows can be written; nothing is left behind."""
        return read(WriteProbe, self._call("backfill_probe_write_v1"))


def _seconds(milliseconds: float | None) -> float | None:
    return milliseconds / 1000 if milliseconds else None
