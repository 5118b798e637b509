"""Changes of comments on the diff.

GitHub is known not to touch the pull request when one is edited or deleted; `"bump": true` does.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from contributor_backfill.domain.errors import InvalidInput
from contributor_backfill.sandbox.invention.randomness import stream
from contributor_backfill.sandbox.pull_requests.items import Review, ReviewComment, ReviewThread
from contributor_backfill.sandbox.pull_requests.records import PullRequest
from contributor_backfill.sandbox.repositories.records import Repository
from contributor_backfill.sandbox.world.change_targets import (
    Change,
    Document,
    item_of,
    pull_request_of,
    text_of,
)
from contributor_backfill.sandbox.world.world import World

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
    return _put(repository, _bumped(pull_request, change, moment), old, threads)


def _delete_review_comment(world: World, change: Document, moment: str) -> dict[str, Any]:
    """Delete a comment; the answers to it stay and go on naming it."""
    repository, pull_request = pull_request_of(world, change)
    old = item_of(pull_request.review_comments, change)
    threads = _edited(
        pull_request.review_threads, lambda c: None if c.database_id == old.database_id else c
    )
    return _put(repository, _bumped(pull_request, change, moment), old, threads)


CHANGES: Mapping[str, Change] = {
    "add_review_comment": _add_review_comment,
    "edit_review_comment": _edit_review_comment,
    "delete_review_comment": _delete_review_comment,
}


def _bumped(pull_request: PullRequest, change: Document, moment: str) -> PullRequest:
    return replace(pull_request, updated_at=moment) if change.get("bump") is True else pull_request


def _put(
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
