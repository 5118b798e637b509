"""Threads on the diff of a pull request, made from its head and its reviews."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

from contributor_backfill.sandbox.invention import texts
from contributor_backfill.sandbox.invention.numbering import Numbering
from contributor_backfill.sandbox.invention.randomness import stream
from contributor_backfill.sandbox.invention.sizes import moments, size_of
from contributor_backfill.sandbox.options import ListSizes
from contributor_backfill.sandbox.people.invention import People
from contributor_backfill.sandbox.pull_requests.items import Review, ReviewComment, ReviewThread
from contributor_backfill.sandbox.pull_requests.records import Head
from contributor_backfill.sandbox.world import timestamps

_SIGNS = (" ", " ", "+", "+", "-")


def hunk(line: int, random: Random) -> str:
    """Return a piece of a diff that ends on `line`: its header and three to ten lines."""
    count = 3 + int(random.random() * 8)
    words = texts.text_of(random, 40 * count).split("\n")
    lines = [f"{_SIGNS[int(random.random() * len(_SIGNS))]}    {each}" for each in words[:count]]
    begin = max(1, line - count)
    name = texts.branch(random).replace("-", "_")
    return "\n".join([f"@@ -{begin},{count} +{begin},{count + 1} @@ def {name}():", *lines])


_LONGEST_THREAD = 3
_FULL_PAGE = 100
_EDITED_SHARE = 0.25
_EDITED_WITHIN = 20 * 86_400


@dataclass(frozen=True, slots=True)
class ThreadMaker:
    """Makes the threads of one repository's pull requests.

    Sizes count threads, or comments where `comment_sizes` are given.
    """

    repository_id: int
    numbering: Numbering
    people: People
    thread_sizes: ListSizes
    comment_sizes: ListSizes | None = None

    def threads(
        self, head: Head, reviews: Sequence[Review], random: Random
    ) -> tuple[ReviewThread, ...]:
        """Return threads of one to three comments. Without a review there are none."""
        if not reviews:
            return ()
        if self.comment_sizes is None:
            return self._some_threads(head, reviews, random)
        return self._some_comments(head, reviews, self.comment_sizes, random)

    def thread(
        self, head: Head, review: Review, moment: str, random: Random, ids: range
    ) -> ReviewThread:
        """Return one thread of comments with the given ids."""
        first = self._first(head, review, moment, random, ids.start)
        comments = list(self._comments(first, ids, random))
        if len(comments) > 1:
            edited_at = _edited(head, moment, stream(ids.start, 102))
            comments[0] = replace(comments[0], updated_at=edited_at)
        is_resolved = random.random() < 0.6
        return ReviewThread(
            self.repository_id, head.number, ids.start, is_resolved, tuple(comments)
        )

    def reply(self, first: ReviewComment, database_id: int, random: Random) -> ReviewComment:
        """Return an answer in the thread that `first` began."""
        return replace(
            first,
            database_id=database_id,
            author_id=self.people.person(random),
            body=texts.note(random),
            updated_at=first.created_at,
            reply_to_id=first.database_id,
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
            diff_hunk=hunk(line, more),
        )

    def _comments(
        self, first: ReviewComment, ids: range, random: Random
    ) -> Iterator[ReviewComment]:
        yield replace(first, body=texts.note(random))
        for database_id in ids[1:]:
            yield self.reply(first, database_id, random)

    def _some_threads(
        self, head: Head, reviews: Sequence[Review], random: Random
    ) -> tuple[ReviewThread, ...]:
        count = size_of(self.thread_sizes, head.ordinal, self.numbering.pull_requests, random)
        made: list[ReviewThread] = []
        begin = self.numbering.inline_id(head.ordinal, 0)
        for moment in moments(head, count, random):
            length = 1 + int(random.random() * _LONGEST_THREAD)
            review = reviews[int(random.random() * len(reviews))]
            made.append(self.thread(head, review, moment, random, range(begin, begin + length)))
            begin += length
        return tuple(made)

    def _some_comments(
        self, head: Head, reviews: Sequence[Review], sizes: ListSizes, random: Random
    ) -> tuple[ReviewThread, ...]:
        """Return threads with so many comments; more than a page of them come with one review."""
        count = size_of(sizes, head.ordinal, self.numbering.pull_requests, random)
        lengths = _lengths(count, random)
        made: list[ReviewThread] = []
        begin = self.numbering.inline_id(head.ordinal, 0)
        among = 1 if count > _FULL_PAGE else len(reviews)
        for length, moment in zip(lengths, moments(head, len(lengths), random), strict=True):
            review = reviews[int(random.random() * among)]
            made.append(self.thread(head, review, moment, random, range(begin, begin + length)))
            begin += length
        return tuple(made)


def _lengths(count: int, random: Random) -> list[int]:
    """Return the lengths of threads that have `count` comments together."""
    lengths = []
    while count:
        lengths.append(min(count, 1 + int(random.random() * _LONGEST_THREAD)))
        count -= lengths[-1]
    return lengths


def _edited(head: Head, moment: str, random: Random) -> str:
    """Return when a comment with answers was last edited: some long after the answers came.

    What is opened at the present moment has nothing that was edited after it.
    """
    if random.random() >= _EDITED_SHARE or head.updated_at == head.created_at:
        return moment
    later = timestamps.to_seconds(moment) + 1 + random.random() * _EDITED_WITHIN
    return timestamps.to_text(later)
