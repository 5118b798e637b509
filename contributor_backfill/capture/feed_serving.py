"""Serve one claimed feed: make a step, commit it, and again until its turn is over."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from contributor_backfill.capture.fetcher import Deferred, Failed
from contributor_backfill.capture.progress import Progress
from contributor_backfill.capture.refusals import record, refusal_of, smaller
from contributor_backfill.capture.report import FeedTurn
from contributor_backfill.capture.source import Left, Part, Resource, Step, Steps
from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.budget import Bounds, Stop, must_stop
from contributor_backfill.domain.clock import Clock
from contributor_backfill.domain.errors import LeaseLost, StoreFault
from contributor_backfill.domain.feeds import REFRESH, Feed, FeedClaim, Wanted
from contributor_backfill.domain.page_planner import PagePlanner
from contributor_backfill.github.faults import AccessLost, BadCredentials


class FeedServing:
    """Make the steps of whatever feed was claimed. Keeps account of GitHub's two quotas."""

    def __init__(
        self,
        gateway: Gateway,
        clock: Clock,
        progress: Progress,
        steps: Mapping[Feed, Steps],
        *,
        lease_seconds: int,
    ) -> None:
        self.left: Left = {}
        self.step_seconds = 0.0
        """What the next step is expected to take: the slowest of late."""
        self._gateway = gateway
        self._clock = clock
        self._progress = progress
        self._steps = steps
        self._lease_seconds = lease_seconds

    def serve(self, claim: FeedClaim, wanted: Wanted, bounds: Bounds) -> FeedTurn:
        """Make steps until `bounds` are reached and give the lease back, whatever happens.

        What the database refuses is this repository's failure. Raises `BadCredentials`, and the
        `StoreFault` of a database that stores nothing at all; the feed stays due after either.
        """
        self._progress.feed_begins(claim.repository, claim.feed)
        turn = FeedTurn(claim.repository, claim.feed, claim.repository.total)
        if claim.feed is Feed.LISTS and not claim.work:
            self._gateway.release_feed(claim, next_attempt_at=None, reason="")
            return replace(turn, stop=Stop.COMPLETED)
        try:
            return self._serve(claim, wanted, bounds, turn)
        except LeaseLost as lost:
            return replace(turn, stop=Stop.LEASE, reason=lost.message)
        except (KeyboardInterrupt, BadCredentials) as end:
            self._gateway.release_feed(claim, next_attempt_at=None, reason=type(end).__name__)
            raise
        except StoreFault as fault:  # not even the lease could be given back: it expires
            return replace(turn, stop=Stop.ERROR, reason=str(fault), refusal=refusal_of(fault))

    def _serve(self, claim: FeedClaim, wanted: Wanted, bounds: Bounds, turn: FeedTurn) -> FeedTurn:
        steps = self._steps[claim.feed]
        if stop := self._stop(claim, bounds, turn):
            return self._give_back(claim, replace(turn, stop=stop))
        while turn.stop is None:
            started = self._clock.now()
            try:
                step = steps.next(claim, bounds.waits_until)
            except StoreFault as fault:  # steps ask the database what is stored
                return self._refused(claim, turn, fault)
            if isinstance(step, Deferred):
                return self._defer(claim, turn, step)
            if isinstance(step, Failed):
                return self._fail(claim, turn, step)
            if step.fetched.rate_limit:
                self.left[step.resource] = step.fetched.rate_limit
            took = (self._clock.now() - started).total_seconds()
            self.step_seconds = max(took, self.step_seconds * 0.9)
            claim, turn = self._commit(claim, turn.fetching(step), step, wanted, bounds)
        return turn

    def _commit(
        self, claim: FeedClaim, turn: FeedTurn, step: Step, wanted: Wanted, bounds: Bounds
    ) -> tuple[FeedClaim, FeedTurn]:
        """Commit a step, in as many calls as its bytes need, and decide whether to go on."""
        for place, part in enumerate(step.parts):
            last = place == len(step.parts) - 1
            stop = self._stop(claim, bounds, turn, part) if last and not part.finished else None
            if part.ends_turn:
                stop = Stop.COMPLETED
            until = self._quota_returns(claim) if stop is Stop.QUOTA else None
            try:
                committed = self._gateway.commit_feed(
                    claim,
                    part.harvest,
                    position=part.position,
                    finished=part.finished,
                    page=part.page,
                    listed=part.listed,
                    measurements=_measurements(step, counted=place == 0),
                    page_size=step.fetched.page_size if step.plan_is_ours else None,
                    lease_seconds=None if stop else self._lease_seconds,
                    next_attempt_at=until,
                    next_attempt_reason=stop if until else None,
                    wanted=wanted,
                )
            except StoreFault as fault:
                plan = step.fetched.page_size if step.plan_is_ours else None
                return claim, self._refused(claim, turn, fault, plan)
            turn = turn.counting(committed, part)
            self._progress.step_committed(
                claim.repository, claim.feed, turn.rows, committed.rejected
            )
            claim = _moved(claim, step, part, committed.step)
            claim = replace(claim, work=committed.work)
            if part.finished or (claim.feed is Feed.LISTS and not stop and not committed.work):
                return claim, replace(turn, stop=Stop.COMPLETED)
            if stop:
                return claim, replace(turn, stop=stop, next_attempt_at=until)
        return claim, turn

    def _stop(
        self, claim: FeedClaim, bounds: Bounds, turn: FeedTurn, part: Part | None = None
    ) -> Stop | None:
        items = turn.items + (len(part.harvest.captured) if part else 0)
        if bounds.items is not None and items >= bounds.items:
            return Stop.ITEMS
        resource = self._steps[claim.feed].resource(claim)
        left = self.left.get(resource)
        if claim.feed in REFRESH and left is not None:
            # Half of the hour stays for what is more urgent.
            bounds = replace(bounds, reserve=max(left.limit // 2, bounds.reserve or 0))
        return must_stop(
            replace(bounds, points=None) if resource is Resource.REST else bounds,
            self._clock.now(),
            chunks_done=turn.steps,
            page_seconds=self.step_seconds,
            page_points=1,
            points_done=turn.points,
            rate_limit=left,
        )

    def _quota_returns(self, claim: FeedClaim) -> datetime | None:
        left = self.left.get(self._steps[claim.feed].resource(claim))
        return left.reset_at + timedelta(seconds=1) if left else None

    def _give_back(self, claim: FeedClaim, turn: FeedTurn) -> FeedTurn:
        until = self._quota_returns(claim) if turn.stop is Stop.QUOTA else None
        self._gateway.release_feed(claim, next_attempt_at=until, reason=turn.stop or "")
        return replace(turn, next_attempt_at=until)

    def _defer(self, claim: FeedClaim, turn: FeedTurn, deferred: Deferred) -> FeedTurn:
        self._gateway.release_feed(claim, next_attempt_at=deferred.until, reason=deferred.reason)
        return replace(
            turn,
            requests=turn.requests + deferred.requests,
            stop=Stop.RATE_LIMITED,
            reason=deferred.reason,
            next_attempt_at=deferred.until,
        )

    def _fail(self, claim: FeedClaim, turn: FeedTurn, failed: Failed) -> FeedTurn:
        if isinstance(failed.fault, BadCredentials):
            raise failed.fault
        until = self._gateway.fail_feed(
            claim,
            str(failed.fault),
            terminal=isinstance(failed.fault, AccessLost),
            page_size=failed.page_size,
            requests=failed.requests,
        )
        return replace(
            turn,
            requests=turn.requests + failed.requests,
            stop=Stop.ERROR,
            reason=str(failed.fault),
            next_attempt_at=until,
        )

    def _refused(
        self, claim: FeedClaim, turn: FeedTurn, fault: StoreFault, plan: PagePlanner | None = None
    ) -> FeedTurn:
        """Record that the database refused what was to be stored, and end the turn."""
        refusal = refusal_of(fault)

        def fail() -> datetime | None:
            size = smaller(fault, plan) if plan else claim.page_size
            return self._gateway.fail_feed(
                claim, str(fault), terminal=False, page_size=size, requests=0
            )

        def release() -> None:
            self._gateway.release_feed(claim, next_attempt_at=None, reason=refusal.code)

        return replace(
            turn,
            stop=Stop.ERROR,
            reason=str(fault),
            refusal=refusal,
            next_attempt_at=record(fail, release),
        )


def _moved(claim: FeedClaim, step: Step, part: Part, number: int) -> FeedClaim:
    repository = claim.repository
    if part.page:
        repository = replace(
            repository,
            node_id=part.page.node_id,
            full_name=part.page.full_name,
            left_out=part.page.left_out,
        )
    plan = step.fetched.page_size if step.plan_is_ours else claim.page_size
    return replace(
        claim,
        repository=repository,
        step=type(claim.step)(number),
        position=part.position,
        page_size=plan,
    )


def _measurements(step: Step, *, counted: bool) -> dict[str, int]:
    """Return what the step took; of several commits only the first is charged with it."""
    fetched = step.fetched
    return {
        "points": fetched.points if counted else 0,
        "requests": fetched.requests if counted else 0,
        "milliseconds": fetched.milliseconds if counted else 0,
    }
