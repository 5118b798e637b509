"""Serve one claimed backfill: fetch a page, commit it, and again until its turn is over."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from contributor_backfill.capture.fetcher import Deferred, Failed, Fetched, Fetcher
from contributor_backfill.capture.pages import asking_for_page
from contributor_backfill.capture.progress import Progress
from contributor_backfill.capture.refusals import record, refusal_of, smaller
from contributor_backfill.capture.turn import Turn, begun
from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.batching import split
from contributor_backfill.domain.budget import Bounds, Stop, must_stop, points_to_spend
from contributor_backfill.domain.chunking import chunk_size
from contributor_backfill.domain.clock import Clock
from contributor_backfill.domain.errors import LeaseLost, StoreFault
from contributor_backfill.domain.page_planner import PagePlanner
from contributor_backfill.domain.records import Batch, Page
from contributor_backfill.domain.trimming import trimmed_page
from contributor_backfill.domain.types import ChunkId, Claim, RateLimit, Walk
from contributor_backfill.github.client import GitHubClient
from contributor_backfill.github.faults import AccessLost, BadCredentials
from contributor_backfill.github.pages import CREATED_AT, connections
from contributor_backfill.github.retrying import Detail


@dataclass(frozen=True)
class Options:
    """How chunks are captured.

    `chunk_size` fixes the page. `lease_seconds` is how long a run that was killed keeps others out.
    """

    chunk_size: int | None = None
    lease_seconds: int = 60


class ChunkCapture:
    """Capture chunk after chunk of the walk that a claim stands for."""

    def __init__(
        self,
        gateway: Gateway,
        client: GitHubClient,
        clock: Clock,
        progress: Progress,
        options: Options,
    ) -> None:
        self.rate_limit: RateLimit | None = None
        self.page_seconds = 0.0
        """What the next page is expected to take: the slowest of late."""
        self._gateway = gateway
        self._client = client
        self._clock = clock
        self._progress = progress
        self._options = options
        self._fetcher = Fetcher(client, clock, progress)

    @property
    def has_one_token(self) -> bool:
        """Whether one quota serves all repositories."""
        return not self._client.tokens.are_several

    def serve(self, claim: Claim, bounds: Bounds) -> Turn:
        """Capture until `bounds` are reached and give the lease back, whatever happens.

        What the database refuses is this repository's failure. Raises `BadCredentials`, and the
        `StoreFault` of a database that stores nothing at all; the walk stays due after either.
        """
        self._progress.turn_begins(claim.walk)
        self._client.serve(claim.walk.full_name)
        try:
            return self._serve(claim, bounds)
        except (KeyboardInterrupt, BadCredentials) as end:
            self._gateway.release_walk(claim, next_attempt_at=None, reason=type(end).__name__)
            raise
        except StoreFault as fault:  # not even the lease could be given back: it expires
            turn = begun(claim.walk)
            return replace(turn, stop=Stop.ERROR, reason=str(fault), refusal=refusal_of(fault))

    def _serve(self, claim: Claim, bounds: Bounds) -> Turn:
        turn = begun(claim.walk)
        plan = self._first_plan(claim.walk)
        try:
            while turn.stop is None:
                started = self._clock.now()
                asked = self._affordable(claim.walk, plan, bounds)
                ask = asking_for_page(self._client, claim.walk, claim.walk.cursor, CREATED_AT)
                outcome = self._fetcher.fetch(
                    ask, asked, bounds.waits_until, last_step=Detail.CURSORS
                )
                if not isinstance(outcome, Fetched):
                    return self._end_without_page(claim, turn, outcome)
                plan = outcome.page_size
                self.rate_limit = outcome.rate_limit or self.rate_limit
                took = (self._clock.now() - started).total_seconds()
                self.page_seconds = max(took, self.page_seconds * 0.9)
                claim, turn = self._commit(claim, turn, outcome, bounds)
        except LeaseLost as lost:
            return replace(turn, stop=Stop.LEASE, reason=lost.message)
        return turn

    def _commit(
        self, claim: Claim, turn: Turn, fetched: Fetched[Page], bounds: Bounds
    ) -> tuple[Claim, Turn]:
        """Commit a page, in as many calls as its bytes need, and decide whether to go on."""
        page = trimmed_page(fetched.content, claim.walk.storage)
        turn = replace(turn, total=page.total, points=turn.points + fetched.points)
        batches = split(page)
        for place, batch in enumerate(batches):
            last = place == len(batches) - 1
            stop = self._stop(claim.walk, turn, fetched, bounds) if last else None
            until = self._quota_returns() if stop is Stop.QUOTA else None
            try:
                committed = self._gateway.commit_page(
                    claim,
                    page,
                    batch,
                    measurements=self._measurements(fetched, counted=place == 0),
                    page_size=fetched.page_size,
                    lease_seconds=None if stop else self._options.lease_seconds,
                    next_attempt_at=until,
                    next_attempt_reason=stop,
                )
            except StoreFault as fault:
                return claim, self._refused(claim, turn, fetched, fault)
            turn = turn.counting(committed)
            self._progress.page_committed(claim.walk, turn.total, committed)
            if not batch.has_next_page:
                return claim, replace(turn, stop=Stop.COMPLETED)
            if committed.next_chunk_id is None:
                return claim, replace(turn, stop=stop, next_attempt_at=until)
            claim = _moved(claim, page, batch, committed.next_chunk_id)
        return claim, turn

    def _refused(self, claim: Claim, turn: Turn, fetched: Fetched[Page], fault: StoreFault) -> Turn:
        """Record that the database refused a page, and end the turn."""
        refusal = refusal_of(fault)

        def fail() -> datetime | None:
            failure = self._gateway.fail_chunk(
                claim,
                str(fault),
                terminal=False,
                page_size=smaller(fault, fetched.page_size),
                requests=fetched.requests,
            )
            return failure.resume_at or failure.next_attempt_at

        def release() -> None:
            self._gateway.release_walk(claim, next_attempt_at=None, reason=refusal.code)

        return replace(
            turn,
            stop=Stop.ERROR,
            reason=str(fault),
            refusal=refusal,
            next_attempt_at=record(fail, release),
        )

    def _stop(self, walk: Walk, turn: Turn, fetched: Fetched[Page], bounds: Bounds) -> Stop | None:
        size = self._affordable(walk, fetched.page_size, bounds)
        return must_stop(
            bounds,
            self._clock.now(),
            chunks_done=turn.chunks + 1,
            page_seconds=self.page_seconds,
            page_points=size.cost(connections(walk.with_labels)),
            points_done=turn.points,
            rate_limit=self.rate_limit,
        )

    def _first_plan(self, walk: Walk) -> PagePlanner:
        if self._options.chunk_size is not None:
            return PagePlanner(self._options.chunk_size, fixed=True)
        plan = walk.page_size or PagePlanner(self._calculated_size(walk))
        return plan.after_lost_runs(walk.retry_count)

    def _calculated_size(self, walk: Walk) -> int:
        left = self.rate_limit.remaining if self.rate_limit else None
        return chunk_size(walk.total, left, walk.average_changed_files)

    def _affordable(self, walk: Walk, plan: PagePlanner, bounds: Bounds) -> PagePlanner:
        """Fall back to the calculator's size when the planned page costs more than is left."""
        if plan.fixed or self.rate_limit is None:
            return plan
        cost = plan.cost(connections(walk.with_labels))
        if cost <= points_to_spend(self.rate_limit, self._clock.now(), bounds.reserve):
            return plan
        return replace(plan, size=min(plan.size, self._calculated_size(walk)))

    def _quota_returns(self) -> datetime | None:
        return self.rate_limit.reset_at + timedelta(seconds=1) if self.rate_limit else None

    def _measurements(self, fetched: Fetched[Page], *, counted: bool) -> dict[str, int | None]:
        """Return what the page took; of several commits only the first is charged with it."""
        return {
            "first": fetched.first,
            "points": fetched.points if counted else 0,
            "requests": fetched.requests if counted else 0,
            "milliseconds": fetched.milliseconds if counted else 0,
            "rate_limit_remaining": self.rate_limit.remaining if self.rate_limit else None,
        }

    def _end_without_page(self, claim: Claim, turn: Turn, outcome: Deferred | Failed) -> Turn:
        if isinstance(outcome, Deferred):
            self._gateway.release_walk(claim, next_attempt_at=outcome.until, reason=outcome.reason)
            return replace(
                turn,
                stop=Stop.RATE_LIMITED,
                reason=outcome.reason,
                next_attempt_at=outcome.until,
            )
        if isinstance(outcome.fault, BadCredentials):
            raise outcome.fault
        failure = self._gateway.fail_chunk(
            claim,
            str(outcome.fault),
            terminal=isinstance(outcome.fault, AccessLost),
            page_size=outcome.page_size,
            requests=outcome.requests,
        )
        return replace(
            turn,
            stop=Stop.ERROR,
            reason=str(outcome.fault),
            next_attempt_at=failure.resume_at or failure.next_attempt_at,
        )


def _moved(claim: Claim, page: Page, batch: Batch, next_chunk_id: ChunkId) -> Claim:
    walk = replace(
        claim.walk, node_id=page.node_id, cursor=batch.end_cursor, left_out=page.left_out
    )
    return replace(claim, chunk_id=next_chunk_id, walk=walk)
