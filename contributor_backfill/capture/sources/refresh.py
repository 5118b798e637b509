"""The refresh: what was captured long ago is read again, in whole pages, for what moves no time.

A title, a text or a state may change on GitHub without its pull request's time of change, and
deletions never show in a list of changes. So the list of a backfill is read again, a few pages a
run, and what is stored but missing on the page that should hold it is asked for by its number.
"""

from collections import Counter
from dataclasses import replace
from datetime import datetime

from contributor_backfill.capture.fetcher import Deferred, Failed, Fetcher
from contributor_backfill.capture.source import Limits, Step
from contributor_backfill.capture.sources.pages import PullRequestPages
from contributor_backfill.capture.sources.review_comments import ReviewComments
from contributor_backfill.domain.harvest import Commit, split
from contributor_backfill.domain.policy import REFRESH_PAGES_A_RUN
from contributor_backfill.domain.records import Captured, Page
from contributor_backfill.domain.sources import Claim, Position, SourceName
from contributor_backfill.github.client import GitHubClient
from contributor_backfill.github.pull_requests import CREATED_AT
from contributor_backfill.github.tokens import Resource


class Refresh(PullRequestPages):
    """Read the next pages of a round, a hundred a run at most."""

    name = SourceName.REFRESH
    order_by = CREATED_AT

    def __init__(self, client: GitHubClient, fetcher: Fetcher) -> None:
        super().__init__(client, fetcher)
        self._read: Counter[str] = Counter()

    def next(self, claim: Claim, limits: Limits) -> Step | Deferred | Failed:
        """Ask for the next page, in the order of the backfill."""
        assert claim.position is not None, "a claim of this source begins a pass"
        fetched = self._page(claim, limits, claim.position.cursor)
        if isinstance(fetched, Deferred | Failed):
            return fetched
        repository_id = claim.repository.repository_id
        self._read[repository_id] += 1
        is_enough = self._read[repository_id] >= REFRESH_PAGES_A_RUN
        commits = _commits(fetched.content, claim.position, is_enough=is_enough)
        return Step(commits, fetched, self.resource(claim))


class ReviewCommentRefresh(ReviewComments):
    """Read the repository's review comments from their beginning, oldest change first."""

    name = SourceName.REVIEW_COMMENT_REFRESH

    def next(self, claim: Claim, limits: Limits) -> Step | Deferred | Failed:
        """Ask for the next page, and say which part of the list it covers."""
        before = claim.position
        assert before is not None, "a claim of this source begins a pass"
        step = super().next(claim, limits)
        if not isinstance(step, Step) or step.resource is not Resource.REST:
            return step
        *first, last = step.commits
        ids = [github_id for commit in step.commits for github_id in commit.harvest.shown_ids]
        after = last.position
        until = None if last.finished or after is None or after.since is None else after.since
        listed = {
            "ids": ids,
            "since": before.since.isoformat() if before.since else None,
            "until": until.isoformat() if until else None,
            # Further pages of one second begin after what the pages before them showed of it.
            "is_inclusive": before.page == 1,
        }
        return replace(step, commits=(*first, replace(last, listed=listed)))


def _commits(page: Page, position: Position, *, is_enough: bool) -> tuple[Commit, ...]:
    *first, last = split(page)
    at_end = not last.has_next_page or _is_past(page, position.target)
    numbers = [number for item in page.items if (number := _number(item))]
    # GitHub sorts by time of creation, and numbers grow with it.
    lowest = min(numbers, default=position.below)
    listed = {
        "numbers": numbers,
        "from": 0 if not last.has_next_page else lowest,
        "below": position.below,
    }
    following = replace(position, cursor=last.end_cursor, below=lowest)
    end = Commit(
        last.harvest,
        following,
        finished=at_end,
        page=page,
        ends_turn=is_enough and not at_end,
        listed=listed if listed["from"] is not None else None,
    )
    return (*(Commit(batch.harvest, position, page=page) for batch in first), end)


def _number(item: Captured) -> int | None:
    if item.pull_request:
        return item.pull_request.number
    return item.skipped.number if item.skipped else None


def _is_past(page: Page, target: datetime | None) -> bool:
    """Tell whether the page's last pull request was opened before the round's target."""
    opened = [item.pull_request.created_at for item in page.items if item.pull_request]
    return bool(target and opened and datetime.fromisoformat(opened[-1]) < target)
