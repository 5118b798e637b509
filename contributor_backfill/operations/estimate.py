"""Estimate what a full capture of a repository takes, from a sample that costs six points."""

import math
from collections.abc import Iterable
from datetime import timedelta
from random import Random
from typing import Any, TypeVar

from contributor_backfill.capture.fetcher import (
    Ask,
    Attempt,
    Deferred,
    Failed,
    Fetcher,
    ParsedResponse,
)
from contributor_backfill.capture.report import Progress, Silence
from contributor_backfill.domain.clock import Clock
from contributor_backfill.domain.estimate import (
    UNKNOWN_PACE,
    USUAL_STORAGES,
    Estimate,
    Quotas,
    RequestPace,
    Sample,
    SampledPullRequest,
    SampledReviewComment,
    estimate,
    numbers_to_try,
)
from contributor_backfill.domain.page_planner import PagePlanner, thriftiest_size
from contributor_backfill.domain.policy import LARGEST_PAGE
from contributor_backfill.domain.storage import Storage
from contributor_backfill.github.client import GitHubClient
from contributor_backfill.github.documents import query_text
from contributor_backfill.github.faults import Unavailable, Unusable
from contributor_backfill.github.http import expected_shape
from contributor_backfill.github.pull_requests import connections
from contributor_backfill.github.repositories import repository_row
from contributor_backfill.github.review_comments import comments_path
from contributor_backfill.github.totals import (
    CONNECTIONS,
    SampleRequest,
    hourly_requests,
    newest_numbers,
    page_parameters,
    read_review_comments,
    read_sample,
)

T = TypeVar("T")
PATIENCE = timedelta(minutes=1)
SMALLEST_SIZE = 5
ONE = PagePlanner(1, fixed=True)


class Sampler:
    """Ask for one thing at a time, for a minute at most.

    Every method raises `Gone` and the other faults of GitHub.
    """

    def __init__(
        self, client: GitHubClient, clock: Clock, progress: Progress | None = None
    ) -> None:
        self.points = 0
        self.requests = 0
        """Those of REST."""
        self.hourly_points: int | None = None
        """The token's limit as GitHub says it; null before the first response, or without one."""
        self._client = client
        self._fetcher = Fetcher(client, clock, progress or Silence())
        self._deadline = clock.now() + PATIENCE

    def repository(self, full_name: str) -> dict[str, Any]:
        """Return the repository's row."""
        owner, name = full_name.split("/")
        self._client.serve(full_name)

        def ask(_: Attempt) -> ParsedResponse[dict[str, Any]]:
            variables = {"owner": owner, "name": name}
            response = self._client.execute(query_text("repository"), variables)
            with expected_shape():
                row = repository_row(response.data["repository"])
            return ParsedResponse(row, response.rate_limit, response.points, 0)

        return self._fetched(ask, ONE)[0]

    def newest_numbers(self, node_id: str) -> tuple[int, ...]:
        """Return the numbers of up to a hundred pull requests, the newest first."""

        def ask(_: Attempt) -> ParsedResponse[tuple[int, ...]]:
            response = self._client.execute(query_text("newest_numbers"), {"repository": node_id})
            return ParsedResponse(newest_numbers(response), response.rate_limit, response.points, 1)

        return self._fetched(ask, ONE)[0]

    def pull_requests(
        self, node_id: str, numbers: tuple[int, ...], size: int
    ) -> tuple[tuple[SampledPullRequest, ...], int]:
        """Return those of the first `size` numbers that are pull requests.

        Beside them is how many numbers were asked for: fewer where so many were too much.
        """

        def ask(attempt: Attempt) -> ParsedResponse[tuple[SampledPullRequest, ...]]:
            request = SampleRequest(node_id, numbers[: attempt.first])
            response = self._client.execute(request.query, request.variables)
            found = read_sample(response, request)
            return ParsedResponse(found, response.rate_limit, response.points, CONNECTIONS)

        return self._fetched(ask, PagePlanner(size), smallest=SMALLEST_SIZE)

    def review_comments(
        self, full_name: str, page: int, per_page: int
    ) -> tuple[SampledReviewComment, ...]:
        """Return a page of review comments, counted from 1 at the oldest."""

        def ask(_: Attempt) -> ParsedResponse[tuple[SampledReviewComment, ...]]:
            self.requests += 1
            response = self._client.get(comments_path(full_name), page_parameters(page, per_page))
            return ParsedResponse(read_review_comments(response), None, 0, 0)

        return self._fetched(ask, ONE)[0]

    def _fetched(self, ask: Ask[T], size: PagePlanner, smallest: int = 1) -> tuple[T, int]:
        """Return GitHub's response as it was read, and how many things were asked for."""
        fetched = self._fetcher.fetch(
            ask, size, self._deadline, smallest=smallest, has_ladder=False
        )
        if isinstance(fetched, Deferred):
            raise Unavailable(
                f"GitHub asks to wait until {fetched.until:%H:%M} UTC: {fetched.reason}",
                advice="Run estimate again then.",
            )
        if isinstance(fetched, Failed):
            raise fetched.fault
        self.points += fetched.points
        if fetched.rate_limit:
            self.hourly_points = fetched.rate_limit.limit
        return fetched.content, fetched.first


