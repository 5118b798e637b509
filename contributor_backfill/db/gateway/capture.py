"""The gateway's methods for feeds: claim, commit, give back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from contributor_backfill.db import feed_reading
from contributor_backfill.db.feed_reading import position_row
from contributor_backfill.db.gateway.calls import Calls, lowered, page_size_row
from contributor_backfill.db.rows import moment
from contributor_backfill.domain.types import RepositoryId

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from contributor_backfill.domain.harvest import Harvest
    from contributor_backfill.domain.page_planner import PagePlanner
    from contributor_backfill.domain.records import Page
    from contributor_backfill.domain.sources import (
        Connection,
        DueSource,
        IdleSources,
        Position,
        SourceClaim,
        SourceCommitted,
        Wanted,
    )


class FeedCalls(Calls):
    """Call the SQL functions of feeds. Raises `StoreFault` and its kinds."""

    def claim_feed(
        self,
        wanted: Wanted,
        *,
        holder: str,
        lease_seconds: int,
        exclude: tuple[str, ...] = (),
        dead_holders: tuple[str, ...] = (),
    ) -> SourceClaim | IdleSources:
        """Take the lease of the first wanted feed that is due.

        `exclude` names feeds as `REPOSITORY_ID:FEED`. `NotFound` when the repository is unknown.
        """
        result = self._call(
            "backfill_claim_feed_v1",
            **_selection(wanted),
            p_holder=holder,
            p_lease_seconds=lease_seconds,
            p_numbers=_array(wanted.numbers),
            p_exclude=exclude,
            p_dead_holders=dead_holders,
            p_since=wanted.since,
            p_reason=wanted.reason,
            p_begins=wanted.begins,
            p_limit=wanted.limit,
            p_only=lowered(wanted.only),
        )
        if result["claimed"]:
            return feed_reading.feed_claim(result, self.wishes)
        return feed_reading.idle_feeds(result)

    def peek_feeds(self, wanted: Wanted) -> tuple[tuple[DueSource, ...], IdleSources]:
        """Return the feeds that are due, in order, and what the others wait for."""
        result = self._call("backfill_peek_feeds_v1", **_selection(wanted))
        return tuple(map(feed_reading.due_feed, result["feeds"])), feed_reading.idle_feeds(result)

    def commit_feed(
        self,
        claim: SourceClaim,
        harvest: Harvest,
        *,
        position: Position | None,
        finished: bool,
        page: Page | None = None,
        listed: Mapping[str, Any] | None = None,
        measurements: Mapping[str, int | None],
        page_size: PagePlanner | None = None,
        lease_seconds: int | None,
        next_attempt_at: datetime | None = None,
        next_attempt_reason: str | None = None,
        wanted: Wanted | None = None,
    ) -> SourceCommitted:
        """Commit rows, place and measurements of one step, or nothing of it.

        `page` is what GitHub said of the repository itself. Without `lease_seconds` the lease is
        given back. Raises `LeaseLost`.
        """
        result = self._call(
            "backfill_commit_feed_v1",
            p_repository_id=claim.repository.repository_id,
            p_feed=claim.source,
            p_lease_token=claim.lease_token,
            p_step=claim.step,
            p_page=harvest.document,
            p_progress={
                "position": position_row(position),
                "finished": finished,
                "repository": _repository(page),
                "listed": listed,
            },
            p_measurements=measurements,
            p_page_size=page_size_row(claim.source, page_size),
            p_lease_seconds=lease_seconds,
            p_next_attempt_at=next_attempt_at,
            p_next_attempt_reason=next_attempt_reason,
            p_connections=tuple(wanted.connections) if wanted else (),
            p_numbers=_array(wanted.numbers) if wanted else None,
            p_limit=wanted.limit if wanted else 0,
        )
        self.tally.rows += harvest.size
        return feed_reading.feed_commit(result)

    def set_refresh(
        self,
        days: int,
        full_name: str | None = None,
        repository_id: RepositoryId | None = None,
    ) -> None:
        """Set how often a repository is read again, or all that have no number of their own."""
        self._call(
            "backfill_set_refresh_v1",
            p_days=days,
            p_repository_id=repository_id,
            p_full_name=full_name,
        )

    def release_feed(
        self, claim: SourceClaim, *, next_attempt_at: datetime | None, reason: str
    ) -> None:
        """Give a lease back without a step, to go on at `next_attempt_at`. Raises `LeaseLost`."""
        self._call(
            "backfill_release_feed_v1",
            p_repository_id=claim.repository.repository_id,
            p_feed=claim.source,
            p_lease_token=claim.lease_token,
            p_next_attempt_at=next_attempt_at,
            p_reason=reason,
        )

    def fail_feed(
        self,
        claim: SourceClaim,
        error: str,
        *,
        terminal: bool,
        page_size: PagePlanner | None,
        requests: int,
    ) -> datetime | None:
        """Record why a step failed, give the lease back, return the next attempt's time."""
        result = self._call(
            "backfill_fail_feed_v1",
            p_repository_id=claim.repository.repository_id,
            p_feed=claim.source,
            p_lease_token=claim.lease_token,
            p_error=error,
            p_terminal=terminal,
            p_page_size=page_size_row(claim.source, page_size),
            p_requests=requests,
        )
        return moment(result["next_attempt_at"])

    def want_lists(
        self,
        numbers: Iterable[int],
        connections: Iterable[Connection],
        reason: str,
        *,
        repository_id: RepositoryId | None = None,
        full_name: str | None = None,
    ) -> tuple[RepositoryId, tuple[int, ...]]:
        """Queue lists of these pull requests; those that are not stored are wanted first.

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


def _selection(wanted: Wanted) -> dict[str, Any]:
    return {
        "p_feeds": tuple(wanted.sources),
        "p_connections": tuple(wanted.connections),
        "p_repository_id": wanted.repository_id,
        "p_full_name": wanted.full_name,
        "p_hours": wanted.hours,
        "p_forced": wanted.forced,
        "p_while_backfilled": wanted.while_backfilled,
    }


def _array(numbers: tuple[int, ...] | None) -> tuple[int, ...] | None:
    return numbers or None


def _repository(page: Page | None) -> dict[str, Any] | None:
    if page is None:
        return None
    return {
        "total": page.total,
        "node_id": page.node_id,
        "full_name": page.full_name,
        "is_private": page.is_private,
        "withheld": page.withheld,
        "left_out": page.left_out,
        "came": page.came,
    }
