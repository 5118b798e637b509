"""Changes of reviews and of the conversation. All of them touch their pull request."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from contributor_backfill.domain.errors import InvalidInput
from contributor_backfill.sandbox.invention.randomness import stream
from contributor_backfill.sandbox.pull_requests.items import Item, Review
from contributor_backfill.sandbox.pull_requests.records import PullRequest
from contributor_backfill.sandbox.pull_requests.review_comment_changes import without_review
from contributor_backfill.sandbox.repositories.records import Repository
from contributor_backfill.sandbox.world.change_targets import (
    Change,
    Document,
    all_but,
    item_of,
    pull_request_of,
    text_of,
    with_item,
)
from contributor_backfill.sandbox.world.world import World

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


CHANGES: Mapping[str, Change] = {
    "add_review": _add_review,
    "edit_review": _edit_review,
    "delete_review": _delete_review,
    "add_comment": _add_comment,
    "edit_comment": _edit_comment,
    "delete_comment": _delete_comment,
}


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
