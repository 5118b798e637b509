"""Changes of pull requests, of their conversation, and of the comments on their diffs."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, replace
from typing import Any

from contributor_backfill.domain.errors import InvalidInput
from contributor_backfill.sandbox.change import (
    Change,
    Document,
    all_but,
    item_of,
    pull_request_of,
    repository_of,
    text_of,
    with_item,
)
from contributor_backfill.sandbox.invention.randomness import stream
from contributor_backfill.sandbox.pull_requests.records import (
    Item,
    PullRequest,
    Review,
    ReviewComment,
    ReviewThread,
)
from contributor_backfill.sandbox.repositories import Repository
from contributor_backfill.sandbox.world import World

_FIXED = {"ordinal", "number", "database_id", "repository_id"}
_LISTS = {"reviews", "comments", "review_threads"}
_SETTABLE = frozenset(field.name for field in fields(PullRequest)) - _FIXED - _LISTS


def insert_pull_request(world: World, change: Document, moment: str) -> dict[str, Any]:
    """Open a pull request."""
    repository = repository_of(world, change)
    built = repository.source.build(repository.new_head(moment))
    made = _with_values(built, change.get("set", {}), moment)
    repository.put(made)
    return {"number": made.number}


def _update_pull_request(world: World, change: Document, moment: str) -> dict[str, Any]:
    repository, pull_request = pull_request_of(world, change)
    updated = replace(pull_request, updated_at=moment)
    repository.put(_with_values(updated, change.get("set", {}), moment))
    return {"number": pull_request.number}


def _delete_pull_request(world: World, change: Document, _: str) -> dict[str, Any]:
    repository, pull_request = pull_request_of(world, change)
    repository.remove(pull_request.number)
    return {"number": pull_request.number}


def _with_values(pull_request: PullRequest, values: Document, moment: str) -> PullRequest:
    """Return the pull request with new values; a new state sets the times that belong to it."""
    unknown = values.keys() - _SETTABLE
    if unknown:
        raise InvalidInput(f"Nobody can set {', '.join(sorted(unknown))} of a pull request.")
    times: dict[str, str | None] = {}
    if "state" in values:
        times = _times(values["state"], moment)
    lists = {name: tuple(each) for name, each in values.items() if isinstance(each, list)}
    return replace(pull_request, **{**times, **values, **lists})


def _times(state: str, moment: str) -> dict[str, str | None]:
    if state not in ("OPEN", "CLOSED", "MERGED"):
        raise InvalidInput(f"A pull request cannot be {state!r}.")
    return {
        "closed_at": None if state == "OPEN" else moment,
        "merged_at": moment if state == "MERGED" else None,
    }


_SUBMITTED = ("APPROVED", "CHANGES_REQUESTED", "COMMENTED", "DISMISSED")


def _add_review(world: World, change: Document, moment: str) -> dict[str, Any]:
    repository, pull_request = pull_request_of(world, change)
    lists, random = repository.source.lists, stream(pull_request.number, 71)
    position, author_id = len(pull_request.reviews), lists.people.user(random)
    made = lists.review(pull_request, position, moment, author_id, random)
    review = replace(
        made,
        database_id=repository.new_item_id(),
        body=text_of(change, "body", made.body),
        state=_state(change, made),
    )
    return _put(repository, pull_request, moment, review, reviews=(*pull_request.reviews, review))


def _edit_review(world: World, change: Document, moment: str) -> dict[str, Any]:
    repository, pull_request = pull_request_of(world, change)
    old = item_of(pull_request.reviews, change)
    body = text_of(change, "body", f"{old.body} (edited)")
    state = _state(change, old)
    submitted_at = None if state == "PENDING" else old.submitted_at or moment
    new = replace(old, body=body, state=state, submitted_at=submitted_at, edited_at=moment)
    reviews = with_item(pull_request.reviews, new)
    return _put(repository, pull_request, moment, new, reviews=reviews)


def _delete_review(world: World, change: Document, moment: str) -> dict[str, Any]:
    """Delete a review; GitHub keeps none of its comments on the diff."""
    repository, pull_request = pull_request_of(world, change)
    review = item_of(pull_request.reviews, change)
    return _put(
        repository,
        pull_request,
        moment,
        review,
        reviews=all_but(pull_request.reviews, review),
        review_threads=without_review(pull_request.review_threads, review),
    )


def _add_comment(world: World, change: Document, moment: str) -> dict[str, Any]:
    repository, pull_request = pull_request_of(world, change)
    lists, random = repository.source.lists, stream(pull_request.number, 81)
    position, author_id = len(pull_request.comments), lists.people.user(random)
    made = lists.comment(pull_request, position, moment, author_id, random)
    comment = replace(
        made,
        database_id=repository.new_item_id(),
        body=text_of(change, "body", made.body),
        updated_at=moment,
    )
    comments = (*pull_request.comments, comment)
    return _put(repository, pull_request, moment, comment, comments=comments)


def _edit_comment(world: World, change: Document, moment: str) -> dict[str, Any]:
    repository, pull_request = pull_request_of(world, change)
    old = item_of(pull_request.comments, change)
    body = text_of(change, "body", f"{old.body} (edited)")
    new = replace(old, body=body, updated_at=moment)
    comments = with_item(pull_request.comments, new)
    return _put(repository, pull_request, moment, new, comments=comments)


def _delete_comment(world: World, change: Document, moment: str) -> dict[str, Any]:
    repository, pull_request = pull_request_of(world, change)
    comment = item_of(pull_request.comments, change)
    comments = all_but(pull_request.comments, comment)
    return _put(repository, pull_request, moment, comment, comments=comments)


def _put(
    repository: Repository, pull_request: PullRequest, moment: str, item: Item, **lists: Any
) -> dict[str, Any]:
    repository.put(replace(pull_request, updated_at=moment, **lists))
    return {"number": pull_request.number, "full_database_id": item.database_id}


def _state(change: Document, review: Review) -> str:
    state = text_of(change, "state", review.state)
    if state not in (*_SUBMITTED, review.state):
        raise InvalidInput(f"A review cannot become {state!r}.")
    return state


Threads = tuple[ReviewThread, ...]


def without_review(threads: Threads, review: Review) -> Threads:
    """Return the threads without what came with a review."""
    return _edited(threads, lambda c: None if c.review_id == review.database_id else c)


def _add_review_comment(world: World, change: Document, moment: str) -> dict[str, Any]:
    """Add a comment to a review, as an answer where it is to be one; both touch all above."""
    repository, found = pull_request_of(world, change)
    asked = _asked(found, change)
    pull_request, review = _with_review(repository, found, change, moment)
    made = _made(repository, pull_request, review, moment)
    comment = made.comments[0]
    if asked is not None:
        comment = _as_answer(comment, asked)
    comment = replace(comment, body=text_of(change, "body", comment.body))
    grown = _grown(pull_request.review_threads, asked, made, comment)
    repository.put(replace(pull_request, updated_at=moment, review_threads=grown))
    return {
        "number": pull_request.number,
        "full_database_id": comment.database_id,
        "review_full_database_id": review.database_id,
    }


def _edit_review_comment(world: World, change: Document, moment: str) -> dict[str, Any]:
    repository, pull_request = pull_request_of(world, change)
    old = item_of(pull_request.review_comments, change)
    body = text_of(change, "body", f"{old.body} (edited)")
    new = replace(old, body=body, updated_at=moment)
    threads = _edited(
        pull_request.review_threads, lambda c: new if c.database_id == old.database_id else c
    )
    return _put_threads(repository, _bumped(pull_request, change, moment), old, threads)


def _delete_review_comment(world: World, change: Document, moment: str) -> dict[str, Any]:
    """Delete a comment; the answers to it stay and go on naming it."""
    repository, pull_request = pull_request_of(world, change)
    old = item_of(pull_request.review_comments, change)
    threads = _edited(
        pull_request.review_threads, lambda c: None if c.database_id == old.database_id else c
    )
    return _put_threads(repository, _bumped(pull_request, change, moment), old, threads)


def _bumped(pull_request: PullRequest, change: Document, moment: str) -> PullRequest:
    return replace(pull_request, updated_at=moment) if change.get("bump") is True else pull_request


def _put_threads(
    repository: Repository, pull_request: PullRequest, comment: ReviewComment, threads: Threads
) -> dict[str, Any]:
    repository.put(replace(pull_request, review_threads=threads))
    return {"number": pull_request.number, "full_database_id": comment.database_id}


def _asked(pull_request: PullRequest, change: Document) -> ReviewComment | None:
    """Return the comment that is to be answered."""
    if change.get("reply_to_id") is None:
        return None
    return item_of(pull_request.review_comments, change, "reply_to_id")


def _with_review(
    repository: Repository, pull_request: PullRequest, change: Document, moment: str
) -> tuple[PullRequest, Review]:
    """Return the review of a new comment, and the pull request that has it.

    Without a `review_id` it is the last one that was submitted, else a new one, as GitHub makes
    for every single comment.
    """
    if change.get("review_id") is not None:
        review = item_of(pull_request.reviews, change, "review_id")
        if review.state == "PENDING":
            raise InvalidInput(f"The review {review.database_id} is still being written.")
        return pull_request, review
    submitted = [r for r in pull_request.reviews if r.state != "PENDING"]
    if submitted:
        return pull_request, submitted[-1]
    lists, random = repository.source.lists, stream(pull_request.number, 72)
    made = lists.review(pull_request, 0, moment, lists.people.user(random), random)
    review = replace(made, database_id=repository.new_item_id(), state="COMMENTED", body="")
    return replace(pull_request, reviews=(*pull_request.reviews, review)), review


def _made(
    repository: Repository, pull_request: PullRequest, review: Review, moment: str
) -> ReviewThread:
    """Return a new thread of one comment by some user."""
    database_id = repository.new_item_id()
    threads, random = repository.source.lists.threads, stream(database_id, 91)
    ids = range(database_id, database_id + 1)
    made = threads.thread(pull_request, review, moment, random, ids)
    comment = replace(made.comments[0], author_id=threads.people.user(random))
    return replace(made, comments=(comment,))


def _as_answer(comment: ReviewComment, asked: ReviewComment) -> ReviewComment:
    """Return a new comment in the place of what it answers, under the first of the thread."""
    return replace(
        asked,
        database_id=comment.database_id,
        created_at=comment.created_at,
        updated_at=comment.updated_at,
        author_id=comment.author_id,
        body=comment.body,
        review_id=comment.review_id,
        reply_to_id=asked.reply_to_id or asked.database_id,
    )


def _grown(
    threads: Threads, asked: ReviewComment | None, made: ReviewThread, comment: ReviewComment
) -> Threads:
    """Return the threads with a comment more: in the thread of what it answers or in its own."""
    if asked is None:
        return (*threads, replace(made, comments=(comment,)))
    return tuple(
        replace(thread, comments=(*thread.comments, comment))
        if asked in thread.comments
        else thread
        for thread in threads
    )


def _edited(
    threads: Iterable[ReviewThread], change: Callable[[ReviewComment], ReviewComment | None]
) -> Threads:
    """Return the threads with every comment changed, or gone where the change leaves none."""
    edited = []
    for thread in threads:
        comments = tuple(new for c in thread.comments if (new := change(c)) is not None)
        if comments:
            edited.append(replace(thread, comments=comments))
    return tuple(sorted(edited, key=lambda thread: thread.key))


CHANGES: Mapping[str, Change] = {
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
