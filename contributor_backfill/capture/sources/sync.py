"""The incremental sync: pull requests, newest change first, down to what is known to be stored."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from contributor_backfill.capture.fetcher import Deferred, Failed, Fetcher
from contributor_backfill.capture.pages import fetch_page
from contributor_backfill.capture.source import Part, Resource, Step
from contributor_backfill.domain.batching import split
from contributor_backfill.domain.feeds import FeedClaim, Position
from contributor_backfill.domain.freshness import SETTLED
from contributor_backfill.domain.harvest import Harvest
from contributor_backfill.domain.records import Batch, Page
from contributor_backfill.domain.trimming import trimmed_page
from contributor_backfill.github.client import GitHubClient
from contributor_backfill.github.pages import UPDATED_AT


class SyncSteps:
    """Read page after page until the target, which is below the watermark.

    A pull request that changes while it is read moves to the front, before the pass. The next pass
    finds it, because the watermark becomes the newest change on the first page of this one.
    """

    def __init__(self, client: GitHubClient, fetcher: Fetcher) -> None:
        self._client = client
        self._fetcher = fetcher

    def next(self, claim: FeedClaim, deadline: datetime) -> Step | Deferred | Failed:
        """Ask for the next page."""
        assert claim.position is not None, "a claim of this feed begins a pass"
        self._client.serve(claim.repository.full_name)
        cursor = claim.position.cursor
        fetched = fetch_page(
            self._client, self._fetcher, claim, deadline, cursor=cursor, order_by=UPDATED_AT
        )
        if isinstance(fetched, Deferred | Failed):
            return fetched
        page = trimmed_page(fetched.content, claim.repository.storage)
        return Step(tuple(_parts(page, claim.position)), fetched, Resource.GRAPHQL)

    def resource(self, claim: FeedClaim) -> Resource:  # noqa: ARG002  # the protocol's
        """Return GraphQL's."""
        return Resource.GRAPHQL


def _parts(page: Page, position: Position) -> Iterator[Part]:
    if position.cursor is None:
        position = _dated(position, page)
    for batch in split(page):
        position = replace(
            position, cursor=batch.end_cursor, changed=position.changed + _changed(batch, position)
        )
        at_end = not batch.has_next_page
        yield Part(
            Harvest(batch.items),
            position,
            finished=at_end or _is_past(batch, position.target),
            page=page,
        )


def _dated(position: Position, page: Page) -> Position:
    """Return a position that knows the newest change, from the first page of a pass.

    It is GitHub's own time, held against GitHub's own clock: ours may differ by an hour.
    """
    newest = max(_moments(page), default=None)
    is_settled = bool(newest and page.dated and page.dated - newest > SETTLED)
    return replace(position, newest=newest, is_settled=is_settled)


def _changed(batch: Batch, position: Position) -> int:
    """Count the pull requests of a batch that changed since the target."""
    return sum(not position.target or each > position.target for each in _moments(batch))


def _is_past(batch: Batch, target: datetime | None) -> bool:
    """Tell whether the last pull request of a batch changed before the target."""
    moments = _moments(batch)
    return bool(target and moments and moments[-1] < target)


def _moments(batch: Batch | Page) -> list[datetime]:
    """Return when each pull request last changed."""
    own = (item.pull_request for item in batch.items)
    return [datetime.fromisoformat(each.updated_at) for each in own if each]
