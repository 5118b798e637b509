"""How large the repositories of a fleet are."""

from hypothesis import given
from hypothesis import strategies as st

from contributor_backfill.sandbox.rehearsal.plan import (
    SITE,
    SMALLEST,
    Plan,
    fleet_world,
    names,
    sizes,
)


@given(st.integers(1, 300), st.integers(SMALLEST, 1_000_000))
def test_sizes_fall_from_the_largest_and_never_below_the_smallest(count: int, largest: int) -> None:
    fleet = sizes(count, largest)

    assert len(fleet) == count
    assert fleet[0] == largest
    assert list(fleet) == sorted(fleet, reverse=True)
    assert fleet[-1] >= SMALLEST
    assert all(size == SMALLEST or size * rank <= largest for rank, size in enumerate(fleet, 1))


def test_the_fleet_of_the_issue_has_566_thousand_pull_requests() -> None:
    assert sum(sizes(96, 110_000)) == 566_107


def test_github_has_the_fleet_as_planned_and_the_same_seed_gives_the_same_one() -> None:
    plan = Plan(repositories=3, largest=90, items=2)
    world, again = fleet_world(plan), fleet_world(plan)

    assert set(world.names()) == {*names(plan), SITE}
    for name, size in names(plan).items():
        repository, twin = world.find(name), again.find(name)
        assert repository
        assert twin
        pull_requests = list(repository.newest_first())
        assert len(pull_requests) == size
        assert {len(pull_request.reviews) for pull_request in pull_requests} == {2}
        assert {len(pull_request.comments) for pull_request in pull_requests} == {2}
        assert {len(pull_request.review_comments) for pull_request in pull_requests} == {2}
        assert pull_requests == list(twin.newest_first())
