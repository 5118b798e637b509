"""Repositories and pull requests, in GitHub's words."""

from dataclasses import dataclass

from contributor_backfill.sandbox.pull_requests.items import (
    IssueComment,
    Review,
    ReviewComment,
    ReviewThread,
)
from contributor_backfill.sandbox.world import node_ids


@dataclass(frozen=True, slots=True)
class Head:
    """What the order of a repository's list needs to know of a pull request.

    `ordinal` counts a repository's pull requests from its oldest; everything else about one is
    generated from it.
    """

    ordinal: int
    number: int
    database_id: int
    created_at: str
    updated_at: str
    state: str


@dataclass(frozen=True, slots=True)
class PullRequest(Head):
    """A pull request with everything in it. All lists are in GitHub's order."""

    repository_id: int
    title: str
    body: str
    is_draft: bool
    base_ref_name: str
    head_ref_name: str
    head_ref_oid: str
    closed_at: str | None
    merged_at: str | None
    author_id: int | None
    merged_by_id: int | None
    additions: int
    deletions: int
    changed_files: int
    commits: int
    mergeable: str
    merge_state_status: str
    assignee_ids: tuple[int, ...]
    labels: tuple[str, ...]
    reviews: tuple[Review, ...]
    comments: tuple[IssueComment, ...]
    review_threads: tuple[ReviewThread, ...]
    totals_count_reviews: bool = False

    @property
    def node_id(self) -> str:
        """Return the global node id."""
        return node_ids.encode("PR", self.repository_id, self.number)

    @property
    def merged(self) -> bool:
        """Return whether it was merged."""
        return self.state == "MERGED"

    @property
    def closed(self) -> bool:
        """Return whether it is closed or merged."""
        return self.state != "OPEN"

    @property
    def review_comments(self) -> tuple[ReviewComment, ...]:
        """Return the comments on the diff, thread by thread."""
        return tuple(comment for thread in self.review_threads for comment in thread.comments)

    @property
    def total_comments_count(self) -> int:
        """Return the comments of the conversation and of the diff together.

        Nobody documents whether GitHub counts reviews that have a body, as its pages do.
        """
        counted = len(self.comments) + len(self.review_comments)
        if self.totals_count_reviews:
            counted += sum(bool(each.body) and each.state != "PENDING" for each in self.reviews)
        return counted


@dataclass(frozen=True, slots=True)
class RepositoryFacts:
    """What is known about a repository besides its pull requests.

    Something was pushed to it at `pushed_at`, or, if that is empty, at whatever moment it is.
    """

    database_id: int
    owner: str
    name: str
    created_at: str
    updated_at: str
    is_private: bool = False
    open_issues: int = 0
    is_archived: bool = False
    is_fork: bool = False
    default_branch: str = "main"
    pushed_at: str = ""

    @property
    def node_id(self) -> str:
        """Return the global node id."""
        return node_ids.encode("R", self.database_id)

    @property
    def name_with_owner(self) -> str:
        """Return `owner/name`."""
        return f"{self.owner}/{self.name}"


def comments_of(review: Review, pull_request: PullRequest) -> list[ReviewComment]:
    """Return the comments on the diff that came with a review, oldest first."""
    wanted = review.database_id
    return sorted(
        (c for c in pull_request.review_comments if c.review_id == wanted), key=lambda c: c.key
    )
