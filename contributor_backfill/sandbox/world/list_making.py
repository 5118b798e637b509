"""The lists inside a pull request: reviews, comments and threads, made from its head alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from random import Random

from contributor_backfill.sandbox.options import ListSizes
from contributor_backfill.sandbox.world import texts, timestamps
from contributor_backfill.sandbox.world.numbering import LONGEST_LIST, Numbering
from contributor_backfill.sandbox.world.people import People
from contributor_backfill.sandbox.world.records import (
    Head,
    IssueComment,
    Review,
    ReviewComment,
    ReviewThread,
)

_REVIEW_STATES = (
    "APPROVED",
    "COMMENTED",
    "COMMENTED",
    "APPROVED",
    "CHANGES_REQUESTED",
    "DISMISSED",
)


def size_of(sizes: ListSizes, ordinal: int, pull_requests: int, random: Random) -> int:
    """Return how long the list of one pull request is, at most `LONGEST_LIST`."""
    if sizes.exact is not None:
        return min(sizes.exact, LONGEST_LIST)
    for position, tail in enumerate(sizes.tails):
        if ordinal == (2 * position + 1) * pull_requests // (2 * len(sizes.tails)):
            return min(tail, LONGEST_LIST)
    if sizes.mean <= 0:
        return 0
    return min(int(log(1 - random.random()) / log(sizes.mean / (1 + sizes.mean))), LONGEST_LIST)


def moments(head: Head, count: int, random: Random) -> list[str]:
    """Return `count` moments in order between the opening and the last update."""
    start = timestamps.to_seconds(head.created_at)
    span = timestamps.to_seconds(head.updated_at) - start
    return [
        timestamps.to_text(start + span * (position + random.random()) / count)
        for position in range(count)
    ]


@dataclass(frozen=True, slots=True)
class ListMaker:
    """Makes the lists of one repository's pull requests."""

    repository_id: int
    numbering: Numbering
    people: People
    review_sizes: ListSizes
    comment_sizes: ListSizes
    thread_sizes: ListSizes

    def reviews(self, head: Head, random: Random) -> tuple[Review, ...]:
        """Return reviews by anybody, most of them approvals and comments."""
        count = self._size(self.review_sizes, head, random)
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
        count = self._size(self.comment_sizes, head, random)
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
        """Return threads of one to three comments. Without a review there are none."""
        if not reviews:
            return ()
        count = self._size(self.thread_sizes, head, random)
        made: list[ReviewThread] = []
        position = 0
        for moment in moments(head, count, random):
            length = 1 + int(random.random() * 3)
            review = reviews[int(random.random() * len(reviews))]
            made.append(
                self._thread(head, review, moment, random, ids=range(position, position + length))
            )
            position += length
        return tuple(made)

    def _thread(
        self,
        head: Head,
        review: Review,
        moment: str,
        random: Random,
        *,
        ids: range,
    ) -> ReviewThread:
        path = f"source/{texts.branch(random)}.py"
        line = 1 + int(random.random() * 400)
        outdated = random.random() < 0.3
        first_id = self.numbering.item_id(head.ordinal, ids.start)
        comments = tuple(
            ReviewComment(
                repository_id=self.repository_id,
                number=head.number,
                database_id=first_id + step,
                created_at=moment,
                author_id=self.people.person(random) if step else review.author_id,
                body=texts.note(random),
                updated_at=moment,
                review_id=review.database_id,
                reply_to_id=first_id if step else None,
                path=path,
                line=None if outdated else line,
                original_line=line,
                commit_oid=review.commit_oid or "0" * 40,
            )
            for step in range(len(ids))
        )
        return ReviewThread(
            self.repository_id, head.number, first_id, random.random() < 0.6, comments
        )

    def _size(self, sizes: ListSizes, head: Head, random: Random) -> int:
        return size_of(sizes, head.ordinal, self.numbering.pull_requests, random)
