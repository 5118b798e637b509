"""The newest change of a repository's pull requests: the cheapest question there is.

REST lists pull requests by the time of their last change, as GraphQL does. A list of one costs one
request of REST's quota, and nothing at all while GitHub's tag of it is still the same. What does
not move that time, neither this question nor a sync can see.
"""

from datetime import datetime

from contributor_backfill.github.pages import of_the_queried_shape
from contributor_backfill.github.rest import RestAnswer

PARAMETERS: dict[str, str | int] = {
    "state": "all",
    "sort": "updated",
    "direction": "desc",
    "per_page": 1,
}


def list_path(full_name: str) -> str:
    """Return the path of a repository's pull requests."""
    return f"/repos/{full_name}/pulls"


def newest_change(answer: RestAnswer) -> datetime | None:
    """Return when a pull request last changed; None where there is none. Raises `Unusable`."""
    with of_the_queried_shape():
        moments = [datetime.fromisoformat(document["updated_at"]) for document in answer.document]
        return moments[0] if moments else None
