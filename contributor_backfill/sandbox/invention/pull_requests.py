"""Whole pull requests of an invented repository, one at a time, from seed and ordinal."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from random import Random
from typing import Protocol

from contributor_backfill.sandbox.accounts import NOBODY, People
from contributor_backfill.sandbox.clock import epoch_seconds, timestamp
from contributor_backfill.sandbox.invention import texts
from contributor_backfill.sandbox.invention.lists import ListMaker, Numbering
from contributor_backfill.sandbox.invention.randomness import stream
from contributor_backfill.sandbox.invention.texts import MAXIMUM_BODY, text_of
from contributor_backfill.sandbox.options import RepositoryOptions
from contributor_backfill.sandbox.pull_requests.records import (
    Head,
    PullRequest,
    Review,
    ReviewComment,
)

Oddity = Callable[[PullRequest, People], PullRequest]

LONE_SURROGATE = chr(0xD83D)
"""Half of an emoji. JSON can carry it as an escape; no valid UTF-8 can."""

_CommentChange = Callable[[ReviewComment], ReviewComment]


def with_review_comments(pull_request: PullRequest, change: _CommentChange) -> PullRequest:
    """Return the pull request with every comment on the diff changed."""
    threads = (
        replace(thread, comments=tuple(change(comment) for comment in thread.comments))
        for thread in pull_request.review_threads
    )
    return replace(pull_request, review_threads=tuple(threads))


def empty_body(pull_request: PullRequest, _: People) -> PullRequest:
    """Nothing was written."""
    return replace(pull_request, body="")


def longest_body(pull_request: PullRequest, _: People) -> PullRequest:
    """The body has every character GitHub allows."""
    return replace(
        pull_request, body=text_of(stream(pull_request.number), MAXIMUM_BODY).ljust(MAXIMUM_BODY)
    )


def null_characters(pull_request: PullRequest, _: People) -> PullRequest:
    """U+0000 stands in title, body and comments; Postgres takes it nowhere."""
    return replace(
        with_review_comments(pull_request, lambda c: _with_text(c, "\0")),
        title=f"\0{pull_request.title}",
        body=f"before\0after\0{pull_request.body}",
        comments=tuple(replace(c, body=f"{c.body}\0") for c in pull_request.comments),
        reviews=tuple(replace(r, body=f"\0{r.body}") for r in pull_request.reviews),
    )


def lone_surrogate(pull_request: PullRequest, _: People) -> PullRequest:
    """Half of a surrogate pair stands in title, body and comments on the diff."""
    return replace(
        with_review_comments(pull_request, lambda c: _with_text(c, LONE_SURROGATE)),
        title=f"{pull_request.title} {LONE_SURROGATE}",
        body=f"{LONE_SURROGATE}{pull_request.body}",
    )


def astral_text(pull_request: PullRequest, _: People) -> PullRequest:
    """Emoji with joiners, letters outside the basic plane and text from right to left."""
    family = "👩\u200d👩\u200d👧"
    return replace(
        pull_request,
        title=f"{family} \U0001d571\U0001d58e {pull_request.title}",
        body=f"שלום \u202eשם\u202c {family}\r\n\u2028{pull_request.body}",
    )


def deleted_author(pull_request: PullRequest, _: People) -> PullRequest:
    """The author's account and those of all reviewers and commenters are gone."""
    return _all_by(pull_request, None)


def pending_review(pull_request: PullRequest, _: People) -> PullRequest:
    """The last review is still being written: it has no `submittedAt` and nobody sees it.

    Its comments on the diff go to the first review, or away where there is no other.
    """
    *others, last = pull_request.reviews or (None,)
    if last is None:
        return pull_request
    pending = replace(last, state="PENDING", submitted_at=None)
    reviews = (*pull_request.reviews[:-1], pending)
    if not others:
        return replace(pull_request, reviews=reviews, review_threads=())
    moved = with_review_comments(pull_request, lambda c: _moved(c, last, reviews[0]))
    return replace(moved, reviews=reviews)


def reviews_without_commit(pull_request: PullRequest, _: People) -> PullRequest:
    """The reviewed commits were pushed over and are gone."""
    return replace(
        pull_request, reviews=tuple(replace(r, commit_oid=None) for r in pull_request.reviews)
    )


def merged_without_merger(pull_request: PullRequest, _: People) -> PullRequest:
    """Nobody is known to have merged it."""
    return replace(pull_request, merged_by_id=None)


