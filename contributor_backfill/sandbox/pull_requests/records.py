"""Pull requests and what they hold: reviews, comments and threads, in GitHub's words.

People are named by their database id, so that a rename is one change.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from contributor_backfill.sandbox.ids import Key, node_id_of


@dataclass(frozen=True, slots=True)
class Entry:
    """Something on the page of the pull request `number` of a repository."""

    PREFIX: ClassVar[str]
    ANCHOR: ClassVar[str]

    repository_id: int
    number: int
    database_id: int

    @property
    def node_id(self) -> str:
        """Return the global node id."""
        return node_id_of(self.PREFIX, self.repository_id, self.number, self.database_id)


@dataclass(frozen=True, slots=True)
class Item(Entry):
    """Something that somebody wrote."""

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

    PREFIX: ClassVar[str] = "IC"
    ANCHOR: ClassVar[str] = "#issuecomment-"

    updated_at: str


@dataclass(frozen=True, slots=True)
class Review(Item):
    """A review. `submitted_at` is None while it is PENDING; an old commit may be gone."""

    PREFIX: ClassVar[str] = "PRR"
    ANCHOR: ClassVar[str] = "#pullrequestreview-"

    state: str
    submitted_at: str | None
    commit_oid: str | None
    edited_at: str | None = None


@dataclass(frozen=True, slots=True)
class ReviewComment(Item):
    """A comment on a line of the diff. `review_id` is the database id of its review.

    `position` and `line` are None once the diff has moved on from it.
    """

    PREFIX: ClassVar[str] = "PRRC"
    ANCHOR: ClassVar[str] = "#discussion_r"

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


@dataclass(frozen=True, slots=True)
class ReviewThread(Entry):
    """A conversation on a line of the diff, oldest comment first and never empty."""

    PREFIX: ClassVar[str] = "PRRT"

    is_resolved: bool
    comments: tuple[ReviewComment, ...]

    @property
    def key(self) -> Key:
        """Return the key under which GitHub lists it: that of its first comment."""
        return self.comments[0].key


@dataclass(frozen=True, slots=True)
class Head:
    """The part of a pull request that decides where a list has it.

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
        return node_id_of("PR", self.repository_id, self.number)

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
            counted += sum(bool(r.body) and r.state != "PENDING" for r in self.reviews)
        return counted


def comments_of(review: Review, pull_request: PullRequest) -> list[ReviewComment]:
    """Return the comments on the diff that came with a review, oldest first."""
    wanted = review.database_id
    return sorted(
        (c for c in pull_request.review_comments if c.review_id == wanted), key=lambda c: c.key
    )


@dataclass(frozen=True, slots=True)
class IndexedComment:
    """A review comment as far as the index needs it. `number` is its pull request."""

    # Not the comment itself: a fleet has millions of them, and their text fills the memory.

    database_id: int
    number: int
    created_at: str
    updated_at: str


class ReviewCommentIndex:
    """The order of a repository's review comments, which follows every change of a pull request."""

    def __init__(self, pull_requests: Iterable[PullRequest]) -> None:
        self._items: dict[int, IndexedComment] = {}
        self._ids_by_number: dict[int, list[int]] = {}
        self._orders: dict[str, list[Key]] = {}
        for pull_request in pull_requests:
            self._note(pull_request)

    def find(self, database_id: int) -> IndexedComment | None:
        """Return the comment of that id."""
        return self._items.get(database_id)

    def ordered(self, sort: str, since: str = "") -> Sequence[Key]:
        """Return where the comments stand by `created`, `updated` or `id`, ascending.

        With `since`, only those that were changed at that moment or later.
        """
        order = self._order(sort)
        if sort == "updated":
            return order[bisect_left(order, (since, 0)) :]
        return [key for key in order if self._items[key[1]].updated_at >= since]

    def put(self, pull_request: PullRequest) -> None:
        """Take over what a pull request holds now."""
        self.remove(pull_request.number)
        for item in self._note(pull_request):
            for sort, order in self._orders.items():
                insort(order, _key(item, sort))

    def remove(self, number: int) -> None:
        """Forget what a pull request held."""
        for database_id in self._ids_by_number.pop(number, ()):
            item = self._items.pop(database_id)
            for sort, order in self._orders.items():
                del order[bisect_left(order, _key(item, sort))]

    def _note(self, pull_request: PullRequest) -> list[IndexedComment]:
        number = pull_request.number
        items = [
            IndexedComment(comment.database_id, number, comment.created_at, comment.updated_at)
            for comment in pull_request.review_comments
        ]
        if items:
            self._ids_by_number[number] = [item.database_id for item in items]
            self._items.update((item.database_id, item) for item in items)
        return items

    def _order(self, sort: str) -> list[Key]:
        order = self._orders.get(sort)
        if order is None:
            order = self._orders[sort] = sorted(_key(i, sort) for i in self._items.values())
        return order


def _key(item: IndexedComment, sort: str) -> Key:
    moments = {"created": item.created_at, "updated": item.updated_at}
    return moments.get(sort, ""), item.database_id
