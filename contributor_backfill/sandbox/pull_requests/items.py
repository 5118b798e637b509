"""What a pull request holds: reviews, comments and threads, in GitHub's words.

People are named by their database id, so that a rename is one change in one place.
"""

from dataclasses import dataclass

from contributor_backfill.sandbox.world import node_ids
from contributor_backfill.sandbox.world.cursors import Key


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
    edited_at: str | None = None

    @property
    def node_id(self) -> str:
        """Return the global node id."""
        return node_ids.encode("PRR", self.repository_id, self.number, self.database_id)


@dataclass(frozen=True, slots=True)
class ReviewComment(Item):
    """A comment on a line of the diff. `review_id` is the database id of its review.

    `position` and `line` are None once the diff has moved on from it.
    """

    updated_at: str
    review_id: int
    reply_to_id: int | None
    path: str
    line: int | None
    original_line: int
    position: int | None
    original_position: int
    commit_oid: str
    original_commit_oid: str
    diff_hunk: str

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
