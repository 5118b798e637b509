"""What is rehearsed."""

from dataclasses import dataclass
from enum import StrEnum

from contributor_backfill.sandbox.rehearsal.schedule import REAL, Schedule


class Until(StrEnum):
    """When a rehearsal ends."""

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
