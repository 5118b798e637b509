"""GitHub's own totals, asked for alone: what the stored rows are held against."""

from dataclasses import dataclass
from typing import Any

from contributor_backfill.domain.harvest import Count, Number
from contributor_backfill.domain.records import Page
from contributor_backfill.github.documents import query_text, repeated
from contributor_backfill.github.faults import GitHubFault, TooHeavy, Unusable
from contributor_backfill.github.pull_requests import of_the_queried_shape, repository_of
from contributor_backfill.github.readable import moment, needed, readable, whole
from contributor_backfill.github.sansio import Answer, fault_without_data, no_data

LARGEST_PAGE = 100
LARGEST_WITH_COMMENTS = 74
"""Two lists each: 148 requests are still one point."""
MEANINGS = {"PullRequest": "missing", "Issue": "issue"}


@dataclass(frozen=True)
class TotalsPage:
    """A page of totals. `head` is what GitHub says of the repository; its items are left out."""

    head: Page
    counts: tuple[Count, ...]


def page_query() -> str:
    """Return the text of the query for a page of totals."""
    return query_text("totals_page")


def totals_query() -> str:
    """Return the text of the query for totals by node id."""
    return query_text("totals")


def numbers_query(numbers: tuple[int, ...]) -> str:
    """Return the text of the query that asks what numbers are."""
    return repeated("numbers", ({"number": number} for number in numbers))


def read_page(answer: Answer, after: str | None) -> TotalsPage:
    """Return a page of totals. Raises `TooHeavy` when part of it came damaged."""
    with of_the_queried_shape():
        repository = repository_of(answer)
        connection = repository["pullRequests"]
        if answer.errors:
            raise _damaged(answer)
        page = connection["pageInfo"]
        if page["hasNextPage"] and page["endCursor"] in {None, after}:
            raise Unusable("GitHub's cursor did not move; the page would be read for ever.")
        head = _head(repository, page["endCursor"], goes_on=page["hasNextPage"])
        if connection["nodes"] is None:
            raise no_data("its list of pull requests is null")
        # One that cannot be counted is only not compared: the backfill records what is odd of it.
        counts, _ = readable(connection["nodes"], _count, "pull_requests")
        return TotalsPage(head, tuple(counts))


def read_totals(answer: Answer) -> tuple[Count, ...]:
    """Return totals by node id; a pull request that is gone is left out."""
    with of_the_queried_shape():
        if any(error.type != "NOT_FOUND" for error in answer.errors):
            raise _damaged(answer)
        counts, odd = readable(filter(None, answer.data["nodes"]), _count, "pull_requests")
        if odd:
            # To leave it out would say that it is gone.
            raise TooHeavy(f"GitHub gave totals damaged: {odd[0].message}")
        return tuple(counts)


def read_numbers(answer: Answer, numbers: tuple[int, ...]) -> tuple[Page, tuple[Number, ...]]:
    """Return what numbers are: a pull request that is `missing`, an `issue`, or nothing: `gone`."""
    with of_the_queried_shape():
        repository = repository_of(answer)
        if any(error.type != "NOT_FOUND" for error in answer.errors):
            raise _damaged(answer)
        found = ((number, repository[f"n{number}"]) for number in numbers)
        meanings = (
            (number, MEANINGS.get(node["__typename"], "issue") if node else "gone")
            for number, node in found
        )
        head = _head(repository, None, goes_on=False)
        return head, tuple(Number(n, meaning, "it is not stored") for n, meaning in meanings)


def _head(repository: dict[str, Any], cursor: str | None, *, goes_on: bool) -> Page:
    return Page(
        node_id=repository["id"],
        github_id=int(repository["databaseId"] or 0),
        full_name=repository["nameWithOwner"],
        is_private=repository["isPrivate"],
        total=repository["pullRequests"]["totalCount"],
        items=(),
        end_cursor=cursor,
        has_next_page=goes_on,
    )


def _count(node: dict[str, Any]) -> Count:
    comments = node.get("comments")
    return Count(
        github_id=whole(node, "fullDatabaseId"),
        node_id=needed(node, "id"),
        number=whole(node, "number", bits=31),
        created_at=moment(node, "createdAt"),
        updated_at=moment(node, "updatedAt"),
        reviews_total=needed(needed(node, "reviews"), "totalCount"),
        all_comments_total=needed(node, "totalCommentsCount"),
        comments_total=comments["totalCount"] if comments else None,
    )


def _damaged(answer: Answer) -> GitHubFault:
    fault = fault_without_data(answer.errors)
    return TooHeavy(fault.message) if isinstance(fault, Unusable) else fault
