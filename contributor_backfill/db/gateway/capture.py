"""The gateway's methods for what is captured: tracking, turns of sources, their commits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contributor_backfill.db.gateway.calls import Calls
from contributor_backfill.db.rows import Json, moment, read
from contributor_backfill.domain.sources import (
    Blocked,
    Claim,
    Committed,
    Connection,
    DueBackfill,
    DueSource,
    Idle,
    SourceName,
)
from contributor_backfill.domain.types import (
    PAGE_QUERY,
    Priority,
    Repository,
    RepositoryId,
    Tracked,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from contributor_backfill.domain.harvest import Commit
    from contributor_backfill.domain.page_planner import PagePlanner
    from contributor_backfill.domain.records import Page
    from contributor_backfill.domain.sources import Wanted
    from contributor_backfill.domain.types import Lease


class CaptureCalls(Calls):
    """Call the SQL functions of capturing. Raises `StoreFault` and its kinds."""

    def track_repository(self, repository: Json, priority: Priority | None) -> Tracked:
        """Store a repository under GitHub's id; without `priority` keep the one it has."""
        result = self._call(
            "backfill_track_repository_v1", p_repository=repository, p_priority=priority
        )
        return read(Tracked, result)

    def start_backfill(self, repository_id: RepositoryId, total: int, chunk_size: int) -> bool:
        """Begin a backfill and tell whether this call did; one under way goes on."""
        result = self._call(
            "backfill_start_backfill_v1",
            p_repository_id=repository_id,
            p_total=total,
            p_chunk_size=chunk_size,
        )
        return bool(result["started"])

    def claim(
        self,
        wanted: Wanted,
        *,
        holder: str,
        lease_seconds: int,
        exclude: Collection[tuple[RepositoryId, SourceName]] = (),
        dead_holders: tuple[str, ...] = (),
    ) -> Claim | Idle:
        """Take the lease of the first wanted source that is due. Raises `NotFound`."""
        of_backfill = SourceName.BACKFILL in wanted.sources
        result = self._call(
            "backfill_claim_v1",
            **_selection(wanted),
            p_sources=(SourceName.BACKFILL,) if of_backfill else wanted.sources,
            p_holder=holder,
            p_lease_seconds=lease_seconds,
            p_numbers=wanted.numbers or None,
            p_exclude=tuple(f"{repository_id}:{source}" for repository_id, source in exclude),
            p_dead_holders=dead_holders,
            p_since=wanted.since,
            p_reason=wanted.reason,
            p_begins=wanted.begins,
            p_limit=wanted.limit,
            # Null for none: all come into question.
            p_only=tuple(map(str.lower, wanted.only)) or None,
        )
        if not result["claimed"]:
            return _idle(result)
        return read(Claim, result, repository=self._repository(result["repository"]))

    def peek_backfills(
        self, *, repository_id: RepositoryId | None = None, full_name: str | None = None
    ) -> tuple[tuple[DueBackfill, ...], Idle]:
        """Return the backfills that are due, in order, and what the others wait for."""
        result = self._call(
            "backfill_peek_backfills_v1", p_repository_id=repository_id, p_full_name=full_name
        )
        due = (
            read(DueBackfill, row, repository=self._repository(row["repository"]))
            for row in result["backfills"]
        )
        return tuple(due), _idle(result)

    def peek_sources(self, wanted: Wanted) -> tuple[tuple[DueSource, ...], Idle]:
        """Return the other sources that are due, in order, and what the rest waits for."""
        result = self._call(
            "backfill_peek_sources_v2", p_sources=wanted.sources, **_selection(wanted)
        )
        due = (read(DueSource, row, source=SourceName(row["feed"])) for row in result["feeds"])
        return tuple(due), _idle(result)

    def commit(
        self,
        claim: Claim,
        commit: Commit,
        lease: Lease,
        *,
        measurements: Mapping[str, int | None],
        page_size: PagePlanner | None,
        wanted: Wanted,
    ) -> Committed:
        """Store what was captured, all of it or nothing. Raises `LeaseLost`."""
        harvest = commit.harvest
        result = self._call(
            "backfill_commit_v1",
            **_held(claim),
            p_chunk_id=claim.chunk_id,
            p_step=claim.step,
            p_page=harvest.document,
            p_progress={
                "position": commit.position,
                "finished": commit.finished,
                "repository": commit.page and _repository_of(commit.page),
                "listed": commit.listed,
            },
            p_measurements=measurements,
            p_page_size=_plan(claim, page_size),
            p_lease_seconds=lease.seconds,
            p_next_attempt_at=lease.next_attempt_at,
            p_next_attempt_reason=lease.reason,
            p_connections=wanted.connections,
            p_numbers=wanted.numbers or None,
            p_limit=wanted.limit,
        )
        self.tally.rows += harvest.size
        self.tally.chunks += claim.source is SourceName.BACKFILL
        return read(Committed, result)

    def fail(
        self,
        claim: Claim,
        error: str,
        *,
        terminal: bool,
        page_size: PagePlanner | None,
        requests: int,
    ) -> datetime | None:
        """Record why nothing could be captured; give the lease back; return when to try again."""
        result = self._call(
            "backfill_fail_v1",
            **_held(claim),
            p_chunk_id=claim.chunk_id,
            p_error=error,
            p_terminal=terminal,
            p_page_size=_plan(claim, page_size),
            p_requests=requests,
        )
        return moment(result.get("resume_at") or result["next_attempt_at"])

    def release(self, claim: Claim, *, next_attempt_at: datetime | None, reason: str) -> None:
        """Give a lease back without a commit, to go on at `next_attempt_at`. Raises `LeaseLost`."""
        self._call(
            "backfill_release_v1",
            **_held(claim),
            p_next_attempt_at=next_attempt_at,
            p_reason=reason,
        )

    def want_connections(
        self,
        numbers: Iterable[int],
        connections: Iterable[Connection],
        reason: str,
        *,
        repository_id: RepositoryId | None = None,
        full_name: str | None = None,
    ) -> tuple[RepositoryId, tuple[int, ...]]:
        """Queue connections of these pull requests; those that are not stored are wanted first.

        Returns the repository's id and the numbers that are not stored.
        """
        result = self._call(
            "backfill_want_lists_v1",
            p_numbers=tuple(numbers),
            p_connections=tuple(connections),
            p_reason=reason,
            p_repository_id=repository_id,
            p_full_name=full_name,
        )
        return RepositoryId(result["repository_id"]), tuple(result["not_stored"])

    def numbers_not_stored(
        self, repository_id: RepositoryId, numbers: Iterable[int]
    ) -> tuple[int, ...]:
        """Return which of these numbers have no stored pull request, the newest first."""
        result = self._call(
            "backfill_numbers_not_stored_v1",
            p_repository_id=repository_id,
            p_numbers=tuple(numbers),
        )
        return tuple(result["numbers"])

    def _repository(self, row: Json) -> Repository:
        return read(Repository, row, storage=self._storage(row))


