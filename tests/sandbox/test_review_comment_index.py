"""The index of the review comments follows every change without being built anew."""

from collections.abc import Iterator
from unittest.mock import patch

import pytest

from contributor_backfill.sandbox import ListSizes, RepositoryOptions, SandboxClock, World
from contributor_backfill.sandbox.changes import apply
from contributor_backfill.sandbox.pull_requests.records import ReviewCommentIndex
from contributor_backfill.sandbox.repositories import Repository

NAME = "octo-sandbox/rehearsal"
SORTS = ("id", "created", "updated")


@pytest.fixture
def world() -> World:
    return World.of([RepositoryOptions(pull_requests=30, review_comments=ListSizes.exactly(3))])


@pytest.fixture
def repository(world: World) -> Iterator[Repository]:
    (found,) = world.repositories.values()
    for sort in SORTS:
        found.review_comments().ordered(sort)
    yield found
    fresh = ReviewCommentIndex(found.newest_first())
    for sort in SORTS:
        assert found.review_comments().ordered(sort) == fresh.ordered(sort)


def reviewed(repository: Repository) -> int:
    return next(
        pull_request.number
        for pull_request in repository.newest_first()
        if pull_request.review_comments
    )


@pytest.mark.parametrize("name", ["insert_pull_request", "update_pull_request", "add_comment"])
def test_what_touches_no_comment_on_the_diff(
    world: World, repository: Repository, name: str
) -> None:
    change = {"change": name, "repository": NAME, "number": reviewed(repository)}

    apply(world, SandboxClock(), change)


def test_a_pull_request_that_goes_takes_its_comments_along(
    world: World, repository: Repository
) -> None:
    number = reviewed(repository)
    before = len(repository.review_comments().ordered("id"))

    apply(
        world,
        SandboxClock(),
        {"change": "delete_pull_request", "repository": NAME, "number": number},
    )

    assert len(repository.review_comments().ordered("id")) == before - 3


def test_comments_that_come_change_and_go(world: World, repository: Repository) -> None:
    number = reviewed(repository)
    change = {"repository": NAME, "number": number}
    added = apply(world, SandboxClock(), {**change, "change": "add_review_comment"})
    wanted = {**change, "full_database_id": added["full_database_id"]}

    assert repository.review_comments().ordered("id")[-1] == ("", added["full_database_id"])
    apply(world, SandboxClock(), {**wanted, "change": "edit_review_comment"})
    assert repository.review_comments().ordered("updated")[-1][1] == added["full_database_id"]
    apply(world, SandboxClock(), {**wanted, "change": "delete_review_comment"})
    assert repository.review_comments().find(added["full_database_id"]) is None


def test_the_index_is_built_once(world: World) -> None:
    (found,) = world.repositories.values()
    number = reviewed(found)
    with patch.object(found, "newest_first", wraps=found.newest_first) as listed:
        found.review_comments()
        change = {"change": "add_review_comment", "repository": NAME, "number": number}
        apply(world, SandboxClock(), change)
        found.review_comments()

    assert listed.call_count == 1