MOST_QUERIES = 4
"""Queries of the sample, a point each; two more ask for the repository and its newest numbers."""
SIZE = thriftiest_size(LARGEST_PAGE, CONNECTIONS)
"""The numbers that one point pays for."""
ENOUGH = 2
"""The fewest pull requests that show how much they differ."""
PAGES, PER_PAGE = 3, 30
"""Of review comments. GitHub answers large pages of that list with 502 where it is long."""


def draw(sampler: Sampler, random: Random, repository: dict[str, Any]) -> Sample:
    """Draw pull requests of a repository at random, and comments on their diffs."""
    population = int(repository["pull_requests_total"])
    if not population:
        return Sample(0, (), points=sampler.points)
    found, tried, is_random = _pull_requests(sampler, random, repository["node_id"], population)
    if not found:
        raise Unusable("GitHub counts pull requests in this repository but returns none of them.")
    counted = sum(pull_request.review_comments for pull_request in found)
    comments: tuple[SampledReviewComment, ...] = ()
    if counted:
        about = counted * population / len(found)
        comments = _review_comments(sampler, random, repository["full_name"], about)
    return Sample(population, found, comments, tried, is_random, sampler.points, sampler.requests)


def _pull_requests(
    sampler: Sampler, random: Random, node_id: str, population: int
) -> tuple[tuple[SampledPullRequest, ...], int, bool]:
    """Return pull requests, how many numbers were tried, and whether they are random."""
    newest = sampler.newest_numbers(node_id)
    numbers = numbers_to_try(newest, population, MOST_QUERIES * SIZE, random)
    found: list[SampledPullRequest] = []
    tried, size = 0, SIZE
    for queries_left in range(MOST_QUERIES, 0, -1):
        rest = numbers[tried:]
        if not rest:
            break
        if queries_left == 1 and len(found) < ENOUGH:
            # Nearly all numbers are issues. The newest pull requests are better than none.
            batch, size = sampler.pull_requests(node_id, newest, size)
            return batch, tried + size, False
        batch, size = sampler.pull_requests(node_id, rest, size)
        found += batch
        tried += size
    return tuple(found), min(tried, len(numbers)), True


def _review_comments(
    sampler: Sampler, random: Random, full_name: str, about: float
) -> tuple[SampledReviewComment, ...]:
    """Return the review comments of a few pages, drawn from about so many comments."""
    pages = math.ceil(about / PER_PAGE)
    drawn = random.sample(range(1, pages + 1), min(PAGES, pages))
    found = [
        comment for page in drawn for comment in sampler.review_comments(full_name, page, PER_PAGE)
    ]
    # Their number is a guess: the drawn pages may lie beyond the end of the list.
    return tuple(found) or sampler.review_comments(full_name, 1, PER_PAGE)


def estimate_capture(
    client: GitHubClient,
    clock: Clock,
    random: Random,
    full_name: str,
    *,
    pace: RequestPace = UNKNOWN_PACE,
    storages: Iterable[Storage] = (),
    progress: Progress | None = None,
) -> Estimate:
    """Look a repository up, draw a sample of it, and work out what a capture takes.

    It costs six points at most and a few REST requests. `storages` are estimated besides the usual
    ones; `progress` hears why it waits. Raises `Gone` and the other faults of GitHub.
    """
    sampler = Sampler(client, clock, progress)
    repository = sampler.repository(full_name)
    sample = draw(sampler, random, repository)
    return estimate(
        repository["full_name"],
        sample,
        pace,
        Quotas(sampler.hourly_points, hourly_requests(client)),
        connections=connections(pace.with_labels),
        storages=(*USUAL_STORAGES, *storages),
    )