def unknown_mergeable(pull_request: PullRequest, _: People) -> PullRequest:
    """GitHub has not worked out whether it can be merged."""
    return replace(pull_request, mergeable="UNKNOWN", merge_state_status="UNKNOWN")


def bot_author(pull_request: PullRequest, people: People) -> PullRequest:
    """A machine wrote all of it."""
    return _all_by(pull_request, people.bots[0])


def nobody_on_the_diff(pull_request: PullRequest, _: People) -> PullRequest:
    """The comments on the diff have no author at all, not even the ghost."""
    return with_review_comments(pull_request, lambda c: replace(c, author_id=NOBODY))


def colliding_ids(pull_request: PullRequest) -> PullRequest:
    """A comment of the conversation has the id of one on the diff."""
    if not (pull_request.comments and pull_request.review_comments):
        return pull_request
    comments = list(pull_request.comments)
    taken = pull_request.review_comments[0].database_id
    position = -1 if taken > comments[-1].database_id else 0  # so that their order stays
    comments[position] = replace(comments[position], database_id=taken)
    return replace(pull_request, comments=tuple(comments))


def _all_by(pull_request: PullRequest, account_id: int | None) -> PullRequest:
    """Return the pull request with one account in every position."""
    return replace(
        with_review_comments(pull_request, lambda c: replace(c, author_id=account_id)),
        author_id=account_id,
        reviews=tuple(replace(r, author_id=account_id) for r in pull_request.reviews),
        comments=tuple(replace(c, author_id=account_id) for c in pull_request.comments),
    )


def _with_text(comment: ReviewComment, text: str) -> ReviewComment:
    return replace(comment, body=f"{text}{comment.body}", diff_hunk=f"{comment.diff_hunk}\n+{text}")


def _moved(comment: ReviewComment, old: Review, new: Review) -> ReviewComment:
    return (
        replace(comment, review_id=new.database_id)
        if comment.review_id == old.database_id
        else comment
    )


ODDITIES: Sequence[Oddity] = (
    null_characters,
    deleted_author,
    pending_review,
    longest_body,
    lambda pull_request, people: _all_by(pull_request, people.mannequin),
    lone_surrogate,
    merged_without_merger,
    astral_text,
    lambda pull_request, people: _all_by(pull_request, people.organization),
    reviews_without_commit,
    empty_body,
    lambda pull_request, people: _all_by(pull_request, people.enterprise_user),
    unknown_mergeable,
    bot_author,
    nobody_on_the_diff,
)


