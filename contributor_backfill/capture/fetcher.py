"""Ask GitHub until it answers: wait, ask for less, step down the ladder, or give up."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, TypeVar

from contributor_backfill.capture.report import Progress
from contributor_backfill.domain.clock import Clock
from contributor_backfill.domain.page_planner import PagePlanner
from contributor_backfill.domain.policy import PATIENCE
from contributor_backfill.domain.types import RateLimit
from contributor_backfill.github.client import GitHubClient
from contributor_backfill.github.documents import Detail
from contributor_backfill.github.faults import (
    GitHubFault,
    RateLimited,
    TooHeavy,
    Unavailable,
    Unusable,
)
from contributor_backfill.github.retry import GiveUp, decide, is_chance

T = TypeVar("T")


@dataclass(frozen=True)
class ParsedResponse(Generic[T]):
    """The content of one response. `connections` are charged for each item that was asked for.

    `items` counts what came of a whole page; null where nothing is learnt from its time.
    """

    content: T
    rate_limit: RateLimit | None
    points: int
    connections: int
    items: int | None = None


@dataclass(frozen=True)
class Fetched(Generic[T]):
    """Fetched content and its cost; `page_size` plans the next request, `first` is this one's size.

    `requests` counts the tries that failed too; `milliseconds` and `points` are the last one's.
    """

    content: T
    page_size: PagePlanner
    rate_limit: RateLimit | None
    first: int
    points: int
    requests: int
    milliseconds: int


@dataclass(frozen=True)
class Deferred:
    """Nothing now: GitHub asks to wait until `until`, which is beyond the deadline."""

    until: datetime
    reason: str
    requests: int


@dataclass(frozen=True)
class Failed:
    """Nothing at all, and why."""

    fault: GitHubFault
    page_size: PagePlanner
    requests: int

    @property
    def may_be_one_item(self) -> bool:
        """Whether a single item may be at fault: then it is put off, and the others are read."""
        return isinstance(self.fault, TooHeavy | Unavailable | Unusable)


@dataclass(frozen=True)
class Attempt:
    """The next try: how many items, with which fields.

    Below `smallest` there is only the ladder of lighter queries, which loses fields; without a
    ladder the same is asked for `patience` times more. `faults` are those of this size and these
    fields; one that may be chance is followed by `retries` of the same. `size_is_blamed`: something
    said that the size is at fault. `is_suspected`: perhaps it is, until a size that did come before
    fails as well.
    """

    page_size: PagePlanner
    detail: Detail = Detail.FULL
    alone: bool = False
    smallest: int = 1
    has_ladder: bool = True
    patience: int = 3
    last_step: Detail = Detail.IDENTITY
    is_first: bool = True
    retries: int = 1
    faults: tuple[type[GitHubFault], ...] = ()
    size_is_blamed: bool = False
    is_suspected: bool = False

    @property
    def first(self) -> int:
        """How many items to ask for."""
        return self.smallest if self.alone else self.page_size.size

    def after(self, fault: GitHubFault, now: datetime, *, is_chance: bool) -> "Next | None":
        """Return what to ask for after a fault, which may be chance; None to give up."""
        faults = (*self.faults, type(fault))
        retries = self.retries if is_chance else 0
        decision = decide(fault, faults.count(type(fault)), now, retries)
        if isinstance(decision, GiveUp):
            return None
        if not decision.lighter:
            return Next(replace(self, faults=faults), decision.until)
        if not self.has_ladder and self.first == self.smallest and self.patience:
            again = replace(self, faults=faults, patience=self.patience - 1)
            return Next(again, decision.until)
        return Next(self.lighter(is_chance=is_chance), decision.until)

    def lighter(self, *, is_chance: bool = False) -> "Attempt | None":
        """Ask for less: half the page, then one item with fewer fields. None after the last."""
        if self.first > self.smallest:
            return self._smaller(is_chance=is_chance)
        if not self.has_ladder or self.detail >= self.last_step:
            return None
        # From here on each step loses fields. GitHub may have been busy: ask once more before.
        if self.is_first and not self.alone and not is_chance:
            return replace(self, is_first=False, faults=())
        return replace(self, detail=Detail(self.detail + 1), is_first=False, faults=())

    def _smaller(self, *, is_chance: bool) -> "Attempt":
        """Ask for a smaller page. Only at the smallest is there a loss to fear from chance."""
        is_doubtful = is_chance and self.page_size.is_blameless
        size = self.page_size
        smaller = size.in_doubt() if is_doubtful else size.blamed() if is_chance else size.cut_off()
        smaller = smaller.at_least(self.smallest)
        return replace(
            self,
            page_size=smaller,
            is_first=False,
            faults=(),
            retries=int(self.has_ladder and smaller.size == self.smallest),
            size_is_blamed=self.size_is_blamed or not is_chance,
            is_suspected=is_chance and not is_doubtful,
        )

    def next_page_size(
        self, before: PagePlanner, milliseconds: int, response: ParsedResponse[Any]
    ) -> PagePlanner:
        """Plan the page after this one came, which was asked for with `before` at first."""
        # A page that lacks fields took less time than a whole one: nothing is learnt from it.
        if self.detail > Detail.FULL:
            return before.passed(response.connections)
        if self.alone or before.fixed:
            return before
        planned = self.page_size.came(milliseconds, response.connections, response.items)
        if self.first < before.size and not (self.size_is_blamed or self.is_suspected):
            return before.came_smaller(planned, self.page_size)
        return planned


@dataclass(frozen=True)
class Next:
    """The attempt after a fault, null when nothing is left to try, and when it is due."""

    attempt: Attempt | None
    until: datetime


Ask = Callable[[Attempt], ParsedResponse[T] | None]
"""Ask once. None: the first item came damaged, so it must be asked for alone, and lighter."""


class Fetcher:
    """Fetch one thing at a time until a deadline."""

    def __init__(self, client: GitHubClient, clock: Clock, progress: Progress) -> None:
        self._client = client
        self._clock = clock
        self._progress = progress

    def fetch(
        self,
        ask: Ask[T],
        page_size: PagePlanner,
        deadline: datetime,
        *,
        smallest: int = 1,
        has_ladder: bool = True,
        last_step: Detail = Detail.IDENTITY,
    ) -> Fetched[T] | Deferred | Failed:
        """Return what `ask` brings, of that size or less, or why there is nothing."""
        sent = self._client.requests_sent
        page_size = page_size.at_least(smallest)
        attempt: Attempt | None = Attempt(
            page_size,
            smallest=smallest,
            has_ladder=has_ladder,
            last_step=last_step,
            retries=int(page_size.is_blameless if page_size.size > smallest else has_ladder),
        )
        fault: GitHubFault | None = None
        is_cut_off = False
        while attempt is not None:
            started = self._clock.now()
            try:
                fetched = self._try(ask, page_size, attempt)
            except GitHubFault as raised:
                fault, now = raised, self._clock.now()
                chance = is_chance(fault, (now - started).total_seconds())
                is_cut_off |= isinstance(fault, TooHeavy) and not chance
                following = attempt.after(fault, now, is_chance=chance)
                if following is None:
                    break
                # A run does not sleep past its end: the source stays due, and the next run goes on.
                if following.until > deadline:
                    requests = self._client.requests_sent - sent
                    return Deferred(following.until, fault.message, requests)
                attempt = following.attempt
                self._wait(following.until, fault.message)
                continue
            if fetched is not None:
                return replace(fetched, requests=self._client.requests_sent - sent)
            # The first item came damaged. Alone, the others need not suffer for it.
            attempt = attempt.lighter() if attempt.first == 1 else replace(attempt, alone=True)
        # The next turn begins smaller, though this one came to nothing.
        smaller = page_size.cut_off().at_least(smallest) if is_cut_off else page_size
        damaged = "GitHub gives a pull request damaged, however it is asked."
        requests = self._client.requests_sent - sent
        return self._give_up(fault or Unusable(damaged), page_size, smaller, requests)

    def _try(self, ask: Ask[T], page_size: PagePlanner, attempt: Attempt) -> Fetched[T] | None:
        started = self._clock.now()
        response = ask(attempt)
        if response is None:
            return None
        milliseconds = int((self._clock.now() - started).total_seconds() * 1000)
        planned = attempt.next_page_size(page_size, milliseconds, response)
        return Fetched(
            content=response.content,
            page_size=planned.at_least(attempt.smallest),
            rate_limit=response.rate_limit,
            first=attempt.first,
            points=response.points,
            requests=1,
            milliseconds=milliseconds,
        )

    def _give_up(
        self, fault: GitHubFault, size: PagePlanner, smaller: PagePlanner, requests: int
    ) -> Deferred | Failed:
        if isinstance(fault, RateLimited):
            return Deferred(self._clock.now() + PATIENCE, fault.message, requests)
        is_too_much = isinstance(fault, TooHeavy | Unavailable) and not size.fixed
        if isinstance(fault, TooHeavy) and fault.has_no_data:
            # Not even the least came: then nothing is wrong with how much was asked for.
            fault = Unavailable(fault.message)
        return Failed(fault, smaller if is_too_much else size, requests)

    def _wait(self, until: datetime, reason: str) -> None:
        self._progress.waits(until, reason)
        self._clock.sleep(max(0.0, (until - self._clock.now()).total_seconds()))
