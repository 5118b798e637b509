"""The backfill: all pull requests of a repository, newest first, page after page."""

from dataclasses import replace

from contributor_backfill.capture.fetcher import Deferred, Failed
from contributor_backfill.capture.source import Limits, Step
from contributor_backfill.capture.sources.pages import PullRequestPages
from contributor_backfill.domain.harvest import Commit, split
from contributor_backfill.domain.sources import Claim, SourceName
from contributor_backfill.github.pull_requests import CREATED_AT


class Backfill(PullRequestPages):
    """Read a repository once, from its newest pull request to its oldest."""

    name = SourceName.BACKFILL
    order_by = CREATED_AT

    def next(self, claim: Claim, limits: Limits) -> Step | Deferred | Failed:
        """Ask for the next page."""
        position = claim.position
        assert position is not None, "a claim of a backfill begins it"
        fetched = self._page(claim, limits, position.cursor)
        if isinstance(fetched, Deferred | Failed):
            return fetched
        page = fetched.content
        commits = tuple(
            Commit(
                batch.harvest,
                replace(position, cursor=batch.end_cursor),
                finished=not batch.has_next_page,
                page=page,
            )
            for batch in split(page)
        )
        return Step(commits, fetched, self.resource(claim))
