"""The rows of a page: parsing makes them, and a commit stores them.

Every record is flat, so its fields are its row. Times stay the strings GitHub gave: they go to the
database as they came. None means that GitHub was not asked, and never overwrites.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeAlias

Row: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Account:
    """Anybody who writes on GitHub. `account_type` is GraphQL's type name."""

    github_id: int
    username: str
    account_type: str
    display_name: str | None = None
    avatar_url: str | None = None
    profile_url: str | None = None
    is_bot: bool = False
    github_created_at: str | None = None
    is_brief: bool = False
    """REST gives less of an account, so that such a row only fills blanks."""


GHOST = Account(
    github_id=10137,
    username="ghost",
    account_type="User",
    display_name="Deleted user",
    avatar_url="https://avatars.githubusercontent.com/u/10137?v=4",
    profile_url="https://github.com/ghost",
    github_created_at="2008-05-13T06:14:25Z",
)
"""The user that GitHub shows in place of a deleted account."""


@dataclass(frozen=True)
class PullRequest:
    """One pull request with GitHub's totals of its lists."""

    github_id: int
    node_id: str
    number: int
    title: str
    body: str | None
    state: str
    draft: bool
    merged: bool
    html_url: str
    base_branch: str
    head_branch: str
    created_at: str
    updated_at: str
    closed_at: str | None
    merged_at: str | None
    author_github_id: int
    author_login: str
    merged_by_github_id: int | None
    assignee_github_id: int | None = None
    additions: int | None = None
    deletions: int | None = None
    changed_files: int | None = None
    commits: int | None = None
    mergeable: bool | None = None
    mergeable_state: str | None = None
    labels: tuple[str, ...] | None = None
    reviews_total: int | None = None
    comments_total: int | None = None
    all_comments_total: int | None = None
    assignees_total: int | None = None
    labels_total: int | None = None
    missing_fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class Review:
    """A submitted review. `source_updated_at` is its pull request's when it was read."""

    github_id: int
    pull_request_github_id: int
    pull_request_number: int
    author_github_id: int
    state: str
    body: str | None
    submitted_at: str
    commit_id: str | None
    source_updated_at: str | None = None


@dataclass(frozen=True)
class Comment:
    """A comment in the conversation of a pull request. A null body is one that is not kept."""

    github_id: int
    pull_request_github_id: int
    pull_request_number: int
    author_github_id: int
    body: str | None
    created_at: str
    updated_at: str
    source_updated_at: str | None = None


@dataclass(frozen=True)
class ReviewComment:
    """A review comment. `position` is null once its line is outdated."""

    github_id: int
    pull_request_number: int
    author_github_id: int
    body: str | None
    created_at: str
    updated_at: str
    position: int | None
    original_position: int | None
    diff_hunk: str | None
    path: str | None
    commit_id: str | None
    original_commit_id: str | None
    in_reply_to_github_id: int | None


@dataclass(frozen=True)
class Continuation:
    """A list that did not fit: where it goes on, and what the page held of it.

    A null cursor is its beginning.
    """

    pull_request_github_id: int
    connection: str
    cursor: str | None
    seen_ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class Skipped:
    """A pull request that GitHub would not give, even alone and without any field.

    `cursor` is its place in the list: all that is known when GitHub does not even say its number.
    Or an item of another `kind` that came without what is needed to store it.
    """

    github_id: int | None
    number: int | None
    cursor: str
    message: str
    kind: str = "pull_requests"


@dataclass(frozen=True)
class Captured:
    """One pull request with everything that hangs on it, and the cursor that stands behind it."""

    cursor: str
    pull_request: PullRequest | None
    accounts: tuple[Account, ...] = ()
    reviews: tuple[Review, ...] = ()
    comments: tuple[Comment, ...] = ()
    continuations: tuple[Continuation, ...] = ()
    skipped: Skipped | None = None
    unreadable: tuple[Skipped, ...] = ()
    """Reviews and comments of it that cannot be stored."""

    def without_items(self) -> "Captured":
        """Return the pull request alone, its lists queued to be read from their beginning."""
        if self.pull_request is None:
            return self
        lists = {"reviews": self.reviews, "comments": self.comments}
        begun = tuple(
            Continuation(self.pull_request.github_id, connection, None)
            for connection, items in lists.items()
            if items
        )
        kept = tuple(c for c in self.continuations if not lists.get(c.connection))
        return replace(self, reviews=(), comments=(), continuations=kept + begun)


@dataclass(frozen=True)
class Page:
    """One page of pull requests as GitHub gave it, after the checks.

    `complete` is false when a pull request in the middle came damaged: `items` then ends before it
    and `has_next_page` is true. `dated` is GitHub's clock of the response.
    """

    node_id: str
    github_id: int
    full_name: str
    is_private: bool
    total: int
    items: tuple[Captured, ...]
    end_cursor: str | None
    has_next_page: bool
    complete: bool = True
    dated: datetime | None = None
    withheld: Mapping[str, str] = field(default_factory=dict)
    """Fields that the token may not see, each with the permission that it lacks."""
    left_out: tuple[str, ...] = ()
    """Fields that are not asked for, because the token may not see them in this repository."""
    given_again: tuple[str, ...] = ()
    """Fields that were withheld before and are not any more."""

    @property
    def missing_permissions(self) -> tuple[str, ...]:
        """The permissions that the token lacks for single fields of the page."""
        return tuple(sorted(set(self.withheld.values())))
