"""The REST addresses of single reviews, comments and pull requests."""

from contributor_backfill.domain.feeds import Connection, Doubt
from contributor_backfill.github.review_comments import comment_path


def item_path(full_name: str, doubt: Doubt) -> str:
    """Return the path of a review or comment, whichever it is."""
    if doubt.kind is Connection.REVIEWS:
        return f"{pull_request_path(full_name, doubt.number)}/reviews/{doubt.github_id}"
    if doubt.kind is Connection.REVIEW_COMMENTS:
        return comment_path(full_name, doubt.github_id)
    return f"/repos/{full_name}/issues/comments/{doubt.github_id}"


def pull_request_path(full_name: str, number: int) -> str:
    """Return the path of a pull request."""
    return f"/repos/{full_name}/pulls/{number}"
