"""Changes of pull requests, of their conversation, and of the comments on their diffs."""

from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from typing import Any, TypeVar

from contributor_backfill.domain.errors import InvalidInput
from contributor_backfill.sandbox.change import Change, Changes, Document
from contributor_backfill.sandbox.invention.randomness import stream
from contributor_backfill.sandbox.pull_requests.records import (
    Item,
    PullRequest,
    Review,
    ReviewComment,
    ReviewThread,
)
from contributor_backfill.sandbox.repositories import Repository

_FIXED = {"ordinal", "number", "database_id", "repository_id"}
_LISTS = {"reviews", "comments", "review_threads"}
_SETTABLE = frozenset(field.name for field in fields(PullRequest)) - _FIXED - _LISTS
_SUBMITTED = ("APPROVED", "CHANGES_REQUESTED", "COMMENTED", "DISMISSED")

_ItemT = TypeVar("_ItemT", bound=Item)
_Threads = tuple[ReviewThread, ...]


def insert_pull_request(change: Change) -> dict[str, Any]:
    """Open a pull request."""
    repository = change.repository()
    built = repository.source.build(repository.new_head(change.moment))
    made = _with_values(built, change.get("set", {}), change.moment)
    repository.put(made)
    return {"number": made.number}


def _update_pull_request(change: Change) -> dict[str, Any]:
    repository, pull_request = change.pull_request()
    updated = replace(pull_request, updated_at=change.moment)
    repository.put(_with_values(updated, change.get("set", {}), change.moment))
    return {"number": pull_request.number}


def _delete_pull_request(change: Change) -> dict[str, Any]:
    repository, pull_request = change.pull_request()
    repository.remove(pull_request.number)
    return {"number": pull_request.number}


