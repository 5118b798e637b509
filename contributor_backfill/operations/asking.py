"""What an estimate asks GitHub, with an account of what it spent."""

from datetime import timedelta
from typing import Any, TypeVar

from contributor_backfill.capture.fetcher import Ask, Attempt, Deferred, Failed, Fetcher, Reply
from contributor_backfill.capture.progress import Silence
from contributor_backfill.domain.clock import Clock
from contributor_backfill.domain.page_planner import PagePlanner
from contributor_backfill.domain.sample import SampledPullRequest, SampledReviewComment
from contributor_backfill.github.client import GitHubClient
from contributor_backfill.github.documents import query_text
from contributor_backfill.github.faults import Unavailable
from contributor_backfill.github.pull_requests import of_the_queried_shape
from contributor_backfill.github.repositories import repository_row
from contributor_backfill.github.review_comments import feed_path
from contributor_backfill.github.sampling import (
    CONNECTIONS,
    SampleRequest,
    newest_numbers,
    page_parameters,
    read_review_comments,
    read_sample,
)

T = TypeVar("T")
PATIENCE = timedelta(minutes=1)
SMALLEST_SIZE = 5
ONE = PagePlanner(1, fixed=True)


class Asking:
    """Ask for one thing at a time, for a minute at most.

    Every method raises `Gone` and the other faults of GitHub.
    """

    def __init__(self, client: GitHubClient, clock: Clock) -> None:
        self.points = 0
        self.requests = 0
        """REST's."""
        self.hourly_points: int | None = None
        """The token's limit in GitHub's own words; null before the first answer, or without one."""
        self._client = client
        self._fetcher = Fetcher(client, clock, Silence())
        self._deadline = clock.now() + PATIENCE

    def repository(self, full_name: str) -> dict[str, Any]:
        """Return the repository's row."""
        owner, name = full_name.split("/")
        self._client.serve(full_name)

        def ask(_: Attempt) -> Reply[dict[str, Any]]:
            answer = self._client.execute(query_text("repository"), {"owner": owner, "name": name})
            with of_the_queried_shape():
                row = repository_row(answer.data["repository"])
            return Reply(row, answer.rate_limit, answer.points, 0)

        return self._fetched(ask, ONE)[0]

    def newest_numbers(self, node_id: str) -> tuple[int, ...]:
        """Return the numbers of up to a hundred pull requests, the newest first."""

        def ask(_: Attempt) -> Reply[tuple[int, ...]]:
            answer = self._client.execute(query_text("newest_numbers"), {"repository": node_id})
            return Reply(newest_numbers(answer), answer.rate_limit, answer.points, 1)

        return self._fetched(ask, ONE)[0]

    def pull_requests(
        self, node_id: str, numbers: tuple[int, ...], size: int
    ) -> tuple[tuple[SampledPullRequest, ...], int]:
        """Return those of the first `size` numbers that are pull requests.

        Beside them is how many numbers were asked for: fewer where so many were too much.
        """

        def ask(attempt: Attempt) -> Reply[tuple[SampledPullRequest, ...]]:
            request = SampleRequest(node_id, numbers[: attempt.first])
            answer = self._client.execute(request.query, request.variables)
            found = read_sample(answer, request)
            return Reply(found, answer.rate_limit, answer.points, CONNECTIONS)

        return self._fetched(ask, PagePlanner(size), smallest=SMALLEST_SIZE)

    def review_comments(
        self, full_name: str, page: int, per_page: int
    ) -> tuple[SampledReviewComment, ...]:
        """Return a page of inline comments, counted from 1 at the oldest."""

        def ask(_: Attempt) -> Reply[tuple[SampledReviewComment, ...]]:
            self.requests += 1
            answer = self._client.get(feed_path(full_name), page_parameters(page, per_page))
            return Reply(read_review_comments(answer), None, 0, 0)

        return self._fetched(ask, ONE)[0]

    def _fetched(self, ask: Ask[T], size: PagePlanner, smallest: int = 1) -> tuple[T, int]:
        """Return what GitHub answers, and how many things were asked for."""
        fetched = self._fetcher.fetch(
            ask, size, self._deadline, smallest=smallest, has_ladder=False
        )
        if isinstance(fetched, Deferred):
            raise Unavailable(
                f"GitHub asks to wait until {fetched.until:%H:%M} UTC: {fetched.reason}",
                advice="Estimate again then.",
            )
        if isinstance(fetched, Failed):
            raise fetched.fault
        self.points += fetched.points
        if fetched.rate_limit:
            self.hourly_points = fetched.rate_limit.limit
        return fetched.content, fetched.first
