"""The rare things that break software, each put where it can be found again."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from contributor_backfill.sandbox.world.people import People
from contributor_backfill.sandbox.world.randomness import stream
from contributor_backfill.sandbox.world.records import PullRequest
from contributor_backfill.sandbox.world.texts import MAXIMUM_BODY, text_of

Oddity = Callable[[PullRequest, People], PullRequest]

LONE_SURROGATE = chr(0xD83D)
"""Half of an emoji. JSON can carry it as an escape; no valid UTF-8 can."""


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
        pull_request,
        title=f"\0{pull_request.title}",
        body=f"before\0after\0{pull_request.body}",
        comments=tuple(replace(c, body=f"{c.body}\0") for c in pull_request.comments),
        reviews=tuple(replace(r, body=f"\0{r.body}") for r in pull_request.reviews),
    )


def lone_surrogate(pull_request: PullRequest, _: People) -> PullRequest:
    """Half of a surrogate pair stands in title and body."""
    return replace(
        pull_request,
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
    return replace(
        pull_request,
        author_id=None,
        reviews=tuple(replace(r, author_id=None) for r in pull_request.reviews),
        comments=tuple(replace(c, author_id=None) for c in pull_request.comments),
    )


def pending_review(pull_request: PullRequest, _: People) -> PullRequest:
    """The last review is still being written: it has no `submittedAt`."""
    last = (replace(r, state="PENDING", submitted_at=None) for r in pull_request.reviews[-1:])
    return replace(pull_request, reviews=(*pull_request.reviews[:-1], *last))


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


def _by(kind: str) -> Oddity:
    def by_that_kind(pull_request: PullRequest, people: People) -> PullRequest:
        account_id = people.others[kind]
        return replace(
            pull_request,
            author_id=account_id,
            comments=tuple(replace(c, author_id=account_id) for c in pull_request.comments),
        )

    return by_that_kind


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
)


def oddity_of(ordinal: int, every: int) -> Oddity | None:
    """Return the oddity of a pull request, in turn one of `ODDITIES` on every `every`-th."""
    if every < 1 or ordinal % every != every // 2:
        return None
    return ODDITIES[ordinal // every % len(ODDITIES)]
