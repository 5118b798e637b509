"""The reviews and the conversation of a pull request, made from its head alone."""

from dataclasses import dataclass
from random import Random

from contributor_backfill.sandbox.invention import texts
from contributor_backfill.sandbox.invention.numbering import Numbering
from contributor_backfill.sandbox.invention.sizes import has_tail, moments, size_of
from contributor_backfill.sandbox.invention.threads import ThreadMaker
from contributor_backfill.sandbox.options import ListSizes
from contributor_backfill.sandbox.people.invention import People
from contributor_backfill.sandbox.pull_requests.items import IssueComment, Review
from contributor_backfill.sandbox.pull_requests.records import Head

_REVIEW_STATES = (
    "APPROVED",
    "COMMENTED",
    "COMMENTED",
    "APPROVED",
    "CHANGES_REQUESTED",
    "DISMISSED",
)


@dataclass(frozen=True, slots=True)
class ListMaker:
    """Makes the lists of one repository's pull requests."""

    repository_id: int
    numbering: Numbering
    people: People
    review_sizes: ListSizes
    comment_sizes: ListSizes
    threads: ThreadMaker

    def reviews(self, head: Head, random: Random) -> tuple[Review, ...]:
        """Return reviews by anybody, most of them approvals and comments."""
        count = self._size(self.review_sizes, head, random)
        if has_tail(self.threads.comment_sizes, head.ordinal, self.numbering.pull_requests):
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

    def _size(self, sizes: ListSizes, head: Head, random: Random) -> int:
        return size_of(sizes, head.ordinal, self.numbering.pull_requests, random)
