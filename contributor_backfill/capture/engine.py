"""One bounded run over feeds: claim, serve, and claim again until a bound is reached."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from contributor_backfill.capture.feed_serving import FeedServing
from contributor_backfill.capture.fetcher import Fetcher
from contributor_backfill.capture.freshness import FreshnessProbe, ProbeReport, concerns_everyone
from contributor_backfill.capture.progress import Progress
from contributor_backfill.capture.refusals import concerns_all
from contributor_backfill.capture.report import FeedTurn
from contributor_backfill.capture.source import Resource, Steps
from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.budget import Bounds, Stop, must_stop, share, without_points
from contributor_backfill.domain.chunking import chunk_size
from contributor_backfill.domain.clock import Clock
from contributor_backfill.domain.completeness import needs_backfill
from contributor_backfill.domain.feeds import Feed, FeedClaim, IdleFeeds, Wanted
from contributor_backfill.domain.types import RateLimit
from contributor_backfill.github.client import GitHubClient

if TYPE_CHECKING:
    from contributor_backfill.capture.sources.review_comments import ReviewCommentSteps

SHARE_USED_UP = frozenset({Stop.CHUNKS, Stop.TIME})
QUOTA_SPENT = frozenset({Stop.QUOTA, Stop.RATE_LIMITED, Stop.POINTS})
SPENT_BY = {
    Resource.GRAPHQL: frozenset(
        {Feed.PULL_REQUESTS, Feed.LISTS, Feed.RECONCILIATION, Feed.REFRESH}
    ),
    Resource.REST: frozenset({Feed.REVIEW_COMMENTS, Feed.REFRESH_COMMENTS}),
}


@dataclass(frozen=True)
class FeedReport:
    """What a run did and why it stopped. `idle` is set when nothing was due.

    `begun` names the repositories whose backfill a sync found necessary and began. `probed` is what
    all repositories were asked for at once, before any was visited.
    """

    turns: tuple[FeedTurn, ...]
    stop: Stop
    seconds: float
    idle: IdleFeeds | None = None
    begun: tuple[str, ...] = ()
    probed: ProbeReport | None = None

    @property
    def failed(self) -> bool:
        """Whether something was not captured that should have been."""
        is_unknown = self.probed is not None and self.probed.failed
        return is_unknown or any(turn.failed for turn in self.turns)


def steps_of(
    gateway: Gateway, client: GitHubClient, clock: Clock, progress: Progress
) -> Mapping[Feed, Steps]:
    """Return what makes the steps of each feed."""
    return StepsOnDemand(gateway, client, clock, progress)


class StepsOnDemand(Mapping[Feed, Steps]):
    """What makes the steps of each feed. A feed is imported when it is due: most runs have none."""

    def __init__(
        self, gateway: Gateway, client: GitHubClient, clock: Clock, progress: Progress
    ) -> None:
        self._gateway = gateway
        self._client = client
        self._fetcher = Fetcher(client, clock, progress)
        self._makers: dict[Feed, Callable[[], Steps]] = {
            Feed.PULL_REQUESTS: self._sync,
            Feed.REVIEW_COMMENTS: self._review_comments,
            Feed.LISTS: self._lists,
            Feed.REFRESH: self._refresh,
            Feed.REFRESH_COMMENTS: self._refresh_comments,
        }
        self._made: dict[Feed, Steps] = {}

    def __getitem__(self, feed: Feed) -> Steps:
        """Return what makes the steps of a feed, always the same."""
        if feed not in self._made:
            self._made[feed] = self._makers[feed]()
        return self._made[feed]

    def __iter__(self) -> Iterator[Feed]:
        """Yield the feeds."""
        return iter(self._makers)

    def __len__(self) -> int:
        """Count the feeds."""
        return len(self._makers)

    def _sync(self) -> Steps:
        from contributor_backfill.capture.sources.sync import SyncSteps

        return SyncSteps(self._client, self._fetcher)

    def _review_comments(self) -> "ReviewCommentSteps":
        from contributor_backfill.capture.sources.review_comments import ReviewCommentSteps

        return ReviewCommentSteps(self._client, self._fetcher, self._gateway.numbers_not_stored)

    def _lists(self) -> Steps:
        from contributor_backfill.capture.sources.connections import ListSteps

        return ListSteps(self._client, self._fetcher)

    def _refresh(self) -> Steps:
        from contributor_backfill.capture.sources.refresh import RefreshSteps

        return RefreshSteps(self._client, self._fetcher)

    def _refresh_comments(self) -> Steps:
        from contributor_backfill.capture.sources.refresh import RefreshCommentSteps

        return RefreshCommentSteps(self._review_comments())


class FeedRun:
    """Claim, serve, and claim again. Each turn is a share of what is left, no more."""

    def __init__(
        self,
        gateway: Gateway,
        serving: FeedServing,
        clock: Clock,
        *,
        holder: str,
        lease_seconds: int,
        is_dead: Callable[[str], bool],
        has_one_token: bool = True,
    ) -> None:
        self._gateway = gateway
        self._serving = serving
        self._clock = clock
        self._holder = holder
        self._lease_seconds = lease_seconds
        self._is_dead = is_dead
        self._spent = QUOTA_SPENT if has_one_token else QUOTA_SPENT - {Stop.RATE_LIMITED}

    def run(self, wanted: Wanted, bounds: Bounds) -> FeedReport:
        """Serve until a bound is reached or nothing is due. Raises `StoreFault` and its kinds."""
        started = self._clock.now()
        turns: list[FeedTurn] = []
        begun: list[str] = []
        served: dict[str, FeedTurn] = {}
        idle = None
        while (stop := self._stop(bounds, turns)) is None:
            if concerns_all(turn.refusal for turn in turns):
                stop = Stop.REFUSED
                break
            claim = self._claim(self._without_spent(wanted, turns), tuple(served))
            if isinstance(claim, IdleFeeds):
                if any(turn.stop in SHARE_USED_UP for turn in served.values()):
                    served = {k: t for k, t in served.items() if t.stop not in SHARE_USED_UP}
                    continue
                stop, idle = Stop.IDLE, claim
                break
            turn = self._serving.serve(claim, wanted, self._share(bounds, claim, turns))
            turns.append(turn)
            self._note(served, claim, turn)
            if self._begins_backfill(turn):
                begun.append(turn.repository.full_name)
        seconds = (self._clock.now() - started).total_seconds()
        return FeedReport(tuple(turns), stop, seconds, idle, tuple(begun))

    def run_all(self, probe: FreshnessProbe, wanted: Wanted, bounds: Bounds) -> FeedReport:
        """Serve what is due, after all repositories were asked whether they moved.

        Who names a repository or a moment wants a visit, whatever moved.
        """
        if not concerns_everyone(wanted):
            return self.run(wanted, bounds)
        probed = probe.run(bounds)
        if probed.left:
            self.know(Resource.GRAPHQL, probed.left)
        report = self.run(wanted, without_points(bounds, probed.points))
        return replace(report, probed=probed)

    def know(self, resource: Resource, left: RateLimit) -> None:
        """Take note of what is left of a quota that was spent from before."""
        self._serving.left[resource] = left

    def _stop(self, bounds: Bounds, turns: list[FeedTurn]) -> Stop | None:
        """Say why no further turn may begin. Quotas are looked at within a turn."""
        if bounds.items is not None and sum(turn.items for turn in turns) >= bounds.items:
            return Stop.ITEMS
        return must_stop(
            bounds,
            self._clock.now(),
            chunks_done=sum(turn.steps for turn in turns),
            page_seconds=self._serving.step_seconds,
            page_points=0,
            rate_limit=None,
        )

    def _share(self, bounds: Bounds, claim: FeedClaim, turns: list[FeedTurn]) -> Bounds:
        steps = sum(turn.steps for turn in turns)
        points = sum(turn.points for turn in turns)
        mine = without_points(share(bounds, self._clock.now(), claim.waiting, steps), points)
        if bounds.items is None:
            return mine
        return replace(mine, items=bounds.items - sum(turn.items for turn in turns))

    def _without_spent(self, wanted: Wanted, turns: list[FeedTurn]) -> Wanted:
        """Leave out the feeds whose quota is spent, where all repositories share it."""
        ended = {turn.feed for turn in turns if turn.stop in self._spent}
        spent = {feed for feeds in SPENT_BY.values() if feeds & ended for feed in feeds}
        return replace(wanted, feeds=tuple(feed for feed in wanted.feeds if feed not in spent))

    @staticmethod
    def _note(served: dict[str, FeedTurn], claim: FeedClaim, turn: FeedTurn) -> None:
        """Remember a turn, so that its feed comes once. New rows may make lists due again."""
        repository_id = claim.repository.repository_id
        lists = f"{repository_id}:{Feed.LISTS}"
        brought = claim.feed is not Feed.LISTS and turn.stop is Stop.COMPLETED
        if brought and lists in served and served[lists].stop is Stop.COMPLETED:
            del served[lists]
        served[f"{repository_id}:{claim.feed}"] = turn

    def _begins_backfill(self, turn: FeedTurn) -> bool:
        """Begin a backfill that a sync found necessary: none is known, and too little is stored."""
        repository = turn.repository
        if turn.feed is not Feed.PULL_REQUESTS or repository.backfill is not None:
            return False
        if not needs_backfill(repository.stored + turn.captured, turn.total):
            return False
        return self._gateway.start_walk(
            repository.repository_id, turn.total, chunk_size(turn.total)
        )

    def _claim(self, wanted: Wanted, exclude: tuple[str, ...]) -> FeedClaim | IdleFeeds:
        answer = self._claim_with(wanted, exclude, ())
        if isinstance(answer, FeedClaim):
            return answer
        holders = {blocked.holder for blocked in answer.blocked if blocked.holder}
        dead = tuple(sorted(holder for holder in holders if self._is_dead(holder)))
        # A run that was killed on this machine need not be waited for.
        return self._claim_with(wanted, exclude, dead) if dead else answer

    def _claim_with(
        self, wanted: Wanted, exclude: tuple[str, ...], dead_holders: tuple[str, ...]
    ) -> FeedClaim | IdleFeeds:
        return self._gateway.claim_feed(
            wanted,
            holder=self._holder,
            lease_seconds=self._lease_seconds,
            exclude=exclude,
            dead_holders=dead_holders,
        )
