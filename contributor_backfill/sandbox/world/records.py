"""The things of the sandbox's world, in GitHub's words.

People are named by their database id, so that a rename is one change in one place.
"""

from dataclasses import dataclass

from contributor_backfill.sandbox.world import node_ids
from contributor_backfill.sandbox.world.cursors import Key


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
class Item:
    """Something that belongs to the pull request `number` of a repository."""

    repository_id: int
    number: int
    database_id: int
    created_at: str
    author_id: int | None
    body: str

    @property
    def key(self) -> Key:
        """Return the key under which GitHub lists it: when it was made, then its id."""
        return self.created_at, self.database_id


@dataclass(frozen=True, slots=True)
class IssueComment(Item):
    """A comment in the conversation of a pull request."""

    updated_at: str

    @property
    def node_id(self) -> str:
        """Return the global node id."""
        return node_ids.encode("IC", self.repository_id, self.number, self.database_id)


@dataclass(frozen=True, slots=True)
class Review(Item):
    """A review. `submitted_at` is None while it is PENDING; an old commit may be gone."""

    state: str
    submitted_at: str | None
    commit_oid: str | None

    @property
    def node_id(self) -> str:
        """Return the global node id."""
        return node_ids.encode("PRR", self.repository_id, self.number, self.database_id)


@dataclass(frozen=True, slots=True)
class ReviewComment(Item):
    """A comment on a line of the diff. `review_id` is the database id of its review."""

    updated_at: str
    review_id: int
    reply_to_id: int | None
    path: str
    line: int | None
    original_line: int
    commit_oid: str

    @property
    def node_id(self) -> str:
        """Return the global node id."""
        return node_ids.encode("PRRC", self.repository_id, self.number, self.database_id)


@dataclass(frozen=True, slots=True)
class ReviewThread:
    """A conversation on a line of the diff, oldest comment first and never empty."""

    repository_id: int
    number: int
    database_id: int
    is_resolved: bool
    comments: tuple[ReviewComment, ...]

    @property
    def key(self) -> Key:
        """Return the key under which GitHub lists it: that of its first comment."""
        return self.comments[0].key

    @property
    def node_id(self) -> str:
        """Return the global node id."""
        return node_ids.encode("PRRT", self.repository_id, self.number, self.database_id)


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
    def total_comments_count(self) -> int:
        """Return the comments of the conversation and of the diff together."""
        return len(self.comments) + sum(len(thread.comments) for thread in self.review_threads)


@dataclass(frozen=True, slots=True)
class RepositoryFacts:
    """What is known about a repository besides its pull requests."""

    database_id: int
    owner: str
    name: str
    created_at: str
    updated_at: str
    is_private: bool = False
    open_issues: int = 0

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
    return [
        comment
        for thread in pull_request.review_threads
        for comment in thread.comments
        if comment.review_id == review.database_id
    ]
