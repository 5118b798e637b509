"""Inline review comments, which REST alone gives in one list for a whole repository.

The list is read oldest change first, and each page begins where the last one ended: at the moment
of its last comment, not at a count. So a comment that is edited while the list is read moves to its
end and shifts nothing. Only where a whole page changed within one second is the next page counted.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from contributor_backfill.domain.harvest import Harvest, ListProgress
from contributor_backfill.domain.records import Account, ReviewComment, Skipped
from contributor_backfill.domain.sources import BEGINNING, Connection, PendingList, Position
from contributor_backfill.github.faults import Unusable
from contributor_backfill.github.http import RestResponse, no_data
from contributor_backfill.github.records import readable, review_comment

LONGEST_PAGE = 100
Found = tuple[Account, ReviewComment]


@dataclass(frozen=True)
class FeedPage:
    """One page of a repository's review comments, and where the list goes on.

    `etag` is of the whole list from the position on, where one page held all of it.
    """

    harvest: Harvest
    position: Position
    has_next_page: bool
    etag: str | None = None

    @property
    def numbers(self) -> tuple[int, ...]:
        """The pull requests that the comments hang on."""
        items = (i for i in self.harvest.items if isinstance(i, ReviewComment))
        return tuple(dict.fromkeys(item.pull_request_number for item in items))


def feed_path(full_name: str) -> str:
    """Return the path of a repository's review comments."""
    return f"/repos/{full_name}/pulls/comments"


def feed_parameters(position: Position, per_page: int) -> dict[str, str | int]:
    """Return the parameters of the page at a position."""
    parameters: dict[str, str | int] = {
        "sort": "updated",
        "direction": "asc",
        "per_page": per_page,
        "page": _feed_page(position, per_page),
    }
    if position.since:
        # GitHub ignores a moment that it cannot read, and then gives everything.
        parameters["since"] = position.since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return parameters


def read_feed(response: RestResponse, position: Position, per_page: int) -> FeedPage:
    """Return a page of the list and the position of the next."""
    if response.is_unchanged:
        return FeedPage(Harvest(), position, has_next_page=False)
    found, unreadable = _comments(response)
    etag = None if response.has_next_page else response.etag
    page = _feed_page(position, per_page) + 1
    if not found:
        harvest = Harvest(unreadable=unreadable)
        if not (unreadable and response.has_next_page):
            return FeedPage(harvest, position, has_next_page=False, etag=etag)
        following = replace(position, page=page, per_page=per_page)
        return FeedPage(harvest, following, has_next_page=True)
    last = datetime.fromisoformat(found[-1][1].updated_at)
    if position.since and last < position.since:
        raise Unusable("GitHub's review comments are not in the order that was asked for.")
    following = replace(
        position, since=last, page=1 if last != position.since else page, per_page=per_page
    )
    return FeedPage(_harvest(found, unreadable), following, response.has_next_page, etag)


def _feed_page(position: Position, per_page: int) -> int:
    return position.page if position.per_page == per_page else 1


def comment_path(full_name: str, github_id: int) -> str:
    """Return the path of one review comment."""
    return f"/repos/{full_name}/pulls/comments/{github_id}"


def list_path(full_name: str, number: int) -> str:
    """Return the path of one pull request's review comments."""
    return f"/repos/{full_name}/pulls/{number}/comments"


def list_parameters(of: PendingList) -> dict[str, str | int]:
    """Return the parameters of the next page of one pull request's list.

    It is read as the feed is: by moments, so that a deletion meanwhile pushes nothing out.
    """
    return feed_parameters(_position(of), LONGEST_PAGE)


def read_list(response: RestResponse, of: PendingList) -> Harvest:
    """Return a page of one pull request's list, and how far it was read."""
    page = read_feed(response, _position(of), LONGEST_PAGE)
    goes_on = page.has_next_page
    progress = ListProgress(
        of.pull_request_github_id,
        Connection.REVIEW_COMMENTS,
        from_cursor=of.cursor,
        end_cursor=_cursor(page.position) if goes_on else None,
        finished=not goes_on,
        ids=page.harvest.shown_ids,
    )
    return replace(page.harvest, lists=(progress,))


def _position(of: PendingList) -> Position:
    """Return the place that a cursor stands for: a moment, and a page within its second."""
    if of.cursor is None:
        return BEGINNING
    moment, _, page = of.cursor.partition(" ")
    since = datetime.fromisoformat(moment)
    return replace(BEGINNING, since=since, page=int(page), per_page=LONGEST_PAGE)


def _cursor(position: Position) -> str:
    assert position.since is not None, "a page that goes on has a last comment"
    return f"{position.since.isoformat()} {position.page}"


def _comments(response: RestResponse) -> tuple[list[Found], tuple[Skipped, ...]]:
    documents: list[dict[str, Any]] = response.document
    if not isinstance(documents, list):
        raise no_data("its list of review comments is no list")
    return readable(documents, review_comment, "review_comments")


def _harvest(found: list[Found], unreadable: tuple[Skipped, ...]) -> Harvest:
    return Harvest(
        accounts=tuple(account for account, _ in found),
        items=tuple(item for _, item in found),
        unreadable=unreadable,
    )
