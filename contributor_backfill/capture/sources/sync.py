"""The incremental sync: pull requests, newest change first, down to what is known to be stored."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from contributor_backfill.capture.fetcher import Deferred, Failed
from contributor_backfill.capture.source import Limits, Step
from contributor_backfill.capture.sources.pages import PullRequestPages
from contributor_backfill.domain.harvest import Batch, Commit, split
from contributor_backfill.domain.policy import SETTLED
from contributor_backfill.domain.records import Page
from contributor_backfill.domain.sources import Claim, Position, SourceName
from contributor_backfill.github.pull_requests import UPDATED_AT


class Sync(PullRequestPages):
    """Read page after page until the target, which is below the watermark.

    A pull request that changes while it is read moves to the front, before the pass. The next pass
    finds it, because the watermark becomes the newest change on the first page of this one.
    """

    name = SourceName.SYNC
    order_by = UPDATED_AT

    def next(self, claim: Claim, limits: Limits) -> Step | Deferred | Failed:
        """Ask for the next page."""
        assert claim.position is not None, "a claim of this source begins a pass"
        fetched = self._page(claim, limits, claim.position.cursor)
        if isinstance(fetched, Deferred | Failed):
            return fetched
        return Step(tuple(_commits(fetched.content, claim.position)), fetched, self.resource(claim))


def _commits(page: Page, position: Position) -> Iterator[Commit]:
    # The first page holds the newest change, which becomes the next watermark.
    if position.cursor is None:
        position = _dated(position, page)
    for batch in split(page):
        position = replace(
            position, cursor=batch.end_cursor, changed=position.changed + _changed(batch, position)
        )
        at_end = not batch.has_next_page
        yield Commit(
            batch.harvest,
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
    return sum(not position.target or moment > position.target for moment in _moments(batch))


def _is_past(batch: Batch, target: datetime | None) -> bool:
    """Tell whether the last pull request of a batch changed before the target."""
    moments = _moments(batch)
    return bool(target and moments and moments[-1] < target)


def _moments(batch: Batch | Page) -> list[datetime]:
    """Return when each pull request last changed."""
    pull_requests = (item.pull_request for item in batch.items)
    return [datetime.fromisoformat(p.updated_at) for p in pull_requests if p]
