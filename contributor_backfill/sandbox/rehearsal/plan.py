"""The plan of a rehearsal: the fleet, GitHub's limits for it, and how it is served."""

from dataclasses import dataclass
from enum import StrEnum

from contributor_backfill.sandbox.options import (
    Limits,
    ListSizes,
    RepositoryOptions,
    Spending,
    WorkModel,
)
from contributor_backfill.sandbox.rehearsal.schedule import REAL, Schedule
from contributor_backfill.sandbox.world import World


class Until(StrEnum):
    """The end of a rehearsal."""

    MOSTLY = "95"
    COMPLETE = "complete"


MOST = 0.95
"""The share of all pull requests at which the fleet counts as mostly complete."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A fleet, GitHub's limits for it, and how it is served.

    `limit` is in points, and in REST requests, an hour. Every pull request has `items` reviews and
    as many comments of either kind. `minutes` are those of a run, `setup_seconds` those of a job
    before its first command.
    """

    repositories: int = 96
    largest: int = 110_000
    limit: int = 1_000
    schedule: Schedule = REAL
    items: int = 1
    minutes: float = 5.0
    setup_seconds: float = 14.5
    chain: bool = True
    until: Until = Until.MOSTLY
    seed: int = 1


SMALLEST = 20
SITE, WORKFLOW = "octo-site/site", "progressive-backfill.yml"
"""The repository whose workflow captures the fleet."""
WORK = WorkModel(
    # A page of 37 takes 4.3 seconds then, the database's part included.
    milliseconds_per_request=600,
    milliseconds_per_pull_request=100,
    spending=Spending.CLOCK,
)
_YEARS, _HOURS_A_YEAR = 10, 8_766
_LONGEST_BETWEEN = 6.0


def sizes(repositories: int, largest: int) -> tuple[int, ...]:
    """Return how many pull requests each repository has, by Zipf: the largest, half of it, a third.

    None has fewer than SMALLEST.
    """
    return tuple(max(SMALLEST, largest // rank) for rank in range(1, repositories + 1))


def names(plan: Plan) -> dict[str, int]:
    """Return the pull requests of every repository by its name, the largest first."""
    fleet = sizes(plan.repositories, plan.largest)
    return {f"octo-fleet/repository-{rank:04}": size for rank, size in enumerate(fleet, start=1)}


def fleet_world(plan: Plan) -> World:
    """Return a GitHub with the fleet in it, and the site that captures it."""
    lists = ListSizes.exactly(plan.items)
    world = World()
    for rank, (name, size) in enumerate(names(plan).items()):
        world.invent(
            RepositoryOptions(
                name,
                pull_requests=size,
                seed=plan.seed + rank,
                reviews=lists,
                comments=lists,
                review_comments=lists,
                oddity_every=0,
                # The giants are not older than GitHub.
                hours_between=min(_LONGEST_BETWEEN, _YEARS * _HOURS_A_YEAR / size),
            )
        )
    world.invent(RepositoryOptions(SITE, pull_requests=0))
    return world


def limits(plan: Plan) -> Limits:
    """Return GitHub's limits for the fleet's token."""
    return Limits(hourly_points=plan.limit, hourly_requests=plan.limit)