def _with_values(pull_request: PullRequest, values: Document, moment: str) -> PullRequest:
    """Return the pull request with new values; a new state sets the times that belong to it."""
    unknown = values.keys() - _SETTABLE
    if unknown:
        raise InvalidInput(f"Nobody can set {', '.join(sorted(unknown))} of a pull request.")
    times: dict[str, str | None] = {}
    if "state" in values:
        state = values["state"]
        if state not in ("OPEN", "CLOSED", "MERGED"):
            raise InvalidInput(f"A pull request cannot be {state!r}.")
        times = {
            "closed_at": None if state == "OPEN" else moment,
            "merged_at": moment if state == "MERGED" else None,
        }
    lists = {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
    return replace(pull_request, **{**times, **values, **lists})


# Changes of reviews and of the conversation all touch the pull request.


def _add_review(change: Change) -> dict[str, Any]:
    repository, pull_request = change.pull_request()
    # A stream for every kind of change: one that is left out changes none of the others' texts.
    lists, random = repository.source.lists, stream(pull_request.number, 71)
    position, author_id = len(pull_request.reviews), lists.people.user(random)
    made = lists.review(pull_request, position, change.moment, author_id, random)
    review = replace(
        made,
        database_id=repository.new_item_id(),
        body=change.text("body", made.body),
        state=_state(change, made),
    )
    return _put(change, pull_request, review, reviews=(*pull_request.reviews, review))


def _edit_review(change: Change) -> dict[str, Any]:
    _, pull_request = change.pull_request()
    old = change.item(pull_request.reviews)
    body, state = _edited_body(change, old), _state(change, old)
    submitted_at = None if state == "PENDING" else old.submitted_at or change.moment
    new = replace(old, body=body, state=state, submitted_at=submitted_at, edited_at=change.moment)
    return _put(change, pull_request, new, reviews=_with_item(pull_request.reviews, new))


def _delete_review(change: Change) -> dict[str, Any]:
    """Delete a review; GitHub keeps none of its comments on the diff."""
    _, pull_request = change.pull_request()
    review = change.item(pull_request.reviews)
    threads = _edited(
        pull_request.review_threads, lambda c: None if c.review_id == review.database_id else c
    )
    reviews = _without_item(pull_request.reviews, review)
    return _put(change, pull_request, review, reviews=reviews, review_threads=threads)


def _state(change: Change, review: Review) -> str:
    state = change.text("state", review.state)
    if state not in (*_SUBMITTED, review.state):
        raise InvalidInput(f"A review cannot become {state!r}.")
    return state


def _add_comment(change: Change) -> dict[str, Any]:
    repository, pull_request = change.pull_request()
    lists, random = repository.source.lists, stream(pull_request.number, 81)
    position, author_id = len(pull_request.comments), lists.people.user(random)
    made = lists.comment(pull_request, position, change.moment, author_id, random)
    comment = replace(
        made,
        database_id=repository.new_item_id(),
        body=change.text("body", made.body),
        updated_at=change.moment,
    )
    return _put(change, pull_request, comment, comments=(*pull_request.comments, comment))


def _edit_comment(change: Change) -> dict[str, Any]:
    _, pull_request = change.pull_request()
    old = change.item(pull_request.comments)
    new = replace(old, body=_edited_body(change, old), updated_at=change.moment)
    return _put(change, pull_request, new, comments=_with_item(pull_request.comments, new))


def _delete_comment(change: Change) -> dict[str, Any]:
    _, pull_request = change.pull_request()
    comment = change.item(pull_request.comments)
    comments = _without_item(pull_request.comments, comment)
    return _put(change, pull_request, comment, comments=comments)


def _edited_body(change: Change, item: Item) -> str:
    return change.text("body", f"{item.body} (edited)")


def _with_item(items: Sequence[_ItemT], new: _ItemT) -> tuple[_ItemT, ...]:
    """Return the items with a new version of one of them."""
    return tuple(new if item.database_id == new.database_id else item for item in items)


def _without_item(items: Sequence[_ItemT], out: Item) -> tuple[_ItemT, ...]:
    return tuple(item for item in items if item.database_id != out.database_id)


def _put(
    change: Change, pull_request: PullRequest, item: Item, *, touch: bool = True, **lists: Any
) -> dict[str, Any]:
    updated_at = change.moment if touch else pull_request.updated_at
    change.repository().put(replace(pull_request, updated_at=updated_at, **lists))
    return {"number": pull_request.number, "full_database_id": item.database_id}


# GitHub is known not to touch the pull request when a comment on its diff is edited or deleted;
# `"bump": true` does.


def _edit_review_comment(change: Change) -> dict[str, Any]:
    _, pull_request = change.pull_request()
    old = change.item(pull_request.review_comments)
    new = replace(old, body=_edited_body(change, old), updated_at=change.moment)
    return _put_review_comment(change, pull_request, old, new)


def _delete_review_comment(change: Change) -> dict[str, Any]:
    """Delete a comment; the replies to it stay and go on naming it."""
    _, pull_request = change.pull_request()
    old = change.item(pull_request.review_comments)
    return _put_review_comment(change, pull_request, old, None)


def _put_review_comment(
    change: Change, pull_request: PullRequest, old: ReviewComment, new: ReviewComment | None
) -> dict[str, Any]:
    threads = _edited(
        pull_request.review_threads, lambda c: new if c.database_id == old.database_id else c
    )
    touch = change.get("bump") is True
    return _put(change, pull_request, old, touch=touch, review_threads=threads)


def _add_review_comment(change: Change) -> dict[str, Any]:
    """Add a comment to a review, as a reply where it is to be one; both touch all above."""
    repository, found = change.pull_request()
    replied = (
        None
        if change.get("reply_to_id") is None
        else change.item(found.review_comments, "reply_to_id")
    )
    pull_request, review = _with_review(repository, found, change)
    made = _made(repository, pull_request, review, change.moment)
    comment = made.comments[0]
    if replied is not None:
        # GitHub has no replies to replies: all of a thread name its first comment and its line.
        comment = replace(
            replied,
            database_id=comment.database_id,
            created_at=comment.created_at,
            updated_at=comment.updated_at,
            author_id=comment.author_id,
            body=comment.body,
            review_id=comment.review_id,
            reply_to_id=replied.reply_to_id or replied.database_id,
        )
    comment = replace(comment, body=change.text("body", comment.body))
    grown = _grown(pull_request.review_threads, replied, made, comment)
    result = _put(change, pull_request, comment, review_threads=grown)
    return {**result, "review_full_database_id": review.database_id}


def _with_review(
    repository: Repository, pull_request: PullRequest, change: Change
) -> tuple[PullRequest, Review]:
    """Return the review of a new comment, and the pull request that has it.

    Without a `review_id` it is the last one that was submitted, else a new one, as GitHub makes
    for every single comment.
    """
    if change.get("review_id") is not None:
        review = change.item(pull_request.reviews, "review_id")
        if review.state == "PENDING":
            raise InvalidInput(f"The review {review.database_id} is still being written.")
        return pull_request, review
    submitted = [r for r in pull_request.reviews if r.state != "PENDING"]
    if submitted:
        return pull_request, submitted[-1]
    lists, random = repository.source.lists, stream(pull_request.number, 72)
    made = lists.review(pull_request, 0, change.moment, lists.people.user(random), random)
    review = replace(made, database_id=repository.new_item_id(), state="COMMENTED", body="")
    return replace(pull_request, reviews=(*pull_request.reviews, review)), review


def _made(
    repository: Repository, pull_request: PullRequest, review: Review, moment: str
) -> ReviewThread:
    """Return a new thread of one comment by some user."""
    database_id = repository.new_item_id()
    lists, random = repository.source.lists, stream(database_id, 91)
    ids = range(database_id, database_id + 1)
    made = lists.thread(pull_request, review, moment, random, ids)
    comment = replace(made.comments[0], author_id=lists.people.user(random))
    return replace(made, comments=(comment,))


def _grown(
    threads: _Threads, replied: ReviewComment | None, made: ReviewThread, comment: ReviewComment
) -> _Threads:
    """Return the threads with a comment more: in the thread it replies in, or in its own."""
    if replied is None:
        return (*threads, replace(made, comments=(comment,)))
    return tuple(
        replace(thread, comments=(*thread.comments, comment))
        if replied in thread.comments
        else thread
        for thread in threads
    )


def _edited(threads: _Threads, change: Callable[[ReviewComment], ReviewComment | None]) -> _Threads:
    """Return the threads with every comment changed, or gone where the change leaves none."""
    edited = []
    for thread in threads:
        comments = tuple(new for c in thread.comments if (new := change(c)) is not None)
        if comments:  # GitHub has no empty threads: the last comment takes its thread along
            edited.append(replace(thread, comments=comments))
    return tuple(sorted(edited, key=lambda thread: thread.key))


CHANGES: Changes = {
    "insert_pull_request": insert_pull_request,
    "update_pull_request": _update_pull_request,
    "delete_pull_request": _delete_pull_request,
    "add_review": _add_review,
    "edit_review": _edit_review,
    "delete_review": _delete_review,
    "add_comment": _add_comment,
    "edit_comment": _edit_comment,
    "delete_comment": _delete_comment,
    "add_review_comment": _add_review_comment,
    "edit_review_comment": _edit_review_comment,
    "delete_review_comment": _delete_review_comment,
}
