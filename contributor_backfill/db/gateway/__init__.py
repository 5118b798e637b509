"""The one door to the database: a typed method for every SQL function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from contributor_backfill.db import rows as reading
from contributor_backfill.db.gateway.alerts import AlertCalls
from contributor_backfill.db.gateway.calls import lowered, page_size_row
from contributor_backfill.db.gateway.capture import FeedCalls
from contributor_backfill.db.gateway.control import ControlCalls
from contributor_backfill.db.gateway.cost_calls import CostCalls
from contributor_backfill.db.gateway.estimate_calls import EstimateCalls
from contributor_backfill.db.gateway.jobs import JobCalls
from contributor_backfill.db.gateway.planning_calls import PlanningCalls
from contributor_backfill.db.gateway.privacy_calls import PrivacyCalls
from contributor_backfill.db.gateway.probe_calls import ProbeCalls
from contributor_backfill.db.gateway.reconciliation import DriftCalls
from contributor_backfill.db.gateway.recovery_calls import RecoveryCalls
from contributor_backfill.db.gateway.reports import SnapshotCalls
from contributor_backfill.db.gateway.runs import RunCalls
from contributor_backfill.db.gateway.storage_calls import StorageCalls
from contributor_backfill.db.gateway.untrack_calls import UntrackCalls
from contributor_backfill.db.gateway.workflow_calls import WorkflowCalls
from contributor_backfill.db.migrations import this_version
from contributor_backfill.domain.sources import SourceClaim, SourceName
from contributor_backfill.domain.types import (
    PAGE_QUERY,
    ChunkFailure,
    Claim,
    Committed,
    Idle,
    Priority,
    RepositoryId,
    Tracked,
    Walk,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from contributor_backfill.domain.harvest import Batch, Commit
    from contributor_backfill.domain.page_planner import PagePlanner
    from contributor_backfill.domain.records import Page
    from contributor_backfill.domain.sources import IdleSources, SourceCommitted, Wanted
    from contributor_backfill.domain.types import Lease


class Gateway(
    FeedCalls,
    ProbeCalls,
    DriftCalls,
    StorageCalls,
    EstimateCalls,
    RunCalls,
    SnapshotCalls,
    PlanningCalls,
    AlertCalls,
    ControlCalls,
    UntrackCalls,
    PrivacyCalls,
    RecoveryCalls,
    JobCalls,
    WorkflowCalls,
    CostCalls,
):
    """Call the SQL functions and return values. Raises `StoreFault` and its kinds."""

    def claim(
        self,
        wanted: Wanted,
        *,
        holder: str,
        lease_seconds: int,
        exclude: Collection[tuple[RepositoryId, SourceName]] = (),
        dead_holders: tuple[str, ...] = (),
    ) -> Claim | SourceClaim | Idle | IdleSources:
        """Take the lease of the first wanted source that is due. Raises `NotFound`."""
        if SourceName.BACKFILL not in wanted.sources:
            excluded = tuple(f"{repository_id}:{feed}" for repository_id, feed in exclude)
            return self.claim_feed(
                wanted,
                holder=holder,
                lease_seconds=lease_seconds,
                exclude=excluded,
                dead_holders=dead_holders,
            )
        return self.claim_walk(
            holder=holder,
            lease_seconds=lease_seconds,
            repository_id=wanted.repository_id,
            full_name=wanted.full_name,
            exclude=tuple(repository_id for repository_id, _ in exclude),
            dead_holders=dead_holders,
            only=wanted.only,
        )

    def commit(
        self,
        claim: Claim | SourceClaim,
        commit: Commit,
        lease: Lease,
        *,
        measurements: Mapping[str, int | None],
        page_size: PagePlanner | None,
        wanted: Wanted,
    ) -> Committed | SourceCommitted:
        """Store what was captured, all of it or nothing. Raises `LeaseLost`."""
        if isinstance(claim, SourceClaim):
            return self.commit_feed(
                claim,
                commit.harvest,
                position=commit.position,
                finished=commit.finished,
                page=commit.page,
                listed=commit.listed,
                measurements=measurements,
                page_size=page_size,
                lease_seconds=lease.seconds,
                next_attempt_at=lease.next_attempt_at,
                next_attempt_reason=lease.reason,
                wanted=wanted,
            )
        assert commit.page, "a backfill reads pages"
        assert commit.position, "a backfill has a cursor"
        assert page_size, "a backfill plans its pages"
        from contributor_backfill.domain.harvest import Batch

        harvest, cursor = commit.harvest, commit.position.cursor
        return self.commit_page(
            claim,
            commit.page,
            Batch(harvest.captured, cursor, not commit.finished, harvest),
            measurements=measurements,
            page_size=page_size,
            lease_seconds=lease.seconds,
            next_attempt_at=lease.next_attempt_at,
            next_attempt_reason=lease.reason,
        )

    def fail(
        self,
        claim: Claim | SourceClaim,
        error: str,
        *,
        terminal: bool,
        page_size: PagePlanner | None,
        requests: int,
    ) -> datetime | None:
        """Record why nothing could be captured; give the lease back; return when to try again."""
        if isinstance(claim, SourceClaim):
            return self.fail_feed(
                claim, error, terminal=terminal, page_size=page_size, requests=requests
            )
        assert page_size, "a backfill reads pages"
        failure = self.fail_chunk(
            claim, error, terminal=terminal, page_size=page_size, requests=requests
        )
        return failure.resume_at or failure.next_attempt_at

    def release(
        self, claim: Claim | SourceClaim, *, next_attempt_at: datetime | None, reason: str
    ) -> None:
        """Give a lease back without a page, to go on at `next_attempt_at`. Raises `LeaseLost`."""
        if isinstance(claim, SourceClaim):
            self.release_feed(claim, next_attempt_at=next_attempt_at, reason=reason)
        else:
            self.release_walk(claim, next_attempt_at=next_attempt_at, reason=reason)

    def track_repository(self, repository: dict[str, Any], priority: Priority | None) -> Tracked:
        """Store a repository under GitHub's id; without `priority` keep the one it has."""
        result = self._call(
            "backfill_track_repository_v1", p_repository=repository, p_priority=priority
        )
        return reading.tracked(result)

    def start_walk(self, repository_id: RepositoryId, total: int, chunk_size: int) -> bool:
        """Begin a backfill and tell whether this call did; one under way goes on."""
        result = self._call(
            "backfill_start_walk_v1",
            p_repository_id=repository_id,
            p_total=total,
            p_chunk_size=chunk_size,
        )
        return bool(result["started"])

    def claim_walk(
        self,
        *,
        holder: str,
        lease_seconds: int,
        repository_id: RepositoryId | None = None,
        full_name: str | None = None,
        exclude: tuple[RepositoryId, ...] = (),
        dead_holders: tuple[str, ...] = (),
        only: tuple[str, ...] = (),
    ) -> Claim | Idle:
        """Take the lease of the first due backfill, of those in `only` unless it is empty.

        Raises `NotFound` when the named one is unknown.
        """
        result = self._call(
            "backfill_claim_walk_v2",
            p_holder=holder,
            p_lease_seconds=lease_seconds,
            p_repository_id=repository_id,
            p_full_name=full_name,
            p_exclude=exclude,
            p_dead_holders=dead_holders,
            p_only=lowered(only),
        )
        if not result["claimed"]:
            return reading.idle(result)
        return reading.claim(result, self.wishes)

    def peek_walks(
        self, *, repository_id: RepositoryId | None = None, full_name: str | None = None
    ) -> tuple[tuple[Walk, ...], Idle]:
        """Return the backfills that are due, in order, and what the others wait for."""
        result = self._call(
            "backfill_peek_walks_v1", p_repository_id=repository_id, p_full_name=full_name
        )
        walks = (reading.walk(w, self.wishes) for w in result["walks"])
        return tuple(walks), reading.idle(result)

    def commit_page(
        self,
        claim: Claim,
        page: Page,
        batch: Batch,
        *,
        measurements: Mapping[str, int | None],
        page_size: PagePlanner,
        lease_seconds: int | None,
        next_attempt_at: datetime | None = None,
        next_attempt_reason: str | None = None,
    ) -> Committed:
        """Commit rows, cursor, chunk and measurements of one page, or nothing of it.

        Without `lease_seconds` the lease is given back. Raises `LeaseLost`.
        """
        result = self._call(
            "backfill_commit_page_v1",
            p_repository_id=claim.walk.repository_id,
            p_lease_token=claim.lease_token,
            p_chunk_id=claim.chunk_id,
            p_page=batch.harvest.document,
            p_walk={
                "end_cursor": batch.end_cursor,
                "has_next_page": batch.has_next_page,
                "total": page.total,
                "node_id": page.node_id,
                "full_name": page.full_name,
                "is_private": page.is_private,
                "withheld": page.withheld,
                "left_out": page.left_out,
                "came": page.came,
            },
            p_measurements=measurements,
            p_page_size=page_size_row(PAGE_QUERY, page_size),
            p_lease_seconds=lease_seconds,
            p_next_attempt_at=next_attempt_at,
            p_next_attempt_reason=next_attempt_reason,
        )
        self.tally.chunks += 1
        self.tally.rows += batch.harvest.size
        return reading.committed(result)

    def fail_chunk(
        self, claim: Claim, error: str, *, terminal: bool, page_size: PagePlanner, requests: int
    ) -> ChunkFailure:
        """Record why a chunk failed and give the lease back. Raises `LeaseLost`."""
        result = self._call(
            "backfill_fail_chunk_v1",
            p_repository_id=claim.walk.repository_id,
            p_lease_token=claim.lease_token,
            p_chunk_id=claim.chunk_id,
            p_error=error,
            p_terminal=terminal,
            p_page_size=page_size_row(PAGE_QUERY, page_size),
            p_requests=requests,
        )
        return reading.chunk_failure(result)

    def release_walk(self, claim: Claim, *, next_attempt_at: datetime | None, reason: str) -> None:
        """Give a lease back without a page, to go on at `next_attempt_at`. Raises `LeaseLost`."""
        self._call(
            "backfill_release_walk_v1",
            p_repository_id=claim.walk.repository_id,
            p_lease_token=claim.lease_token,
            p_next_attempt_at=next_attempt_at,
            p_reason=reason,
        )

    def read_status(
        self, *, repository_id: RepositoryId | None = None, full_name: str | None = None
    ) -> list[dict[str, Any]]:
        """Return a row for every tracked repository, by name; a page of them in each call."""
        lines: list[dict[str, Any]] = []
        after = None
        while True:
            page = self._call(
                "backfill_read_status_v2",
                p_repository_id=repository_id,
                p_full_name=full_name,
                p_after=after,
            )
            lines += page["repositories"]
            after = page["next"]
            if after is None:
                return lines

    def check_version(self) -> None:
        """Raise `NotConfigured` in a newer database, and `SchemaMissing` in an older one."""
        self._call("backfill_check_version_v1", p_version=this_version())

    def inspect_schema(self) -> dict[str, Any]:
        """Return what the database says of itself: migrations, clock, hazards."""
        return self._call("backfill_inspect_schema_v1")

    def probe_write(self) -> dict[str, Any]:
        """Tell whether rows can be written; nothing is left behind."""
        return self._call("backfill_probe_write_v1")