def _held(claim: Claim) -> Json:
    """Return which source a lease is of."""
    return {
        "p_repository_id": claim.repository.repository_id,
        "p_source": claim.source,
        "p_lease_token": claim.lease_token,
    }


def _selection(wanted: Wanted) -> Json:
    return {
        "p_connections": wanted.connections,
        "p_repository_id": wanted.repository_id,
        "p_full_name": wanted.full_name,
        "p_hours": wanted.hours,
        "p_forced": wanted.forced,
        "p_while_backfilled": wanted.while_backfilled,
    }


def _idle(row: Json) -> Idle:
    blocked = (
        read(Blocked, source, source=SourceName(source.get("feed", SourceName.BACKFILL)))
        for source in row["blocked"]
    )
    return Idle(row["tracked"], tuple(blocked))


def _plan(claim: Claim, page_size: PagePlanner | None) -> Json:
    """Return what is remembered of a page size under its query; nothing of a fixed one."""
    plan = page_size and page_size.to_json()
    query = PAGE_QUERY if claim.source is SourceName.BACKFILL else claim.source
    return {"query": query, **plan} if plan else {}


def _repository_of(page: Page) -> Json:
    """Return what GitHub shows of the repository itself."""
    return {
        "total": page.total,
        "node_id": page.node_id,
        "full_name": page.full_name,
        "is_private": page.is_private,
        "withheld": page.withheld,
        "left_out": page.left_out,
        "came": page.given_again,
    }
