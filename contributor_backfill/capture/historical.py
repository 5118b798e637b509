"""The incremental sync: pull requests, newest change first, down to what is known to be stored."""

from dataclasses import replace
from datetime import datetime

from contributor_backfill.capture.fetching import Deferred, Failed, Fetcher
from contributor_backfill.capture.pages import asking_for_page
from contributor_backfill.capture.steps import Part, Resource, Step
from contributor_backfill.domain.batching import split
from contributor_backfill.domain.chunking import chunk_size
from contributor_backfill.domain.feeds import FeedClaim, Position
from contributor_backfill.domain.harvest import Harvest
from contributor_backfill.domain.records import Batch, Page
from contributor_backfill.domain.trimming import trimmed_page
from contributor_backfill.domain.types import PageSize
from contributor_backfill.github.client import GitHubClient
from contributor_backfill.github.pages import UPDATED_AT


class SyncSteps:
    """Read page after page until the target, which is below the watermark.

    A pull request that changes while it is read moves to the front, before the pass. The next pass
    finds it, because the watermark becomes the moment when this one began.
    """

    def __init__(self, client: GitHubClient, fetcher: Fetcher) -> None:
        self._client = client
        self._fetcher = fetcher

    def next(self, claim: FeedClaim, deadline: datetime) -> Step | Deferred | Failed:
        """Ask for the next page."""
        position = _position(claim)
        ask = asking_for_page(self._client, claim.repository, position.cursor, UPDATED_AT)
        size = claim.page_size or PageSize(chunk_size(claim.repository.total))
        fetched = self._fetcher.fetch(ask, size, deadline)
        if isinstance(fetched, Deferred | Failed):
            return fetched
        page = trimmed_page(fetched.content, claim.repository.storage)
        parts = tuple(_part(page, batch, position) for batch in split(page))
        return Step(parts, fetched, Resource.GRAPHQL)

    def resource(self, claim: FeedClaim) -> Resource:  # noqa: ARG002  # the protocol's
        """Return GraphQL's."""
        return Resource.GRAPHQL


def _part(page: Page, batch: Batch, position: Position) -> Part:
    at_end = not batch.has_next_page
    return Part(
        Harvest(batch.items),
        replace(position, cursor=batch.end_cursor),
        finished=at_end or _is_past(batch, position.target),
        page=page,
    )


def _is_past(batch: Batch, target: datetime | None) -> bool:
    """Tell whether the last pull request of a batch changed before the target."""
    moments = [item.pull_request.updated_at for item in batch.items if item.pull_request]
    return bool(target and moments and datetime.fromisoformat(moments[-1]) < target)


def _position(claim: FeedClaim) -> Position:
    assert claim.position is not None, "a claim of this feed begins a pass"
    return claim.position
