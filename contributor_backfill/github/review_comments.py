"""Review comments, which REST alone gives in one list for a whole repository.

The list is read oldest change first, and each page begins where the last one ended: at the moment
of its last comment, not at a count. So a comment that is edited while the list is read moves to its
end and shifts nothing. Only where a whole page changed within one second is the next page counted.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from contributor_backfill.domain.harvest import ConnectionProgress, Harvest
from contributor_backfill.domain.records import ReviewComment
from contributor_backfill.domain.sources import BEGINNING, Connection, PendingConnection, Position
from contributor_backfill.github.faults import Unusable
from contributor_backfill.github.http import RestResponse, no_data
from contributor_backfill.github.records import readable, review_comment

LONGEST_PAGE = 100


@dataclass(frozen=True)
class CommentsPage:
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


def comments_path(full_name: str, number: int | None = None) -> str:
    """Return the path of a repository's review comments, or of those of one pull request."""
    within = "" if number is None else f"/{number}"
    return f"/repos/{full_name}/pulls{within}/comments"


def comment_path(full_name: str, github_id: int) -> str:
    """Return the path of one review comment."""
    return f"{comments_path(full_name)}/{github_id}"


def comments_parameters(position: Position, per_page: int) -> dict[str, str | int]:
    """Return the parameters of the page at a position."""
    parameters: dict[str, str | int] = {
        "sort": "updated",
        "direction": "asc",
        "per_page": per_page,
        "page": _page(position, per_page),
    }
    if position.since:
        # GitHub ignores a moment that it cannot read, and then gives everything.
        parameters["since"] = position.since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return parameters


def read_comments(response: RestResponse, position: Position, per_page: int) -> CommentsPage:
    """Return a page of the list and the position of the next."""
    if response.is_unchanged:
        return CommentsPage(Harvest(), position, has_next_page=False)
    if not isinstance(response.document, list):
        raise no_data("its list of review comments is no list")
    comments, unreadable = readable(response.document, review_comment, "review_comments")
    harvest = Harvest(
        accounts=tuple(author for author, _ in comments),
        items=tuple(comment for _, comment in comments),
        unreadable=unreadable,
    )
    etag = None if response.has_next_page else response.etag
    following = replace(position, page=_page(position, per_page) + 1, per_page=per_page)
    if not comments:
        if not (unreadable and response.has_next_page):
            return CommentsPage(harvest, position, has_next_page=False, etag=etag)
        # Nothing on the page has a moment to go on from: count the pages.
        return CommentsPage(harvest, following, has_next_page=True)
    last = datetime.fromisoformat(comments[-1][1].updated_at)
    if position.since and last < position.since:
        raise Unusable("GitHub's review comments are not in the order that was asked for.")
    if last != position.since:
        following = replace(following, since=last, page=1)
    return CommentsPage(harvest, following, response.has_next_page, etag)


def _page(position: Position, per_page: int) -> int:
    # Pages of another size are other pages: begin again at the position's moment.
    return position.page if position.per_page == per_page else 1


def connection_parameters(of: PendingConnection) -> dict[str, str | int]:
    """Return the parameters of the next page of one pull request's review comments.

    They are read by moments as those of a repository, so that a deletion meanwhile shifts nothing.
    """
    return comments_parameters(_position(of), LONGEST_PAGE)


def read_connection(response: RestResponse, of: PendingConnection) -> Harvest:
    """Return a page of one pull request's review comments, and how far they were read."""
    page = read_comments(response, _position(of), LONGEST_PAGE)
    goes_on = page.has_next_page
    progress = ConnectionProgress(
        of.pull_request_github_id,
        Connection.REVIEW_COMMENTS,
        from_cursor=of.cursor,
        end_cursor=_cursor(page.position) if goes_on else None,
        finished=not goes_on,
        ids=page.harvest.shown_ids,
    )
    return replace(page.harvest, lists=(progress,))


def _position(of: PendingConnection) -> Position:
    """Return the position that a cursor stands for: a moment, and a page within its second."""
    if of.cursor is None:
        return BEGINNING
    moment, _, page = of.cursor.partition(" ")
    since = datetime.fromisoformat(moment)
    return replace(BEGINNING, since=since, page=int(page), per_page=LONGEST_PAGE)


def _cursor(position: Position) -> str:
    assert position.since is not None, "a page that goes on has a last comment"
    return f"{position.since.isoformat()} {position.page}"
