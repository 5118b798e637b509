"""The queue of a repository: pull requests to be captured, and connections to be read on."""

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
    ConnectionProgress,
    Harvest,
    Settled,
    sliced,
    trimmed_harvest,
)
from contributor_backfill.domain.page_planner import PagePlanner
from contributor_backfill.domain.policy import FIRST_CONNECTIONS
from contributor_backfill.domain.sources import (
    Claim,
    Connection,
    Doubt,
    PendingConnection,
    SourceName,
)
from contributor_backfill.domain.types import Repository
from contributor_backfill.github.client import GitHubClient
from contributor_backfill.github.connections import (
    ConnectionsRequest,
    item_path,
    pull_request_path,
    read_connections,
)
from contributor_backfill.github.faults import Gone
from contributor_backfill.github.review_comments import (
    comments_path,
    connection_parameters,
    read_connection,
)
from contributor_backfill.github.tokens import Resource

BY_GRAPHQL = (Connection.REVIEWS, Connection.COMMENTS)


class Connections(Source):
    """Work through the queue: wanted pull requests, then connections, many of them in a query."""

    name = SourceName.CONNECTIONS

    def __init__(self, client: GitHubClient, fetcher: Fetcher) -> None:
        self._client = client
        self._fetcher = fetcher
        self._numbers = Numbers(client, fetcher)

    def next(self, claim: Claim, limits: Limits) -> Step | Deferred | Failed:
        """Ask for what has waited longest."""
        work = claim.work
        if work.numbers:
            return self._numbers.step(claim, work.numbers, limits)
        if pending := _by_graphql(claim):
            return self._by_graphql(claim, pending, limits)
        if work.lists:
            return self._by_rest(claim, work.lists[0], limits)
        return self._doubt(claim, work.doubts[0], limits)

    def resource(self, claim: Claim) -> Resource:
        """Say which quota the next step spends."""
        if claim.work.numbers or _by_graphql(claim):
            return Resource.GRAPHQL
        return Resource.REST

    def has_nothing(self, claim: Claim) -> bool:
        """Tell whether the queue is empty."""
        return not claim.work

    def _by_graphql(
        self, claim: Claim, pending: tuple[PendingConnection, ...], limits: Limits
    ) -> Step | Deferred | Failed:
        size = claim.page_size or PagePlanner(FIRST_CONNECTIONS)
        ask = asking_for_connections(self._client, pending)
        fetched = self._fetcher.fetch(ask, size, limits.deadline, has_ladder=False)
        if isinstance(fetched, Failed):
            return _unreadable(pending[0], fetched)
        return fetched if isinstance(fetched, Deferred) else _step(claim, fetched, Resource.GRAPHQL)

    def _by_rest(
        self, claim: Claim, pending: PendingConnection, limits: Limits
    ) -> Step | Deferred | Failed:
        fetched = self._fetch_one(
            asking_for_review_comments(self._client, claim.repository, pending), limits
        )
        if isinstance(fetched, Failed):
            return _unreadable(pending, fetched)
        return fetched if isinstance(fetched, Deferred) else _step(claim, fetched, Resource.REST)

    def _doubt(self, claim: Claim, doubt: Doubt, limits: Limits) -> Step | Deferred | Failed:
        """Ask for a row that a connection did not show, by its own address."""
        fetched = self._fetch_one(asking_for_item(self._client, claim.repository, doubt), limits)
        if isinstance(fetched, Failed) and fetched.may_be_one_item:
            unknown = Harvest(doubts=(Settled(doubt.kind, doubt.github_id, exists=None),))
            fetched = Fetched(unknown, fetched.page_size, None, 1, 0, fetched.requests, 0)
        if isinstance(fetched, Deferred | Failed):
            return fetched
        return _step(claim, fetched, Resource.REST)

    def _fetch_one(self, ask: Ask[Harvest], limits: Limits) -> Fetched[Harvest] | Deferred | Failed:
        size = PagePlanner(1, fixed=True)
        return self._fetcher.fetch(ask, size, limits.deadline, has_ladder=False)


def asking_for_connections(
    client: GitHubClient, pending: tuple[PendingConnection, ...]
) -> Ask[Harvest]:
    """Return what asks for the first of these connections, as many as the plan has."""

    def ask(attempt: Attempt) -> ParsedResponse[Harvest]:
        request = ConnectionsRequest(pending[: attempt.first])
        response = client.execute(request.query, request.variables)
        return ParsedResponse(
            read_connections(response, request), response.rate_limit, response.points, connections=1
        )

    return ask


def asking_for_review_comments(
    client: GitHubClient, repository: Repository, pending: PendingConnection
) -> Ask[Harvest]:
    """Return what asks for the next page of one pull request's review comments."""

    def ask(_: Attempt) -> ParsedResponse[Harvest]:
        path = comments_path(repository.full_name, pending.number)
        try:
            response = client.get(path, connection_parameters(pending))
        except Gone:
            return ParsedResponse(Harvest(lists=(_progress(pending, gone=True),)), None, 0, 0)
        return ParsedResponse(
            read_connection(response, pending), response.rate_limit, points=0, connections=0
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


def _by_graphql(claim: Claim) -> tuple[PendingConnection, ...]:
    return tuple(pending for pending in claim.work.lists if pending.connection in BY_GRAPHQL)


def _unreadable(pending: PendingConnection, failed: Failed) -> Step | Failed:
    """Put off a connection that GitHub cannot give, so that those behind it are read."""
    if not failed.may_be_one_item:
        return failed
    harvest = Harvest(lists=(_progress(pending, error=str(failed.fault)),))
    fetched = Fetched(harvest, failed.page_size, None, 1, 0, failed.requests, 0)
    return Step(sliced(harvest, None, None), fetched, Resource.GRAPHQL, keeps_page_size=False)


def _step(claim: Claim, fetched: Fetched[Harvest], resource: Resource) -> Step:
    harvest = trimmed_harvest(fetched.content, claim.repository.storage)
    # REST gives one connection at a time: there is no size to remember.
    keeps_page_size = resource is Resource.GRAPHQL
    return Step(sliced(harvest, None, None), fetched, resource, keeps_page_size)


def _progress(
    pending: PendingConnection, *, gone: bool = False, error: str | None = None
) -> ConnectionProgress:
    return ConnectionProgress(
        pending.pull_request_github_id,
        pending.connection.value,
        pending.cursor,
        gone=gone,
        error=error,
    )