def oddity_of(ordinal: int, every: int) -> Oddity | None:
    """Return the oddity of a pull request, in turn one of `ODDITIES` on every `every`-th."""
    if every < 1 or ordinal % every != every // 2:
        return None
    return ODDITIES[ordinal // every % len(ODDITIES)]


# A bot opens several in a second; then the order of a list hangs on the ids.
_SAME_SECOND_SHARE = 0.03
_MEAN_LIFE_SECONDS = 5 * 86_400


def _heads_of(options: RepositoryOptions, numbering: Numbering) -> Iterator[Head]:
    """Yield the heads of a repository, oldest first."""
    random = stream(options.seed, 21)
    newest = epoch_seconds(options.newest)
    between = options.hours_between * 3600
    created = newest - options.pull_requests * between
    number = 0
    for ordinal in range(options.pull_requests):
        number += 1 + _issues_between(options.gap_share, random)
        if random.random() >= _SAME_SECOND_SHARE:
            created += random.expovariate(1 / between)
        newness = (ordinal + 1) / options.pull_requests
        yield Head(
            ordinal=ordinal,
            number=number,
            database_id=numbering.pull_request_id(ordinal),
            created_at=timestamp(created),
            updated_at=timestamp(created + random.expovariate(1 / _MEAN_LIFE_SECONDS)),
            state=_state(newness, random),
        )


def _issues_between(gap_share: float, random: Random) -> int:
    return 1 + int(random.random() * 3) if random.random() < gap_share else 0


def _state(newness: float, random: Random) -> str:
    """Return a state; among the newest twentieth most are still open."""
    chance = random.random()
    open_share = 0.7 if newness > 0.95 else 0.03
    if chance < open_share:
        return "OPEN"
    return "CLOSED" if random.random() < 0.17 else "MERGED"


LABELS = ("bug", "documentation", "enhancement", "good first issue", "performance", "tests")
"""The labels that every repository has at first."""


class Source(Protocol):
    """An origin of a repository's pull requests. It is hashed by its identity."""

    def __hash__(self) -> int: ...

    @property
    def lists(self) -> ListMaker:
        """Return what makes the lists inside its pull requests."""

    def heads(self) -> Iterator[Head]:
        """Yield what the repository holds at first, oldest first."""

    def build(self, head: Head) -> PullRequest:
        """Return the whole pull request of `head`, the same every time."""


@dataclass(frozen=True, slots=True, eq=False)
class InventedSource:
    """A source that knows nothing but its options."""

    options: RepositoryOptions
    lists: ListMaker

    def heads(self) -> Iterator[Head]:
        """Yield the heads of the repository, oldest first."""
        return _heads_of(self.options, self.lists.numbering)

    def build(self, head: Head) -> PullRequest:
        """Return the whole pull request of `head`."""
        random = stream(self.options.seed, 31, head.ordinal)
        pull_request = invent(head, self.lists, random)
        oddity = oddity_of(head.ordinal, self.options.oddity_every)
        if oddity is not None:
            pull_request = oddity(pull_request, self.lists.people)
        if self.options.colliding_ids:
            pull_request = colliding_ids(pull_request)
        return replace(pull_request, totals_count_reviews=self.options.totals_count_reviews)


@lru_cache(maxsize=128)
def invented_source(
    options: RepositoryOptions, people: People, repository_id: int
) -> InventedSource:
    """Return the source of a repository; worlds that are alike share it, and what it has built."""
    numbering = Numbering(repository_id, options.pull_requests)
    return InventedSource(options, ListMaker(numbering, people, options))


# Tests open the same few worlds hundreds of times, and one page after another asks for what one
# export has just been through.
@lru_cache(maxsize=4_096)
def built(source: Source, head: Head) -> PullRequest:
    """Return the pull request of `head`, made at most once while it is remembered."""
    return source.build(head)


def invent(head: Head, lists: ListMaker, random: Random) -> PullRequest:
    """Return a pull request of which only the head is given."""
    people = lists.people
    reviews = lists.reviews(head, random)
    is_open = head.state == "OPEN"
    additions = int(random.lognormvariate(3.3, 1.7))
    return PullRequest(
        ordinal=head.ordinal,
        number=head.number,
        database_id=head.database_id,
        created_at=head.created_at,
        updated_at=head.updated_at,
        state=head.state,
        repository_id=lists.repository_id,
        title=texts.title(random),
        body=texts.body(random),
        is_draft=is_open and random.random() < 0.2,
        base_ref_name="main",
        head_ref_name=texts.branch(random),
        head_ref_oid=f"{random.getrandbits(160):040x}",
        closed_at=None if is_open else head.updated_at,
        merged_at=head.updated_at if head.state == "MERGED" else None,
        author_id=people.author(random),
        merged_by_id=people.person(random) if head.state == "MERGED" else None,
        additions=additions,
        deletions=int(additions * random.random()),
        changed_files=1 + additions // 40,
        commits=1 + int(random.expovariate(0.5)),
        mergeable=_mergeable(head.state, random),
        merge_state_status=_merge_state(head.state, random),
        assignee_ids=assignees(people, random),
        labels=labels(random),
        reviews=reviews,
        comments=lists.comments(head, random),
        review_threads=lists.threads(head, reviews, random),
    )


def assignees(people: People, random: Random) -> tuple[int, ...]:
    """Return up to three users; most pull requests have none."""
    count = max(0, int(random.random() * 6) - 2)
    return tuple(dict.fromkeys(people.user(random) for _ in range(count)))


def labels(random: Random) -> tuple[str, ...]:
    """Return up to three names of labels."""
    count = int(random.random() * 4)
    return tuple(sorted(random.sample(LABELS, count)))


def _mergeable(state: str, random: Random) -> str:
    if state != "OPEN":
        return "UNKNOWN"
    return "CONFLICTING" if random.random() < 0.2 else "MERGEABLE"


def _merge_state(state: str, random: Random) -> str:
    if state != "OPEN":
        return "UNKNOWN"
    return ("BEHIND", "BLOCKED", "CLEAN", "UNSTABLE")[int(random.random() * 4)]
