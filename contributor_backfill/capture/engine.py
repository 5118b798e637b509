"""Capture from any source: claim it, fetch, commit, and again until a bound is reached."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from contributor_backfill.capture.fetcher import Deferred, Failed
from contributor_backfill.capture.report import Refusal, Report, Turn
from contributor_backfill.capture.source import POLICIES, Limits, Source, Step
from contributor_backfill.db.faults import ends_run, is_too_much
from contributor_backfill.domain.bounds import (
    Bounds,
    Stop,
    must_stop,
    points_to_spend,
    share,
    without_points,
)
from contributor_backfill.domain.completeness import needs_backfill
from contributor_backfill.domain.errors import LeaseLost, PermissionMissing, StoreFault
from contributor_backfill.domain.page_planner import chunk_size
from contributor_backfill.domain.policy import (
    PAGE_LEASE_SECONDS,
    REFUSALS_IN_A_ROW,
    REFUSALS_OF_PERMISSION_IN_A_ROW,
)
from contributor_backfill.domain.sources import (
    Claim,
    Idle,
    SourceName,
    Wanted,
)
from contributor_backfill.domain.types import Lease, RateLimit, RepositoryId
from contributor_backfill.github.faults import AccessLost, BadCredentials
from contributor_backfill.github.tokens import Resource

if TYPE_CHECKING:
    from contributor_backfill.capture.freshness import FreshnessProbe
    from contributor_backfill.capture.report import Progress
    from contributor_backfill.db.gateway import Gateway
    from contributor_backfill.domain.clock import Clock
    from contributor_backfill.domain.harvest import Commit
    from contributor_backfill.domain.page_planner import PagePlanner
    from contributor_backfill.github.client import GitHubClient

# A turn that ended so may be followed by another of the same source, once nothing else is due.
SHARE_USED_UP = frozenset({Stop.CHUNKS, Stop.TIME})
# After these no other source begins: there is no time left, or the database takes nothing.
NO_ROOM = frozenset({Stop.TIME, Stop.CHUNKS, Stop.REFUSED})
QUOTA_SPENT = frozenset({Stop.QUOTA, Stop.RATE_LIMITED, Stop.POINTS})

Taken: TypeAlias = dict[tuple[RepositoryId, SourceName], Turn]
Sources: TypeAlias = Callable[[SourceName], Source]


@dataclass(frozen=True)
class Holder:
    """Who holds the leases of a run, for how long, and which other holders are known to be dead."""

    name: str
    is_dead: Callable[[str], bool]
    lease_seconds: int = PAGE_LEASE_SECONDS


class Engine:
    """Claim, capture, and claim again. A giant's turn is its share of what is left, no more."""

    def __init__(
        self,
        gateway: Gateway,
        client: GitHubClient,
        clock: Clock,
        progress: Progress,
        sources: Sources,
        *,
        holder: Holder,
    ) -> None:
        self._gateway = gateway
        self._client = client
        self._clock = clock
        self._progress = progress
        self._source = sources
        self._holder = holder
        # Where owners have tokens of their own, one that must wait does not stop the others.
        self._spent = QUOTA_SPENT - {Stop.RATE_LIMITED} if client.tokens.of_owners else QUOTA_SPENT
        self._quotas: dict[Resource, RateLimit] = {}
        self._seconds: dict[SourceName, float] = {}
        """Seconds that the next request of a source is expected to take: the slowest of late."""

    def capture(
        self, wanted: Wanted, bounds: Bounds, probe: FreshnessProbe | None = None
    ) -> tuple[Report, ...]:
        """Capture the backfills that are wanted, then everything else with what they leave.

        With a probe, all repositories are asked before whether they moved.
        """
        if probe is None:
            return self._in_turn(wanted, bounds)
        probed = probe.run(bounds)
        if probed.left:
            self._quotas[Resource.GRAPHQL] = probed.left
        first, *others = self._in_turn(wanted, without_points(bounds, probed.points))
        return replace(first, probed=probed), *others

    def _in_turn(self, wanted: Wanted, bounds: Bounds) -> tuple[Report, ...]:
        """Capture the backfills first: everything else hangs on what they store."""
        if SourceName.BACKFILL not in wanted.sources:
            return (self.run(wanted, bounds),)
        backfills = self.run(replace(wanted, sources=(SourceName.BACKFILL,)), bounds)
        rest = tuple(name for name in wanted.sources if name is not SourceName.BACKFILL)
        if backfills.stop in QUOTA_SPENT:
            rest = tuple(name for name in rest if POLICIES[name].spends is not Resource.GRAPHQL)
        if backfills.stop in NO_ROOM or not rest:
            return (backfills,)
        if bounds.chunks is not None:
            commits = sum(turn.commits for turn in backfills.turns)
            bounds = replace(bounds, chunks=bounds.chunks - commits)
        bounds = without_points(bounds, sum(turn.points for turn in backfills.turns))
        return backfills, self.run(replace(wanted, sources=rest), bounds)

    def run(self, wanted: Wanted, bounds: Bounds) -> Report:
        """Capture until a bound is reached or nothing is due. Raises `StoreFault` and its kinds."""
        started = self._clock.now()
        turns: list[Turn] = []
        begun: list[str] = []
        taken: Taken = {}
        idle = None
        while (stop := self._stop_of_run(wanted, bounds, turns)) is None:
            left = self._without_spent(wanted, turns)
            if not left.sources:
                stop = turns[-1].stop
                break
            claim = self._claim(left, taken)
            if isinstance(claim, Idle):
                # Everybody had a share. What is left goes to those who could use more.
                if any(turn.stop in SHARE_USED_UP for turn in taken.values()):
                    taken = {k: t for k, t in taken.items() if t.stop not in SHARE_USED_UP}
                    continue
                stop, idle = Stop.IDLE, claim
                break
            turn = self._turn(claim, wanted, self._share(bounds, claim, turns))
            turns.append(turn)
            _note(taken, turn)
            if self._begins_backfill(turn):
                begun.append(turn.repository.full_name)
            if POLICIES[turn.source].is_final and (stop := self._end(turns, claim, wanted)):
                break
        assert stop, "a run ends for a reason"
        seconds = (self._clock.now() - started).total_seconds()
        points = self._quotas.get(Resource.GRAPHQL)
        return Report(wanted, tuple(turns), stop, seconds, points, idle, tuple(begun))

    def _stop_of_run(self, wanted: Wanted, bounds: Bounds, turns: list[Turn]) -> Stop | None:
        """Say why no further turn may begin."""
        if _concerns_all(turns):
            return Stop.REFUSED
        if bounds.items is not None and sum(turn.items for turn in turns) >= bounds.items:
            return Stop.ITEMS
        resources = {POLICIES[name].spends for name in wanted.sources}
        # With two quotas one may be spent while the other is not: each turn looks at its own.
        only = resources.pop() if len(resources) == 1 else None
        return must_stop(
            bounds if only is Resource.GRAPHQL else replace(bounds, points=None),
            self._clock.now(),
            chunks_done=sum(turn.commits for turn in turns),
            page_seconds=max(self._seconds.get(name, 0.0) for name in wanted.sources),
            page_points=1 if only else 0,
            points_done=sum(turn.points for turn in turns),
            rate_limit=self._quotas.get(only) if only else None,
        )

    def _end(self, turns: list[Turn], claim: Claim, wanted: Wanted) -> Stop | None:
        """Say why a run ends with this turn: its quota is spent, or nothing else is due."""
        turn = turns[-1]
        can_go_on = any(earlier.stop in SHARE_USED_UP for earlier in turns)
        is_last = wanted.is_one or (claim.waiting == 0 and not can_go_on)
        return turn.stop if is_last or turn.stop in self._spent else None

    def _share(self, bounds: Bounds, claim: Claim, turns: list[Turn]) -> Bounds:
        commits = sum(turn.commits for turn in turns)
        points = sum(turn.points for turn in turns)
        part = without_points(share(bounds, self._clock.now(), claim.waiting, commits), points)
        if bounds.items is None:
            return part
        return replace(part, items=bounds.items - sum(turn.items for turn in turns))

    def _without_spent(self, wanted: Wanted, turns: list[Turn]) -> Wanted:
        """Leave out the sources whose quota is spent, where all repositories share it."""
        spent = {POLICIES[turn.source].spends for turn in turns if turn.stop in self._spent}
        left = tuple(name for name in wanted.sources if POLICIES[name].spends not in spent)
        return replace(wanted, sources=left)

    def _begins_backfill(self, turn: Turn) -> bool:
        """Begin a backfill that a sync found necessary: none is known, and too little is stored."""
        repository = turn.repository
        if turn.source is not SourceName.SYNC or repository.backfill is not None:
            return False
        if not needs_backfill(repository.stored + turn.captured, turn.total):
            return False
        return self._gateway.start_backfill(
            repository.repository_id, turn.total, chunk_size(turn.total)
        )

    def _claim(
        self, wanted: Wanted, exclude: Collection[tuple[RepositoryId, SourceName]]
    ) -> Claim | Idle:
        claim = partial(
            self._gateway.claim,
            wanted,
            holder=self._holder.name,
            lease_seconds=self._holder.lease_seconds,
            exclude=exclude,
        )
        found = claim()
        if isinstance(found, Claim):
            return found
        holders = {blocked.holder for blocked in found.blocked if blocked.holder}
        dead = tuple(sorted(holder for holder in holders if self._holder.is_dead(holder)))
        # A run that was killed on this machine need not be waited for.
        return claim(dead_holders=dead) if dead else found

    def _turn(self, claim: Claim, wanted: Wanted, bounds: Bounds) -> Turn:
        """Capture until `bounds` are reached and give the lease back, whatever happens.

        What the database refuses is this repository's failure. Raises `BadCredentials`, and the
        `StoreFault` of a database that stores nothing at all; the source stays due after either.
        """
        repository = claim.repository
        turn = Turn(repository, claim.source, repository.total, repository.stored)
        self._progress.turn_begins(turn)
        try:
            return self._captured(claim, turn, wanted, bounds)
        except (KeyboardInterrupt, BadCredentials) as end:
            self._gateway.release(claim, next_attempt_at=None, reason=type(end).__name__)
            raise
        except StoreFault as fault:  # not even the lease could be given back: it expires
            return replace(turn, stop=Stop.ERROR, reason=str(fault), refusal=_refusal_of(fault))

    def _captured(self, claim: Claim, turn: Turn, wanted: Wanted, bounds: Bounds) -> Turn:
        try:
            if self._source(turn.source).has_nothing(claim):
                self._gateway.release(claim, next_attempt_at=None, reason="")
                return replace(turn, stop=Stop.COMPLETED)
            if stop := self._stop(claim, turn, bounds):
                return self._give_back(claim, turn, stop)
            while turn.stop is None:
                claim, turn = self._step(claim, turn, wanted, bounds)
        except LeaseLost as lost:
            return replace(turn, stop=Stop.LEASE, reason=lost.message)
        return turn

    def _step(self, claim: Claim, turn: Turn, wanted: Wanted, bounds: Bounds) -> tuple[Claim, Turn]:
        """Fetch what is next, and commit it."""
        source = self._source(turn.source)
        started = self._clock.now()
        self._client.serve(claim.repository.full_name)
        try:
            step = source.next(claim, self._limits(source.resource(claim), bounds))
        except StoreFault as fault:  # sources ask the database what is stored
            return claim, self._refused(claim, turn, fault, None)
        if isinstance(step, Deferred):
            return claim, self._defer(claim, turn, step)
        if isinstance(step, Failed):
            return claim, self._fail(claim, turn, step)
        if step.fetched.rate_limit:
            self._quotas[step.resource] = step.fetched.rate_limit
        took = (self._clock.now() - started).total_seconds()
        # One slow page is forgotten after some quick ones.
        self._seconds[turn.source] = max(took, self._seconds.get(turn.source, 0.0) * 0.9)
        return self._commit(claim, turn.fetching(step), step, wanted, bounds)

    def _commit(
        self, claim: Claim, turn: Turn, step: Step, wanted: Wanted, bounds: Bounds
    ) -> tuple[Claim, Turn]:
        """Commit what was fetched, in as many calls as its bytes need, and decide how to go on."""
        plan = step.fetched.page_size if step.keeps_page_size else None
        for number, commit in enumerate(step.commits):
            following = _following(claim, commit, plan)
            stop = None
            if commit.ends_turn:
                stop = Stop.COMPLETED
            # Between two commits of one page there is no stopping: the page would come again.
            elif commit is step.commits[-1] and not commit.finished:
                stop = self._stop(following, turn, bounds, commit)
            until = self._quota_returns(claim) if stop is Stop.QUOTA else None
            seconds = None if stop else self._holder.lease_seconds
            lease = Lease(seconds, until, stop if until else None)
            spent = self._measurements(step, is_counted=number == 0)
            try:
                committed = self._gateway.commit(
                    claim, commit, lease, measurements=spent, page_size=plan, wanted=wanted
                )
            except StoreFault as fault:
                return claim, self._refused(claim, turn, fault, plan, spent["requests"] or 0)
            turn = turn.counting(committed, commit)
            self._progress.committed(turn, committed.rejected)
            claim = replace(
                following,
                step=committed.step,
                work=committed.work,
                chunk_id=committed.next_chunk_id or claim.chunk_id,
            )
            # The commit that finishes a source has given its lease back already.
            if commit.finished or (not stop and self._source(turn.source).has_nothing(claim)):
                return claim, replace(turn, stop=Stop.COMPLETED)
            if stop:
                return claim, replace(turn, stop=stop, next_attempt_at=until)
        return claim, turn

    def _stop(
        self, claim: Claim, turn: Turn, bounds: Bounds, commit: Commit | None = None
    ) -> Stop | None:
        """Say why a turn must end after this commit; without one, why it may not begin."""
        items = turn.items + (len(commit.harvest.captured) if commit else 0)
        if bounds.items is not None and items >= bounds.items:
            return Stop.ITEMS
        source = self._source(turn.source)
        resource = source.resource(claim)
        left = self._quotas.get(resource)
        if POLICIES[turn.source].half_is_left and left is not None:
            bounds = replace(bounds, reserve=max(left.limit // 2, bounds.reserve or 0))
        return must_stop(
            replace(bounds, points=None) if resource is Resource.REST else bounds,
            self._clock.now(),
            chunks_done=turn.commits + 1 if commit else 0,
            # The first request is a turn's in any case: a share may be shorter.
            page_seconds=self._seconds.get(turn.source, 0.0) if commit else 0.0,
            page_points=source.points(claim, self._limits(resource, bounds)),
            points_done=turn.points,
            rate_limit=left,
        )

    def _limits(self, resource: Resource, bounds: Bounds) -> Limits:
        left = self._quotas.get(resource)
        if left is None:
            return Limits(bounds.waits_until)
        points = points_to_spend(left, self._clock.now(), bounds.reserve)
        return Limits(bounds.waits_until, points, left.remaining)

    def _quota_returns(self, claim: Claim) -> datetime | None:
        left = self._quotas.get(self._source(claim.source).resource(claim))
        return left.reset_at + timedelta(seconds=1) if left else None

    def _measurements(self, step: Step, *, is_counted: bool) -> dict[str, int | None]:
        """Return what a step took; of several commits only the first is charged with it."""
        fetched = step.fetched
        left = self._quotas.get(step.resource)
        return {
            "first": fetched.first,
            "points": fetched.points if is_counted else 0,
            "requests": fetched.requests if is_counted else 0,
            "milliseconds": fetched.milliseconds if is_counted else 0,
            "rate_limit_remaining": left.remaining if left else None,
        }

    def _give_back(self, claim: Claim, turn: Turn, stop: Stop) -> Turn:
        until = self._quota_returns(claim) if stop is Stop.QUOTA else None
        self._gateway.release(claim, next_attempt_at=until, reason=stop)
        return replace(turn, stop=stop, next_attempt_at=until)

    def _defer(self, claim: Claim, turn: Turn, deferred: Deferred) -> Turn:
        self._gateway.release(claim, next_attempt_at=deferred.until, reason=deferred.reason)
        return replace(
            turn,
            requests=turn.requests + deferred.requests,
            stop=Stop.RATE_LIMITED,
            reason=deferred.reason,
            next_attempt_at=deferred.until,
        )

    def _fail(self, claim: Claim, turn: Turn, failed: Failed) -> Turn:
        if isinstance(failed.fault, BadCredentials):
            raise failed.fault
        until = self._gateway.fail(
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
        self,
        claim: Claim,
        turn: Turn,
        fault: StoreFault,
        plan: PagePlanner | None,
        requests: int = 0,
    ) -> Turn:
        """Record that the database refused what was to be stored, and end the turn."""
        refusal = _refusal_of(fault)
        if plan and not plan.fixed and is_too_much(fault):
            plan = plan.cut_off()
        until = None
        try:
            until = self._gateway.fail(
                claim, str(fault), terminal=False, page_size=plan, requests=requests
            )
        except StoreFault as second:
            _refusal_of(second)
            # Whoever refuses the record as well may still take the lease back; if not, it expires.
            with suppress(StoreFault):
                self._gateway.release(claim, next_attempt_at=None, reason=refusal.code)
        return replace(
            turn, stop=Stop.ERROR, reason=str(fault), refusal=refusal, next_attempt_at=until
        )


def _refusal_of(fault: StoreFault) -> Refusal:
    """Return what the database refused. Raises it when no other repository can be stored either."""
    if isinstance(fault, LeaseLost) or ends_run(fault):
        raise fault
    return Refusal(fault.code, isinstance(fault, PermissionMissing))


def _concerns_all(turns: list[Turn]) -> bool:
    """Tell whether the last turns met the same refusal: then it is the database's, not theirs."""
    last = turns[-1].refusal if turns else None
    if last is None:
        return False
    in_a_row = REFUSALS_OF_PERMISSION_IN_A_ROW if last.is_permission else REFUSALS_IN_A_ROW
    return [turn.refusal for turn in turns[-in_a_row:]] == [last] * in_a_row


def _note(taken: Taken, turn: Turn) -> None:
    """Remember a turn, so that its source comes once. New rows may make connections due again."""
    repository_id = turn.repository.repository_id
    connections = taken.get((repository_id, SourceName.CONNECTIONS))
    brought = turn.source is not SourceName.CONNECTIONS and turn.stop is Stop.COMPLETED
    if brought and connections and connections.stop is Stop.COMPLETED:
        del taken[repository_id, SourceName.CONNECTIONS]
    taken[repository_id, turn.source] = turn


def _following(claim: Claim, commit: Commit, plan: PagePlanner | None) -> Claim:
    """Return a claim as it stands after a commit, but for what the database returns."""
    repository = claim.repository
    if page := commit.page:
        repository = replace(
            repository, node_id=page.node_id, full_name=page.full_name, left_out=page.left_out
        )
    return replace(
        claim,
        repository=repository,
        position=commit.position,
        page_size=plan or claim.page_size,
    )
