"""The reviews, comments and threads of a pull request, made from its head alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import log
from random import Random

from contributor_backfill.sandbox.accounts import People
from contributor_backfill.sandbox.clock import epoch_seconds, timestamp
from contributor_backfill.sandbox.ids import BETWEEN_REPOSITORIES, item_base
from contributor_backfill.sandbox.invention import texts
from contributor_backfill.sandbox.invention.randomness import stream
from contributor_backfill.sandbox.options import DatasetOptions, ListSizes, RepositoryOptions
from contributor_backfill.sandbox.pull_requests.records import (
    Head,
    IssueComment,
    Review,
    ReviewComment,
    ReviewThread,
)

_MIDDLE = BETWEEN_REPOSITORIES // 2
_BETWEEN_PULL_REQUESTS = 1_511
_FROM_ITEMS_TO_REVIEW_COMMENTS = 10**9
_FROM_FIRST_TO_ADDED = 2 * 10**10
_REVIEW_COMMENT_TIMES = 3

_SIGNS = (" ", " ", "+", "+", "-")
_LONGEST_THREAD = 3
_FULL_PAGE = 100
_EDITED_SHARE = 0.25
_EDITED_WITHIN = 20 * 86_400
_REVIEW_STATES = (
    "APPROVED",
    "COMMENTED",
    "COMMENTED",
    "APPROVED",
    "CHANGES_REQUESTED",
    "DISMISSED",
)

LONGEST_LIST = 4_096
"""The most reviews or comments that one pull request can have in the sandbox."""


@dataclass(frozen=True, slots=True)
class Numbering:
    """The ids in one repository, from what it holds at first."""

    repository_id: int
    pull_requests: int

    def pull_request_id(self, ordinal: int) -> int:
        """Return the database id of the pull request of that ordinal."""
        return self._id(ordinal, _BETWEEN_PULL_REQUESTS)

    def item_id(self, ordinal: int, position: int) -> int:
        """Return the database id of the item at `position` of one of its lists.

        A review and a comment may have the same one: GitHub counts each kind for itself.
        """
        return self._id(ordinal, LONGEST_LIST) + position

    def review_comment_id(self, ordinal: int, position: int) -> int:
        """Return the database id of a comment on the diff.

        The older half lies below all reviews and comments and the newer half above them, so that
        none of them has the id of another.
        """
        is_newer = ordinal >= self.pull_requests // 2
        shift = _FROM_ITEMS_TO_REVIEW_COMMENTS if is_newer else -_FROM_ITEMS_TO_REVIEW_COMMENTS
        return self._id(ordinal, _REVIEW_COMMENT_TIMES * LONGEST_LIST) + shift + position

    def issue_id(self, number: int) -> int:
        """Return the database id of an issue, or of a pull request in its part as an issue."""
        return self._id(self.pull_requests // 2, 0) + number

    def added_id(self, count: int) -> int:
        """Return the database id of the `count`-th item, of any kind, that was added later."""
        return self._id(self.pull_requests // 2, 0) + _FROM_FIRST_TO_ADDED + count

    def _id(self, ordinal: int, step: int) -> int:
        base = item_base(self.repository_id)
        return base + _MIDDLE + (ordinal - self.pull_requests // 2) * step


def _size_of(sizes: ListSizes, ordinal: int, pull_requests: int, random: Random) -> int:
    """Return how long the list of one pull request is, at most `LONGEST_LIST`."""
    if sizes.exact is not None:
        return min(sizes.exact, LONGEST_LIST)
    tail = _tail(sizes, ordinal, pull_requests)
    if tail is not None:
        return min(tail, LONGEST_LIST)
    if sizes.mean <= 0:
        return 0
    return min(int(log(1 - random.random()) / log(sizes.mean / (1 + sizes.mean))), LONGEST_LIST)


def _has_tail(sizes: ListSizes | None, ordinal: int, pull_requests: int) -> bool:
    """Return whether the pull request has one of the sizes in `tails`."""
    if sizes is None or sizes.exact is not None:
        return False
    return _tail(sizes, ordinal, pull_requests) is not None


def moments(head: Head, count: int, random: Random) -> list[str]:
    """Return `count` moments in order between the opening and the last update."""
    start = epoch_seconds(head.created_at)
    span = epoch_seconds(head.updated_at) - start
    return [
        timestamp(start + span * (position + random.random()) / count) for position in range(count)
    ]


def _tail(sizes: ListSizes, ordinal: int, pull_requests: int) -> int | None:
    for position, tail in enumerate(sizes.tails):
        if ordinal == (2 * position + 1) * pull_requests // (2 * len(sizes.tails)):
            return tail
    return None


@dataclass(frozen=True, slots=True)
class ListMaker:
    """Makes the lists of one repository's pull requests."""

    numbering: Numbering
    people: People
    sizes: RepositoryOptions | DatasetOptions

    @property
    def repository_id(self) -> int:
        """Return the repository whose pull requests they are."""
        return self.numbering.repository_id

    def reviews(self, head: Head, random: Random) -> tuple[Review, ...]:
        """Return reviews by anybody, most of them approvals and comments."""
        count = self._size(self.sizes.reviews, head, random)
        if _has_tail(self.sizes.review_comments, head.ordinal, self.numbering.pull_requests):
            count = max(1, count)  # a tail of comments on the diff must not get lost
        return tuple(
            self.review(head, position, moment, self.people.person(random), random)
            for position, moment in enumerate(moments(head, count, random))
        )

    def review(
        self, head: Head, position: int, moment: str, author_id: int | None, random: Random
    ) -> Review:
        """Return one review. Half of the approvals say nothing."""
        state = _REVIEW_STATES[int(random.random() * len(_REVIEW_STATES))]
        silent = state == "APPROVED" and random.random() < 0.5
        return Review(
            repository_id=self.repository_id,
            number=head.number,
            database_id=self.numbering.item_id(head.ordinal, position),
            created_at=moment,
            author_id=author_id,
            body="" if silent else texts.note(random),
            state=state,
            submitted_at=moment,
            commit_oid=f"{random.getrandbits(160):040x}",
        )

    def comments(self, head: Head, random: Random) -> tuple[IssueComment, ...]:
        """Return comments by anybody."""
        count = self._size(self.sizes.comments, head, random)
        return tuple(
            self.comment(head, position, moment, self.people.person(random), random)
            for position, moment in enumerate(moments(head, count, random))
        )

    def comment(
        self, head: Head, position: int, moment: str, author_id: int | None, random: Random
    ) -> IssueComment:
        """Return one comment; one in ten was edited later."""
        return IssueComment(
            repository_id=self.repository_id,
            number=head.number,
            database_id=self.numbering.item_id(head.ordinal, position),
            created_at=moment,
            author_id=author_id,
            body=texts.note(random),
            updated_at=head.updated_at if random.random() < 0.1 else moment,
        )

    def threads(
        self, head: Head, reviews: Sequence[Review], random: Random
    ) -> tuple[ReviewThread, ...]:
        """Return threads of one to three comments. Without a review there are none.

        Sizes count threads, or comments where `review_comments` are given; more than a page of
        them come with one review.
        """
        if not reviews:
            return ()
        among = len(reviews)
        planned: Iterable[tuple[str, int]]
        if self.sizes.review_comments is None:
            count = self._size(self.sizes.review_threads, head, random)
            planned = ((moment, _length(random)) for moment in moments(head, count, random))
        else:
            count = self._size(self.sizes.review_comments, head, random)
            lengths = _lengths(count, random)
            planned = zip(moments(head, len(lengths), random), lengths, strict=True)
            among = 1 if count > _FULL_PAGE else among
        made: list[ReviewThread] = []
        begin = self.numbering.review_comment_id(head.ordinal, 0)
        for moment, length in planned:
            review = reviews[int(random.random() * among)]
            made.append(self.thread(head, review, moment, random, range(begin, begin + length)))
            begin += length
        return tuple(made)

    def thread(
        self, head: Head, review: Review, moment: str, random: Random, ids: range
    ) -> ReviewThread:
        """Return one thread of comments with the given ids."""
        first = self._first(head, review, moment, random, ids.start)
        comments = [
            replace(first, body=texts.note(random)),
            *(self._reply(first, database_id, random) for database_id in ids[1:]),
        ]
        if len(comments) > 1:
            edited_at = _edited(head, moment, stream(ids.start, 102))
            comments[0] = replace(comments[0], updated_at=edited_at)
        is_resolved = random.random() < 0.6
        return ReviewThread(
            self.repository_id, head.number, ids.start, is_resolved, tuple(comments)
        )

    def _first(
        self, head: Head, review: Review, moment: str, random: Random, database_id: int
    ) -> ReviewComment:
        """Return a comment that begins a thread, without its text."""
        path = f"source/{texts.branch(random)}.py"
        line = 1 + int(random.random() * 400)
        is_outdated = random.random() < 0.3
        more = stream(database_id, 101)  # so that `random` gives the same texts as ever
        position = 1 + int(more.random() * 60)
        commit_oid = review.commit_oid or "0" * 40
        return ReviewComment(
            repository_id=self.repository_id,
            number=head.number,
            database_id=database_id,
            created_at=moment,
            author_id=review.author_id,
            body="",
            updated_at=moment,
            review_id=review.database_id,
            reply_to_id=None,
            path=path,
            line=None if is_outdated else line,
            original_line=line,
            position=None if is_outdated else position,
            original_position=position,
            commit_oid=commit_oid,
            original_commit_oid=f"{more.getrandbits(160):040x}" if is_outdated else commit_oid,
            diff_hunk=_hunk(line, more),
        )

    def _reply(self, first: ReviewComment, database_id: int, random: Random) -> ReviewComment:
        """Return a reply in the thread that `first` began."""
        return replace(
            first,
            database_id=database_id,
            author_id=self.people.person(random),
            body=texts.note(random),
            updated_at=first.created_at,
            reply_to_id=first.database_id,
        )

    def _size(self, sizes: ListSizes, head: Head, random: Random) -> int:
        return _size_of(sizes, head.ordinal, self.numbering.pull_requests, random)


def _hunk(line: int, random: Random) -> str:
    """Return a piece of a diff that ends on `line`: its header and three to ten lines."""
    count = 3 + int(random.random() * 8)
    words = texts.text_of(random, 40 * count).split("\n")
    lines = [f"{_SIGNS[int(random.random() * len(_SIGNS))]}    {text}" for text in words[:count]]
    begin = max(1, line - count)
    name = texts.branch(random).replace("-", "_")
    return "\n".join([f"@@ -{begin},{count} +{begin},{count + 1} @@ def {name}():", *lines])


def _length(random: Random) -> int:
    return 1 + int(random.random() * _LONGEST_THREAD)


def _lengths(count: int, random: Random) -> list[int]:
    """Return the lengths of threads that have `count` comments together."""
    lengths = []
    while count:
        lengths.append(min(count, _length(random)))
        count -= lengths[-1]
    return lengths


def _edited(head: Head, moment: str, random: Random) -> str:
    """Return when a comment with replies was last edited: some long after these came.

    What is opened at the present moment has nothing that was edited after it.
    """
    if random.random() >= _EDITED_SHARE or head.updated_at == head.created_at:
        return moment
    later = epoch_seconds(moment) + 1 + random.random() * _EDITED_WITHIN
    return timestamp(later)
