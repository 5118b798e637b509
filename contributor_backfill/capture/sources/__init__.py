"""The sources, a file for each, and the code that several of them share."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from contributor_backfill.domain.sources import SourceName

if TYPE_CHECKING:
    from contributor_backfill.capture.engine import Sources
    from contributor_backfill.capture.report import Progress
    from contributor_backfill.capture.source import Source
    from contributor_backfill.db.gateway import Gateway
    from contributor_backfill.domain.clock import Clock
    from contributor_backfill.github.client import GitHubClient


def all_sources(
    gateway: Gateway,
    client: GitHubClient,
    clock: Clock,
    progress: Progress,
    *,
    chunk_size: int | None = None,
) -> Sources:
    """Return every source that a run may capture; most find none due, so each is imported late.

    `chunk_size` fixes the pages of a backfill.
    """
    from contributor_backfill.capture.fetcher import Fetcher

    fetcher = Fetcher(client, clock, progress)

    @cache
    def source(name: SourceName) -> Source:
        found: Source
        match name:
            case SourceName.BACKFILL:
                from contributor_backfill.capture.sources.backfill import Backfill

                found = Backfill(client, fetcher, fixed_size=chunk_size)
            case SourceName.SYNC:
                from contributor_backfill.capture.sources.sync import Sync

                found = Sync(client, fetcher)
            case SourceName.CONNECTIONS:
                from contributor_backfill.capture.sources.connections import Connections

                found = Connections(client, fetcher)
            case SourceName.REFRESH:
                from contributor_backfill.capture.sources.refresh import Refresh

                found = Refresh(client, fetcher)
            case SourceName.REVIEW_COMMENTS:
                from contributor_backfill.capture.sources.review_comments import ReviewComments

                found = ReviewComments(client, fetcher, gateway.numbers_not_stored)
            case SourceName.REVIEW_COMMENT_REFRESH:
                from contributor_backfill.capture.sources.refresh import ReviewCommentRefresh

                found = ReviewCommentRefresh(client, fetcher, gateway.numbers_not_stored)
            case SourceName.RECONCILIATION:
                raise ValueError("A reconciliation is composed where it is asked for.")
        return found

    return source
