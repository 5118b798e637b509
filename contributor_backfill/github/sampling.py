"""What an estimate asks GitHub: a repository, pull requests by number, pages of inline comments."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from contributor_backfill.domain.estimate import SampledPullRequest, SampledReviewComment, Texts
from contributor_backfill.github.client import GitHubClient
from contributor_backfill.github.documents import repeated
from contributor_backfill.github.faults import Gone, TooHeavy
from contributor_backfill.github.pull_requests import of_the_queried_shape, repository_of
from contributor_backfill.github.rest import RestAnswer
from contributor_backfill.github.sansio import Answer
from contributor_backfill.github.texts import clean

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


def read_sample(answer: Answer, request: SampleRequest) -> tuple[SampledPullRequest, ...]:
    """Return those of the numbers that are pull requests.

    Raises `TooHeavy` when one came damaged: ask for fewer.
    """
    with of_the_queried_shape():
        repository = repository_of(answer)
        for error in answer.errors:
            if error.type != "NOT_FOUND" or len(error.path) != 2:
                raise TooHeavy(f"GitHub gave a pull request damaged: {error.message}")
        found = (repository.get(f"n{number}") for number in request.numbers)
        return tuple(_pull_request(node) for node in found if node)


def newest_numbers(answer: Answer) -> tuple[int, ...]:
    """Return the numbers of up to a hundred pull requests, the newest first."""
    with of_the_queried_shape():
        # Null when a repository has its pull requests switched off.
        connection = repository_of(answer)["pullRequests"] or {"nodes": []}
        return tuple(node["number"] for node in connection["nodes"] if node)


def page_parameters(page: int, per_page: int) -> dict[str, str | int]:
    """Return the parameters of a page of a repository's inline comments, counted from 1."""
    return {"sort": "created", "direction": "asc", "per_page": per_page, "page": page}


def read_review_comments(answer: RestAnswer) -> tuple[SampledReviewComment, ...]:
    """Return the texts of a page of inline comments."""
    with of_the_queried_shape():
        return tuple(
            SampledReviewComment(clean(each.get("body")) or "", clean(each.get("diff_hunk")) or "")
            for each in answer.document
        )


def hourly_requests(client: GitHubClient) -> int | None:
    """Return REST's limit of the hour, which asking does not count against; null is none."""
    try:
        answer = client.get("/rate_limit")
    except Gone:
        # An Enterprise Server without limits.
        return None
    with of_the_queried_shape():
        return int(answer.document["resources"]["core"]["limit"])


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
