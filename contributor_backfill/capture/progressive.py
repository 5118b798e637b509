"""One bounded run: serve the due backfills in turn until a bound is reached."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from contributor_backfill.capture.refusals import concerns_all
from contributor_backfill.capture.sources.backfill import ChunkCapture, Options
from contributor_backfill.capture.turn import Turn
from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.budget import Bounds, Stop, must_stop, share, without_points
from contributor_backfill.domain.clock import Clock
from contributor_backfill.domain.types import Claim, Idle, RateLimit, RepositoryId


@dataclass(frozen=True)
class Selection:
    """Which repository a run serves; without either, those in `only`; without any, all due ones.

    What is named alone is served although it was deferred; what is in `only` is not.
    """

    repository_id: RepositoryId | None = None
    full_name: str | None = None
    only: tuple[str, ...] = ()

    @property
    def is_one(self) -> bool:
        """Whether a repository was named."""
        return self.repository_id is not None or self.full_name is not None

    @property
    def is_all(self) -> bool:
        """Whether nothing was named, so that whatever is due is served."""
        return not self.is_one and not self.only


@dataclass(frozen=True)
class Report:
    """What a run did, what is left, and why it stopped. `idle` is set when nothing was due."""

    turns: tuple[Turn, ...]
    stop: Stop
    seconds: float
    rate_limit: RateLimit | None
    idle: Idle | None = None

    @property
    def failed(self) -> bool:
        """Whether something was not captured that should have been."""
        return any(turn.failed for turn in self.turns)


class ProgressiveRun:
    """Claim, serve, and claim again. A giant's turn is its share of what is left, no more."""

    def __init__(
        self,
        gateway: Gateway,
        capture: ChunkCapture,
        clock: Clock,
        *,
        holder: str,
        options: Options,
        is_dead: Callable[[str], bool],
    ) -> None:
        self._gateway = gateway
        self._capture = capture
        self._clock = clock
        self._holder = holder
        self._options = options
        self._is_dead = is_dead

    def run(self, selection: Selection, bounds: Bounds) -> Report:
        """Serve until a bound is reached or nothing is due. Raises `StoreFault` and its kinds."""
        started = self._clock.now()
        turns: list[Turn] = []
        in_this_round: list[RepositoryId] = []
        while (stop := self._stop(bounds, turns)) is None:
            if concerns_all(turn.refusal for turn in turns):
                stop = Stop.REFUSED
                break
            claim = self._claim(selection, tuple(in_this_round))
            if isinstance(claim, Idle):
                if not any(_can_go_on(turn) for turn in turns[len(turns) - len(in_this_round) :]):
                    return self._report(started, turns, Stop.IDLE, claim)
                in_this_round.clear()
                continue
            turns.append(self._capture.serve(claim, self._turn_bounds(bounds, claim, turns)))
            in_this_round.append(claim.walk.repository_id)
            if (stop := self._end_of_run(turns, claim, selection)) is not None:
                break
        return self._report(started, turns, stop, None)

    def _stop(self, bounds: Bounds, turns: list[Turn]) -> Stop | None:
        return must_stop(
            bounds,
            self._clock.now(),
            chunks_done=_chunks(turns),
            page_seconds=self._capture.page_seconds,
            page_points=1,
            points_done=_points(turns),
            rate_limit=self._capture.rate_limit,
        )

    def _turn_bounds(self, bounds: Bounds, claim: Claim, turns: list[Turn]) -> Bounds:
        mine = share(bounds, self._clock.now(), claim.waiting, _chunks(turns))
        return without_points(mine, _points(turns))

    def _end_of_run(self, turns: list[Turn], claim: Claim, selection: Selection) -> Stop | None:
        """Say whether a turn ends the run too: by a shared quota, or as all that was named."""
        turn = turns[-1]
        if turn.stop in {Stop.QUOTA, Stop.POINTS} or selection.is_one:
            return turn.stop
        if turn.stop is Stop.RATE_LIMITED and self._capture.has_one_token:
            return turn.stop
        alone = claim.waiting == 0 and not any(_can_go_on(t) for t in turns)
        return turn.stop if alone else None

    def _claim(self, selection: Selection, exclude: tuple[RepositoryId, ...]) -> Claim | Idle:
        answer = self._claim_with(selection, exclude, ())
        if isinstance(answer, Claim):
            return answer
        holders = {blocked.holder for blocked in answer.blocked if blocked.holder}
        dead = tuple(sorted(holder for holder in holders if self._is_dead(holder)))
        # A run that was killed on this machine need not be waited for.
        return self._claim_with(selection, exclude, dead) if dead else answer

    def _claim_with(
        self,
        selection: Selection,
        exclude: tuple[RepositoryId, ...],
        dead_holders: tuple[str, ...],
    ) -> Claim | Idle:
        return self._gateway.claim_walk(
            holder=self._holder,
            lease_seconds=self._options.lease_seconds,
            repository_id=selection.repository_id,
            full_name=selection.full_name,
            exclude=exclude,
            dead_holders=dead_holders,
            only=selection.only,
        )

    def _report(
        self, started: datetime, turns: list[Turn], stop: Stop, idle: Idle | None
    ) -> Report:
        seconds = (self._clock.now() - started).total_seconds()
        return Report(tuple(turns), stop, seconds, self._capture.rate_limit, idle)


def _chunks(turns: list[Turn]) -> int:
    return sum(turn.chunks for turn in turns)


def _points(turns: list[Turn]) -> int:
    return sum(turn.points for turn in turns)


def _can_go_on(turn: Turn) -> bool:
    """Tell whether a turn ended only because its share was used up."""
    return turn.stop in {Stop.CHUNKS, Stop.TIME}
