"""Fetch one page, whatever GitHub answers: wait, ask for less, step down the ladder, or give up."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from contributor_backfill.capture.progress import Progress
from contributor_backfill.domain.chunking import after_clean_page, after_fault, after_poison
from contributor_backfill.domain.clock import Clock
from contributor_backfill.domain.records import Page
from contributor_backfill.domain.types import PAGE_QUERY, PageSize, RateLimit, Walk
from contributor_backfill.github.client import GitHubClient
from contributor_backfill.github.faults import (
    GitHubFault,
    RateLimited,
    TooHeavy,
    Unavailable,
    Unusable,
)
from contributor_backfill.github.pages import PageRequest, read_page
from contributor_backfill.github.repositories import node_id_of
from contributor_backfill.github.retrying import Detail, GiveUp, decide

PATIENCE = timedelta(minutes=15)
"""How long to leave GitHub alone after it kept on asking to wait."""


@dataclass(frozen=True)
class Fetched:
    """A page with what it cost; `page_size` is the plan for the next one, `first` this one's size.

    `requests` counts the tries that failed too; `milliseconds` and `points` are the last one's.
    """

    page: Page
    page_size: PageSize
    rate_limit: RateLimit | None
    first: int
    points: int
    requests: int
    milliseconds: int


@dataclass(frozen=True)
class Deferred:
    """No page now: GitHub asks to wait until `until`, which is beyond the deadline."""

    until: datetime
    reason: str
    requests: int


@dataclass(frozen=True)
class Failed:
    """No page at all, and why."""

    fault: GitHubFault
    page_size: PageSize
    requests: int


@dataclass(frozen=True)
class Attempt:
    """What is asked for at the next try."""

    page_size: PageSize
    detail: Detail = Detail.FULL
    alone: bool = False

    @property
    def first(self) -> int:
        """How many pull requests to ask for."""
        return 1 if self.alone else self.page_size.page_size

    def lighter(self) -> "Attempt | None":
        """Ask for less: half the page, then one pull request with fewer fields, then nothing."""
        if self.first > 1:
            return replace(self, page_size=after_fault(self.page_size))
        if self.detail < Detail.IDENTITY:
            return replace(self, detail=Detail(self.detail + 1))
        return None


class PageFetcher:
    """Fetch pages one at a time until a deadline."""

    def __init__(self, client: GitHubClient, clock: Clock, progress: Progress) -> None:
        self._client = client
        self._clock = clock
        self._progress = progress

    def fetch(
        self, walk: Walk, page_size: PageSize, deadline: datetime
    ) -> Fetched | Deferred | Failed:
        """Return the walk's next page, of that size or less, or why there is none."""
        sent_before = self._client.requests_sent
        attempt: Attempt | None = Attempt(page_size)
        tries: dict[type[GitHubFault], int] = {}
        fault: GitHubFault = Unusable("GitHub gives a pull request damaged, however it is asked.")
        while attempt is not None:
            try:
                outcome = self._try(walk, page_size, attempt)
            except GitHubFault as raised:
                fault = raised
                tries[type(fault)] = tries.get(type(fault), 0) + 1
                decision = decide(fault, tries[type(fault)], self._clock.now())
                if isinstance(decision, GiveUp):
                    break
                if decision.until > deadline:
                    sent = self._client.requests_sent - sent_before
                    return Deferred(decision.until, fault.message, sent)
                if decision.lighter:
                    attempt, tries = attempt.lighter(), {}
                self._wait(decision.until, fault.message)
                continue
            if outcome is not None:
                return replace(outcome, requests=self._client.requests_sent - sent_before)
            attempt = attempt.lighter() if attempt.first == 1 else replace(attempt, alone=True)
        return self._give_up(fault, page_size, self._client.requests_sent - sent_before)

    def _try(self, walk: Walk, page_size: PageSize, attempt: Attempt) -> Fetched | None:
        """Ask once. None: the first pull request came damaged."""
        started = self._clock.now()
        request = PageRequest(
            node_id=walk.node_id or node_id_of(self._client, walk.full_name, walk.github_id),
            first=attempt.first,
            after=walk.cursor,
            detail=attempt.detail,
            with_labels=walk.with_labels,
        )
        answer = self._client.execute(PAGE_QUERY, request.variables)
        page = read_page(answer, request)
        if not page.items and not page.complete:
            return None
        milliseconds = int((self._clock.now() - started).total_seconds() * 1000)
        return Fetched(
            page=page,
            page_size=_next_page_size(page_size, attempt, milliseconds, request.connections),
            rate_limit=answer.rate_limit,
            first=attempt.first,
            points=answer.points,
            requests=1,
            milliseconds=milliseconds,
        )

    def _give_up(self, fault: GitHubFault, size: PageSize, requests: int) -> Deferred | Failed:
        if isinstance(fault, RateLimited):
            return Deferred(self._clock.now() + PATIENCE, fault.message, requests)
        if isinstance(fault, TooHeavy | Unavailable) and not size.fixed:
            size = after_fault(size)
        return Failed(fault, size, requests)

    def _wait(self, until: datetime, reason: str) -> None:
        self._progress.waits(until, reason)
        self._clock.sleep(max(0.0, (until - self._clock.now()).total_seconds()))


def _next_page_size(
    before: PageSize, attempt: Attempt, milliseconds: int, connections: int
) -> PageSize:
    if attempt.detail > Detail.FULL:
        return after_poison(before)
    if attempt.alone or before.fixed:
        return before
    return after_clean_page(attempt.page_size, milliseconds, connections)
