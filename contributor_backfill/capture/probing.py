"""Ask first whether anything changed at all: a conditional request, which is mostly free."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from contributor_backfill.capture.fetching import Fetched
from contributor_backfill.capture.steps import Part, Resource, Step
from contributor_backfill.domain.budget import points_to_spend
from contributor_backfill.domain.clock import Clock
from contributor_backfill.domain.feeds import FeedClaim, Position
from contributor_backfill.domain.harvest import Harvest
from contributor_backfill.domain.types import PageSize, RateLimit
from contributor_backfill.github.client import GitHubClient
from contributor_backfill.github.faults import BadCredentials, GitHubFault
from contributor_backfill.github.newest_change import PARAMETERS, list_path, newest_change

SETTLED = timedelta(minutes=65)
"""So old is a moment in which nothing can change any more: five minutes, because GitHub's times may
lag behind its writes, and an hour for a clock that is wrong."""


@dataclass(frozen=True)
class Probed:
    """What the probe of a pass said. `newest` is null where the repository has no pull request.

    `dated` is GitHub's clock when it answered.
    """

    is_unchanged: bool
    newest: datetime | None
    dated: datetime | None
    etag: str | None
    rate_limit: RateLimit | None
    milliseconds: int

    def position(self, began: Position) -> Position:
        """Return where the pass begins, with the tag that becomes current at its end.

        Only that of a change that is settled: another one of the same second, or one that GitHub
        shows late, could hide behind a newer one.
        """
        is_settled = self.newest and self.dated and self.newest < self.dated - SETTLED
        return replace(began, etag=self.etag if is_settled else None)

    def finds_nothing(self, began: Position) -> bool:
        """Tell whether a pass would find nothing new."""
        is_older = self.newest and began.target and self.newest <= began.target
        return self.is_unchanged or bool(is_older)

    def step(self, began: Position) -> Step:
        """Return a pass that is at its end: one request, no point."""
        fetched = Fetched(
            content=None,
            page_size=PageSize(1),
            rate_limit=self.rate_limit,
            first=0,
            points=0,
            requests=1,
            milliseconds=self.milliseconds,
        )
        part = Part(Harvest(), self.position(began), finished=True)
        return Step((part,), fetched, Resource.REST, plan_is_ours=False)


class Prober:
    """Send the probe of a pass that may have one, while REST's quota lasts."""

    def __init__(self, client: GitHubClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._left: RateLimit | None = None

    def probe(self, claim: FeedClaim, position: Position) -> Probed | None:
        """Return what the probe said; None without one, or where it failed. A pass needs none.

        Raises `BadCredentials`.
        """
        if not position.probes or position.cursor or self._is_spent():
            return None
        started = self._clock.now()
        try:
            answer = self._client.get(list_path(claim.repository.full_name), PARAMETERS, claim.etag)
            newest = None if answer.is_unchanged else newest_change(answer)
        except BadCredentials:
            raise
        except GitHubFault:
            return None
        self._left = answer.rate_limit or self._left
        took = self._clock.now() - started
        milliseconds = int(took.total_seconds() * 1000)
        return Probed(
            answer.is_unchanged, newest, answer.date, answer.etag, self._left, milliseconds
        )

    def _is_spent(self) -> bool:
        return self._left is not None and points_to_spend(self._left, self._clock.now(), None) < 1
