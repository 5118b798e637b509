"""Totals of pull requests, which stored rows are compared with, and samples for an estimate."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from contributor_backfill.domain.estimate import SampledPullRequest, SampledReviewComment, Texts
from contributor_backfill.domain.harvest import Count, Number
from contributor_backfill.domain.records import Page
from contributor_backfill.github.client import GitHubClient
from contributor_backfill.github.documents import query_text, repeated
from contributor_backfill.github.faults import GitHubFault, Gone, TooHeavy, Unusable
from contributor_backfill.github.http import (
    Response,
    RestResponse,
    clean,
    expected_shape,
    fault_without_data,
    no_data,
    repository_of,
)
from contributor_backfill.github.records import moment, needed, page_of, readable, whole

LARGEST_PAGE = 100
LARGEST_WITH_COMMENTS = 74
"""GitHub charges a point for a hundred connections, rounded: two each make 148, which is one."""
MEANINGS = {"PullRequest": "missing", "Issue": "issue"}


@dataclass(frozen=True)
class TotalsPage:
    """A page of totals. `head` has what GitHub says of the repository, and no items."""

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


@expected_shape()
def read_page(response: Response, after: str | None) -> TotalsPage:
    """Return a page of totals. Raises `TooHeavy` when part of it came damaged."""
    repository = repository_of(response)
    connection = repository["pullRequests"]
    if response.errors:
        raise _damaged(response)
    if connection is None:
        # Not an empty list: by that every stored pull request would count as deleted.
        raise Unusable(
            f"{repository['nameWithOwner']} has its pull requests switched off, so that there is"
            " nothing to compare.",
            advice="Switch them on in the repository's settings, or untrack it.",
        )
    page = connection["pageInfo"]
    if page["hasNextPage"] and page["endCursor"] in {None, after}:
        raise Unusable("GitHub's cursor did not move; the page would be read for ever.")
    head = page_of(
        repository, items=(), end_cursor=page["endCursor"], has_next_page=page["hasNextPage"]
    )
    if connection["nodes"] is None:
        raise no_data("its list of pull requests is null")
    # One that cannot be counted is only not compared: the backfill records what is odd of it.
    counts, _ = readable(connection["nodes"], _count, "pull_requests")
    return TotalsPage(head, tuple(counts))


@expected_shape()
def read_totals(response: Response) -> tuple[Count, ...]:
    """Return totals by node id; a pull request that is gone is left out."""
    if any(error.type != "NOT_FOUND" for error in response.errors):
        raise _damaged(response)
    counts, odd = readable(filter(None, response.data["nodes"]), _count, "pull_requests")
    if odd:
        # To leave it out would say that it is gone.
        raise TooHeavy(f"GitHub gave totals damaged: {odd[0].message}")
    return tuple(counts)


@expected_shape()
def read_numbers(response: Response, numbers: tuple[int, ...]) -> tuple[Page, tuple[Number, ...]]:
    """Return what numbers are: a pull request that is `missing`, an `issue`, or nothing: `gone`."""
    repository = repository_of(response)
    if any(error.type != "NOT_FOUND" for error in response.errors):
        raise _damaged(response)
    found = ((number, repository[f"n{number}"]) for number in numbers)
    meanings = (
        (number, MEANINGS.get(node["__typename"], "issue") if node else "gone")
        for number, node in found
    )
    head = page_of(repository, items=(), end_cursor=None, has_next_page=False)
    return head, tuple(Number(n, meaning, "it is not stored") for n, meaning in meanings)


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


def _damaged(response: Response) -> GitHubFault:
    fault = fault_without_data(response.errors)
    return TooHeavy(fault.message) if isinstance(fault, Unusable) else fault


CONNECTIONS = 2
"""The lists of each number that GitHub charges for."""


@dataclass(frozen=True)
class SampleRequest:
    """Numbers of one repository, which may be pull requests or issues."""

    node_id: str
    numbers: tuple[int, ...]

    @property
    def query(self) -> str:
        """The text of the GraphQL query."""
        return repeated("sample", ({"number": number} for number in self.numbers))

    @property
    def variables(self) -> dict[str, Any]:
        """The variables of the GraphQL query."""
        return {"repository": self.node_id}


@expected_shape()
def read_sample(response: Response, request: SampleRequest) -> tuple[SampledPullRequest, ...]:
    """Return those of the numbers that are pull requests.

    Raises `TooHeavy` when one came damaged: ask for fewer.
    """
    repository = repository_of(response)
    for error in response.errors:
        if error.type != "NOT_FOUND" or len(error.path) != 2:
            raise TooHeavy(f"GitHub gave a pull request damaged: {error.message}")
    found = (repository.get(f"n{number}") for number in request.numbers)
    return tuple(_pull_request(node) for node in found if node)


@expected_shape()
def newest_numbers(response: Response) -> tuple[int, ...]:
    """Return the numbers of up to a hundred pull requests, the newest first."""
    # Null when a repository has its pull requests switched off.
    connection = repository_of(response)["pullRequests"] or {"nodes": []}
    return tuple(node["number"] for node in connection["nodes"] if node)


def page_parameters(page: int, per_page: int) -> dict[str, str | int]:
    """Return the parameters of a page of a repository's review comments, counted from 1."""
    return {"sort": "created", "direction": "asc", "per_page": per_page, "page": page}


@expected_shape()
def read_review_comments(response: RestResponse) -> tuple[SampledReviewComment, ...]:
    """Return the texts of a page of review comments."""
    return tuple(
        SampledReviewComment(
            clean(comment.get("body")) or "", clean(comment.get("diff_hunk")) or ""
        )
        for comment in response.document
    )


def hourly_requests(client: GitHubClient) -> int | None:
    """Return REST's limit of the hour, which asking does not count against; null is none."""
    try:
        response = client.get("/rate_limit")
    except Gone:
        # An Enterprise Server without limits.
        return None
    with expected_shape():
        return int(response.document["resources"]["core"]["limit"])


def _pull_request(node: dict[str, Any]) -> SampledPullRequest:
    reviews, comments = node["reviews"], node["comments"]
    all_comments = node["totalCommentsCount"] or 0
    return SampledPullRequest(
        title=clean(node["title"]) or "",
        body=clean(node["body"]) or "",
        reviews=reviews["totalCount"] if reviews else 0,
        comments=comments["totalCount"],
        # GitHub's total of all comments is that of the conversation and of the diff.
        review_comments=max(0, all_comments - comments["totalCount"]),
        review_bodies=_bodies((reviews or {}).get("nodes") or ()),
        comment_bodies=_bodies(comments["nodes"] or ()),
    )


def _bodies(nodes: Iterable[dict[str, Any] | None]) -> Texts:
    return tuple(clean(node["body"]) or "" for node in nodes if node)
