"""Drain a repository's queue: pull requests that are wanted, and lists that are to be read on."""

from contributor_backfill.capture.fetcher import (
    Ask,
    Attempt,
    Deferred,
    Failed,
    Fetched,
    Fetcher,
    ParsedResponse,
)
from contributor_backfill.capture.source import Limits, Source, Step
from contributor_backfill.capture.sources.numbers import Numbers
from contributor_backfill.domain.harvest import (
    Harvest,
    ListProgress,
    Settled,
    sliced,
    trimmed_harvest,
)
from contributor_backfill.domain.page_planner import PagePlanner
from contributor_backfill.domain.policy import FIRST_LISTS
from contributor_backfill.domain.sources import (
    Claim,
    Connection,
    Doubt,
    PendingList,
    SourceName,
)
from contributor_backfill.domain.types import Repository
from contributor_backfill.github.client import GitHubClient
from contributor_backfill.github.connections import (
    ListsRequest,
    item_path,
    pull_request_path,
    read_lists,
)
from contributor_backfill.github.faults import Gone, TooHeavy, Unavailable, Unusable
from contributor_backfill.github.review_comments import (
    comments_path,
    connection_parameters,
    read_connection,
)
from contributor_backfill.github.tokens import Resource

LISTS_BY_GRAPHQL = (Connection.REVIEWS, Connection.COMMENTS)


class Connections(Source):
    """Work through the queue: wanted pull requests, then lists, a query for many of them."""

    name = SourceName.CONNECTIONS

    def __init__(self, client: GitHubClient, fetcher: Fetcher) -> None:
        self._client = client
        self._fetcher = fetcher
        self._numbers = Numbers(client, fetcher)

    def next(self, claim: Claim, limits: Limits) -> Step | Deferred | Failed:
        """Ask for what has waited longest."""
        if claim.work.numbers:
            numbers = claim.work.numbers
            return self._numbers.step(claim, numbers, limits)
        if lists := _by_graphql(claim):
            return self._lists(claim, lists, limits)
        if not claim.work.lists:
            return self._doubt(claim, claim.work.doubts[0], limits)
        return self._review_comments(claim, claim.work.lists[0], limits)

    def resource(self, claim: Claim) -> Resource:
        """Say which quota the next step spends."""
        if claim.work.numbers or _by_graphql(claim):
            return Resource.GRAPHQL
        return Resource.REST

    def has_nothing(self, claim: Claim) -> bool:
        """Tell whether the queue is empty."""
        return not claim.work

    def _lists(
        self, claim: Claim, lists: tuple[PendingList, ...], limits: Limits
    ) -> Step | Deferred | Failed:
        size = claim.page_size or PagePlanner(FIRST_LISTS)
        ask = asking_for_lists(self._client, lists)
        fetched = self._fetcher.fetch(ask, size, limits.deadline, has_ladder=False)
        if isinstance(fetched, Deferred):
            return fetched
        if isinstance(fetched, Failed):
            return self._unreadable(lists[0], fetched)
        return _step(claim, fetched, Resource.GRAPHQL)

    def _review_comments(
        self, claim: Claim, of: PendingList, limits: Limits
    ) -> Step | Deferred | Failed:
        ask = asking_for_list(self._client, claim.repository, of)
        fetched = self._fetcher.fetch(
            ask, PagePlanner(1, fixed=True), limits.deadline, has_ladder=False
        )
        if isinstance(fetched, Deferred):
            return fetched
        if isinstance(fetched, Failed):
            return self._unreadable(of, fetched)
        return _step(claim, fetched, Resource.REST, keeps_page_size=False)

    def _doubt(self, claim: Claim, doubt: Doubt, limits: Limits) -> Step | Deferred | Failed:
        """Ask for a row that a list did not show, by its own address."""
        ask = asking_for_item(self._client, claim.repository, doubt)
        fetched = self._fetcher.fetch(
            ask, PagePlanner(1, fixed=True), limits.deadline, has_ladder=False
        )
        if isinstance(fetched, Deferred):
            return fetched
        if isinstance(fetched, Failed):
            if not isinstance(fetched.fault, TooHeavy | Unavailable | Unusable):
                return fetched
            nothing = Harvest(doubts=(Settled(doubt.kind, doubt.github_id, exists=None),))
            fetched = Fetched(nothing, fetched.page_size, None, 1, 0, fetched.requests, 0)
        return _step(claim, fetched, Resource.REST, keeps_page_size=False)

    def _unreadable(self, of: PendingList, failed: Failed) -> Step | Failed:
        """Put off a single list that GitHub cannot answer, so that those behind it are read."""
        if not isinstance(failed.fault, TooHeavy | Unavailable | Unusable):
            return failed
        progress = _progress(of, error=str(failed.fault))
        fetched = Fetched(
            Harvest(lists=(progress,)), failed.page_size, None, 1, 0, failed.requests, 0
        )
        commits = sliced(fetched.content, None, None)
        return Step(commits, fetched, Resource.GRAPHQL, keeps_page_size=False)


def asking_for_lists(client: GitHubClient, lists: tuple[PendingList, ...]) -> Ask[Harvest]:
    """Return what asks for the first of these lists, as many as the plan has."""

    def ask(attempt: Attempt) -> ParsedResponse[Harvest]:
        request = ListsRequest(lists[: attempt.first])
        response = client.execute(request.query, request.variables)
        return ParsedResponse(
            read_lists(response, request), response.rate_limit, response.points, connections=1
        )

    return ask


def asking_for_list(client: GitHubClient, repository: Repository, of: PendingList) -> Ask[Harvest]:
    """Return what asks for the next page of one pull request's review comments."""

    def ask(_: Attempt) -> ParsedResponse[Harvest]:
        try:
            response = client.get(
                comments_path(repository.full_name, of.number), connection_parameters(of)
            )
        except Gone:
            return ParsedResponse(Harvest(lists=(_progress(of, gone=True),)), None, 0, 0)
        return ParsedResponse(
            read_connection(response, of), response.rate_limit, points=0, connections=0
        )

    return ask


def asking_for_item(client: GitHubClient, repository: Repository, doubt: Doubt) -> Ask[Harvest]:
    """Return what asks whether one review or comment is still there.

    Where it is not, its pull request must be: else the token may just not see the repository now.
    """

    def ask(_: Attempt) -> ParsedResponse[Harvest]:
        exists: bool | None = True
        left = None
        try:
            left = client.get(item_path(repository.full_name, doubt)).rate_limit
        except Gone:
            try:
                path = pull_request_path(repository.full_name, doubt.number)
                left, exists = client.get(path).rate_limit, False
            except Gone:
                exists = None
        settled = Settled(doubt.kind, doubt.github_id, exists)
        return ParsedResponse(Harvest(doubts=(settled,)), left, points=0, connections=0)

    return ask


def _by_graphql(claim: Claim) -> tuple[PendingList, ...]:
    return tuple(each for each in claim.work.lists if each.connection in LISTS_BY_GRAPHQL)


def _step(
    claim: Claim, fetched: Fetched[Harvest], resource: Resource, *, keeps_page_size: bool = True
) -> Step:
    harvest = trimmed_harvest(fetched.content, claim.repository.storage)
    return Step(sliced(harvest, None, None), fetched, resource, keeps_page_size)


def _progress(of: PendingList, *, gone: bool = False, error: str | None = None) -> ListProgress:
    return ListProgress(
        of.pull_request_github_id, of.connection.value, of.cursor, gone=gone, error=error
    )
