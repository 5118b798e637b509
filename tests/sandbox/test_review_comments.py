"""Invented comments on the diff: how many, on what, by whom."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from contributor_backfill.sandbox import DatasetOptions, ListSizes, RepositoryOptions, World
from contributor_backfill.sandbox.accounts import NOBODY
from contributor_backfill.sandbox.invention.pull_requests import LONE_SURROGATE
from contributor_backfill.sandbox.pull_requests.records import PullRequest, comments_of
from tests.sandbox.test_dataset import write

KINDS = {"User", "Bot", "Mannequin", "Organization", "EnterpriseUserAccount"}


def world(**options: Any) -> World:
    return World.of([RepositoryOptions(**{"review_comments": ListSizes.exactly(3), **options})])


def made(found: World) -> list[PullRequest]:
    return list(next(iter(found.repositories.values())).newest_first())


@pytest.fixture(scope="module")
def odd() -> World:
    return world(pull_requests=400, oddity_every=2)


def test_every_reviewed_pull_request_has_exactly_so_many() -> None:
    found = made(world(pull_requests=200, oddity_every=0))

    assert {
        len(pull_request.review_comments) for pull_request in found if pull_request.reviews
    } == {3}
    assert {
        len(pull_request.review_comments) for pull_request in found if not pull_request.reviews
    } == {0}


def test_threads_have_one_to_three_comments_and_spread_over_reviews() -> None:
    found = made(world(pull_requests=80, oddity_every=0, reviews=ListSizes.exactly(4)))

    threads = [thread for pull_request in found for thread in pull_request.review_threads]
    assert {len(thread.comments) for thread in threads} == {1, 2, 3}
    assert any(
        len({comment.review_id for comment in pull_request.review_comments}) > 1
        for pull_request in found
    )


def test_a_tail_is_one_review_with_more_comments_than_a_page() -> None:
    sizes = ListSizes(0.5, tails=(250,))
    found = made(world(pull_requests=30, review_comments=sizes, reviews=ListSizes.exactly(0)))

    (long,) = (pull_request for pull_request in found if pull_request.review_comments)
    assert len(comments_of(long.reviews[0], long)) == len(long.review_comments) == 250


def test_without_the_option_threads_are_counted() -> None:
    found = made(world(pull_requests=50, review_comments=None, review_threads=ListSizes.exactly(2)))

    assert {len(pull_request.review_threads) for pull_request in found if pull_request.reviews} == {
        2
    }


def test_a_real_list_takes_the_option_too(tmp_path: Path) -> None:
    options = DatasetOptions(
        reviews=ListSizes.exactly(0), review_comments=ListSizes.exactly(3), unmerged_share=0
    )
    found = made(World.of(datasets=[write(tmp_path, {})], dataset_options=options))

    assert [len(pull_request.review_comments) for pull_request in found] == [3]
    assert {c.review_id for c in found[0].review_comments} <= {
        review.database_id for review in found[0].reviews
    }


def test_ids_are_shared_with_nothing() -> None:
    found = made(world(pull_requests=100))

    review_comments = [
        comment.database_id for pull_request in found for comment in pull_request.review_comments
    ]
    others = {
        item.database_id
        for pull_request in found
        for item in (*pull_request.reviews, *pull_request.comments)
    }
    assert len(set(review_comments)) == len(review_comments)
    assert not others & set(review_comments)


def test_ids_collide_with_the_conversation_when_that_is_asked_for() -> None:
    found = made(world(pull_requests=60, colliding_ids=True))

    for pull_request in found:
        shared = {c.database_id for c in pull_request.comments} & {
            c.database_id for c in pull_request.review_comments
        }
        assert len(shared) == bool(pull_request.comments and pull_request.review_comments)
        assert all(one.key < other.key for one, other in pairwise(pull_request.comments))


def test_a_hunk_is_a_piece_of_a_diff() -> None:
    for pull_request in made(world(pull_requests=20, oddity_every=0)):
        for comment in pull_request.review_comments:
            header, *lines = comment.diff_hunk.split("\n")
            assert header.startswith("@@ -")
            assert len(lines) >= 2
            assert all(line[0] in "+- " for line in lines)


def test_an_outdated_comment_has_lost_its_place_and_its_commit_has_moved_on() -> None:
    comments = [
        c for pull_request in made(world(pull_requests=60)) for c in pull_request.review_comments
    ]

    for comment in comments:
        is_outdated = comment.position is None
        assert (comment.line is None) == is_outdated
        assert (comment.original_commit_oid != comment.commit_oid) == is_outdated
    assert {comment.position is None for comment in comments} == {True, False}


def test_some_comments_were_edited_after_they_had_replies() -> None:
    threads = [
        t for pull_request in made(world(pull_requests=100)) for t in pull_request.review_threads
    ]

    with_replies = [thread.comments for thread in threads if len(thread.comments) > 1]
    assert any(first.updated_at > reply.updated_at for first, reply, *_ in with_replies)
    assert any(first.updated_at == reply.updated_at for first, reply, *_ in with_replies)


def test_nothing_is_younger_than_the_last_update_of_its_pull_request(odd: World) -> None:
    for pull_request in made(odd):
        for item in (*pull_request.reviews, *pull_request.comments, *pull_request.review_comments):
            assert pull_request.created_at <= item.created_at <= pull_request.updated_at


def test_nothing_hangs_on_a_review_that_is_still_being_written(odd: World) -> None:
    pending = {
        review.database_id
        for pull_request in made(odd)
        for review in pull_request.reviews
        if review.state == "PENDING"
    }

    assert pending
    assert not any(
        c.review_id in pending for pull_request in made(odd) for c in pull_request.review_comments
    )


def test_every_kind_of_account_and_none_occurs_in_every_position(odd: World) -> None:
    found = made(odd)
    positions = [
        [pull_request.author_id for pull_request in found],
        [review.author_id for pull_request in found for review in pull_request.reviews],
        [comment.author_id for pull_request in found for comment in pull_request.comments],
        [comment.author_id for pull_request in found for comment in pull_request.review_comments],
    ]

    for author_ids in positions:
        accounts = [odd.account(author_id) for author_id in author_ids]
        assert {account.kind for account in accounts if account} == KINDS
        assert None in author_ids
    assert NOBODY in positions[-1]


@pytest.mark.parametrize("text", ["\0", LONE_SURROGATE])
def test_text_that_breaks_software_stands_in_bodies_and_hunks(odd: World, text: str) -> None:
    comments = [comment for pull_request in made(odd) for comment in pull_request.review_comments]

    assert any(text in comment.body and text in comment.diff_hunk for comment in comments)


def test_the_same_seed_makes_the_same_comments() -> None:
    one, other = (made(world(pull_requests=30)) for _ in range(2))

    assert one == other
    assert one != made(world(pull_requests=30, seed=2))
    assert json.dumps(
        [comment.diff_hunk for pull_request in one for comment in pull_request.review_comments]
    )
