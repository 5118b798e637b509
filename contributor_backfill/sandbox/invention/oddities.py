"""The rare things that break software, each put where it can be found again."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from contributor_backfill.sandbox.invention.randomness import stream
from contributor_backfill.sandbox.invention.texts import MAXIMUM_BODY, text_of
from contributor_backfill.sandbox.people.accounts import NOBODY
from contributor_backfill.sandbox.people.invention import People
from contributor_backfill.sandbox.pull_requests.items import Review, ReviewComment
from contributor_backfill.sandbox.pull_requests.records import PullRequest

Oddity = Callable[[PullRequest, People], PullRequest]

LONE_SURROGATE = chr(0xD83D)
"""Half of an emoji. JSON can carry it as an escape; no valid UTF-8 can."""

_InlineChange = Callable[[ReviewComment], ReviewComment]


def with_review_comments(pull_request: PullRequest, change: _InlineChange) -> PullRequest:
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


def _by(kind: str) -> Oddity:
    def by_that_kind(pull_request: PullRequest, people: People) -> PullRequest:
        return _all_by(pull_request, people.others[kind])

    return by_that_kind


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
    _by("Mannequin"),
    lone_surrogate,
    merged_without_merger,
    astral_text,
    _by("Organization"),
    reviews_without_commit,
    empty_body,
    _by("EnterpriseUserAccount"),
    unknown_mergeable,
    bot_author,
    nobody_on_the_diff,
)


def oddity_of(ordinal: int, every: int) -> Oddity | None:
    """Return the oddity of a pull request, in turn one of `ODDITIES` on every `every`-th."""
    if every < 1 or ordinal % every != every // 2:
        return None
    return ODDITIES[ordinal // every % len(ODDITIES)]
