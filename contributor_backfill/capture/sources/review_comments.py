"""The review comments of a whole repository, oldest change first, from REST's own quota."""

from collections.abc import Callable
from dataclasses import replace

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
from contributor_backfill.domain.harvest import sliced, trimmed_harvest
from contributor_backfill.domain.page_planner import PagePlanner
from contributor_backfill.domain.policy import LARGEST_PAGE, SMALLEST_COMMENTS_PAGE
from contributor_backfill.domain.sources import Claim, Position, SourceName
from contributor_backfill.domain.types import RepositoryId
from contributor_backfill.github.client import GitHubClient
from contributor_backfill.github.review_comments import (
    CommentsPage,
    comments_parameters,
    comments_path,
    read_comments,
)

NotStored = Callable[[RepositoryId, tuple[int, ...]], tuple[int, ...]]


class ReviewComments(Source):
    """Read page after page; a pull request that is not stored is captured before its comments."""

    name = SourceName.REVIEW_COMMENTS

    def __init__(self, client: GitHubClient, fetcher: Fetcher, not_stored: NotStored) -> None:
        self._client = client
        self._fetcher = fetcher
        self._numbers = Numbers(client, fetcher)
        self._not_stored = not_stored
        self._waiting: tuple[Position, Fetched[CommentsPage]] | None = None
        self._asked_for: set[tuple[RepositoryId, int]] = set()

    def next(self, claim: Claim, limits: Limits) -> Step | Deferred | Failed:
        """Ask for the next page, or first for the pull requests that the last one hangs on."""
        assert claim.position is not None, "a claim of this source begins a pass"
        fetched = self._page(claim, claim.position, limits)
        if isinstance(fetched, Deferred | Failed):
            return fetched
        # A review comment needs the row of its pull request. The page waits until that is stored.
        if numbers := self._missing(claim, fetched.content.numbers):
            return self._capture(claim, numbers, limits)
        self._waiting = None
        page = fetched.content
        harvest = trimmed_harvest(page.harvest, claim.repository.storage)
        # Only the first page is asked for again with the same address, so only its etag can match.
        etag = page.etag if _is_first(claim.position) else None
        following = replace(page.position, etag=etag)
        commits = sliced(harvest, claim.position, following, finished=not page.has_next_page)
        return Step(commits, fetched, self.resource(claim))

    def _page(
        self, claim: Claim, position: Position, limits: Limits
    ) -> Fetched[CommentsPage] | Deferred | Failed:
        if self._waiting and self._waiting[0] == position:
            # It was fetched before its pull requests were. Its requests count with its commit.
            return self._waiting[1]
        etag = claim.etag if _is_first(position) else None
        ask = asking_for_comments(self._client, claim.repository.full_name, position, etag)
        size = claim.page_size or PagePlanner(LARGEST_PAGE)
        fetched = self._fetcher.fetch(
            ask, size, limits.deadline, smallest=SMALLEST_COMMENTS_PAGE, has_ladder=False
        )
        if isinstance(fetched, Fetched):
            self._waiting = position, fetched
        return fetched

    def _missing(self, claim: Claim, numbers: tuple[int, ...]) -> tuple[int, ...]:
        """Return the pull requests to be captured first, each asked for once."""
        repository_id = claim.repository.repository_id
        missing = self._not_stored(repository_id, numbers) if numbers else ()
        # One that GitHub does not give either must not be asked for on every page.
        return tuple(n for n in missing if (repository_id, n) not in self._asked_for)

    def _capture(
        self, claim: Claim, numbers: tuple[int, ...], limits: Limits
    ) -> Step | Deferred | Failed:
        step = self._numbers.step(claim, numbers, limits)
        if isinstance(step, Step):
            repository_id = claim.repository.repository_id
            self._asked_for |= {(repository_id, n) for n in numbers[: step.fetched.first]}
        return step


def _is_first(position: Position) -> bool:
    """Tell whether the list is read from the watermark on, as the next pass will read it."""
    return position.probes and position.page == 1 and position.per_page is None


def asking_for_comments(
    client: GitHubClient, full_name: str, position: Position, etag: str | None = None
) -> Ask[CommentsPage]:
    """Return what asks for the page at a position, unless it is still the one of `etag`."""

    def ask(attempt: Attempt) -> ParsedResponse[CommentsPage]:
        per_page = attempt.first
        response = client.get(
            comments_path(full_name), comments_parameters(position, per_page), etag
        )
        page = read_comments(response, position, per_page)
        return ParsedResponse(page, response.rate_limit, points=0, connections=0)

    return ask
