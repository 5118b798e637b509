"""Invented repositories: the same from the same seed, with everything real ones have."""

from itertools import pairwise
from statistics import median

import pytest

from contributor_backfill.sandbox import ListSizes, RepositoryOptions, World
from contributor_backfill.sandbox.invention.pull_requests import LONE_SURROGATE, ODDITIES
from contributor_backfill.sandbox.pull_requests.records import PullRequest


def repository(**options: object) -> list[PullRequest]:
    made = RepositoryOptions(**options)  # type: ignore[arg-type]  # options of several kinds
    return list(next(iter(World.of([made]).repositories.values())).newest_first())


@pytest.fixture(scope="module")
def odd() -> list[PullRequest]:
    return repository(pull_requests=400, oddity_every=2)


def test_the_same_seed_invents_the_same_repository() -> None:
    assert repository(pull_requests=60, seed=5) == repository(pull_requests=60, seed=5)


def test_another_seed_invents_another_one() -> None:
    assert repository(pull_requests=60, seed=5) != repository(pull_requests=60, seed=6)


def test_a_pull_request_is_the_same_whatever_was_built_before_it() -> None:
    worlds = [World.of([RepositoryOptions(pull_requests=50)]) for _ in range(2)]
    one, other = (next(iter(world.repositories.values())) for world in worlds)
    numbers = one.order("CREATED_AT", frozenset()).numbers

    forwards = [one.pull_request(number) for number in numbers]

    assert forwards[::-1] == [other.pull_request(number) for number in reversed(numbers)]


def test_numbers_and_ids_are_unique_and_numbers_have_gaps() -> None:
    made = repository(pull_requests=200)

    assert len({pull_request.number for pull_request in made}) == 200
    assert len({pull_request.database_id for pull_request in made}) == 200
    assert max(pull_request.number for pull_request in made) > 200


def test_exact_sizes_are_exact() -> None:
    made = repository(pull_requests=50, reviews=ListSizes.exactly(3), comments=ListSizes.exactly(3))

    assert {(len(pull_request.reviews), len(pull_request.comments)) for pull_request in made} == {
        (3, 3)
    }


def test_every_tail_is_given_to_exactly_one_pull_request() -> None:
    made = repository(
        pull_requests=30, reviews=ListSizes(1.0, tails=(101, 250)), comments=ListSizes.exactly(0)
    )

    assert sorted(len(pull_request.reviews) for pull_request in made)[-2:] == [101, 250]
    assert sorted(len(pull_request.reviews) for pull_request in made)[-3] < 101


def test_lists_are_in_the_order_in_which_they_were_made() -> None:
    for pull_request in repository(pull_requests=60):
        for items in (pull_request.reviews, pull_request.comments):
            assert all(one.key < other.key for one, other in pairwise(items))
            assert all(
                pull_request.created_at <= item.created_at <= pull_request.updated_at
                for item in items
            )


def test_a_repository_has_every_state_and_drafts() -> None:
    made = repository(pull_requests=300)

    assert {pull_request.state for pull_request in made} == {"OPEN", "CLOSED", "MERGED"}
    assert any(pull_request.is_draft for pull_request in made)
    assert all(
        (pull_request.merged_at is not None) == (pull_request.state == "MERGED")
        for pull_request in made
    )


def test_some_share_the_second_of_their_opening() -> None:
    moments = [pull_request.created_at for pull_request in repository(pull_requests=300)]

    assert len(set(moments)) < len(moments)


def test_bodies_are_short_with_a_heavy_tail() -> None:
    lengths = sorted(
        len(pull_request.body) for pull_request in repository(pull_requests=2_000, oddity_every=0)
    )

    assert 80 < median(lengths) < 220
    assert 1_500 < lengths[int(0.99 * len(lengths))] < 12_000
    assert lengths[0] == 0


def test_without_oddities_nothing_is_strange() -> None:
    made = repository(pull_requests=200, oddity_every=0)

    assert all(pull_request.author_id is not None for pull_request in made)
    assert not any(
        character in pull_request.body for pull_request in made for character in "\0\ud83d"
    )
    assert not any(
        review.state == "PENDING" for pull_request in made for review in pull_request.reviews
    )


def test_every_oddity_can_be_found(odd: list[PullRequest]) -> None:
    assert len(ODDITIES) * 2 < len(odd)
    assert any(pull_request.body == "" for pull_request in odd)
    assert any(len(pull_request.body) == 65_536 for pull_request in odd)
    assert any("\0" in pull_request.body and "\0" in pull_request.title for pull_request in odd)
    assert any(LONE_SURROGATE in pull_request.title for pull_request in odd)
    assert any(ord(character) > 0xFFFF for pull_request in odd for character in pull_request.title)
    assert any(pull_request.author_id is None for pull_request in odd)
    assert any(pull_request.merged and pull_request.merged_by_id is None for pull_request in odd)
    assert any(
        review.submitted_at is None for pull_request in odd for review in pull_request.reviews
    )
    assert any(review.commit_oid is None for pull_request in odd for review in pull_request.reviews)


def test_every_kind_of_account_opens_pull_requests() -> None:
    world = World.of([RepositoryOptions(pull_requests=400, oddity_every=2)])
    made = next(iter(world.repositories.values())).newest_first()

    accounts = [world.account(pull_request.author_id) for pull_request in made]

    assert {account.kind for account in accounts if account} == {
        "User",
        "Bot",
        "Mannequin",
        "Organization",
        "EnterpriseUserAccount",
    }
    assert not any("[bot]" in account.login for account in accounts if account)


def test_a_mannequin_carries_the_login_of_a_user() -> None:
    accounts = list(World.of([RepositoryOptions()]).accounts)
    mannequin = next(account for account in accounts if account.kind == "Mannequin")

    twins = [account for account in accounts if account.login == mannequin.login]
    assert {account.kind for account in twins} == {"Mannequin", "User"}


def test_two_repositories_of_a_world_share_no_ids() -> None:
    options = [RepositoryOptions(name, pull_requests=20) for name in ("a/a", "b/b")]
    one, other = World.of(options).repositories.values()

    ids = [
        {pull_request.database_id for pull_request in made.newest_first()} for made in (one, other)
    ]
    assert not ids[0] & ids[1]
