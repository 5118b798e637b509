"""What a feed's steps are made of, whichever feed it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from contributor_backfill.domain.types import RateLimit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from contributor_backfill.capture.fetcher import Deferred, Failed, Fetched
    from contributor_backfill.domain.feeds import FeedClaim, Position
    from contributor_backfill.domain.harvest import Harvest
    from contributor_backfill.domain.records import Page


class Resource(StrEnum):
    """The two hourly quotas of GitHub, by its own names."""

    GRAPHQL = "graphql"
    REST = "core"


Left: TypeAlias = dict[Resource, RateLimit]
"""What is left of each quota, as far as it is known."""


@dataclass(frozen=True)
class Part:
    """One commit of a step: what it stores and where the pass stands after it.

    `page` is what GitHub said of the repository. `listed` says which place of a list a page covers
    (see `backfill_doubt_unseen_v1`). `ends_turn` gives the lease back although the pass
    is not finished.
    """

    harvest: Harvest
    position: Position | None
    finished: bool = False
    page: Page | None = None
    ends_turn: bool = False
    listed: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Step:
    """What one request of a feed brought, in as many commits as its bytes need.

    `plan_is_ours` says whether the next page's size is to be remembered for this feed.
    """

    parts: tuple[Part, ...]
    fetched: Fetched[Any]
    resource: Resource
    plan_is_ours: bool = True


class Steps(Protocol):
    """Make the steps of one kind of feed."""

    def next(self, claim: FeedClaim, deadline: datetime) -> Step | Deferred | Failed:
        """Ask GitHub for what is next, waiting until `deadline` at most."""

    def resource(self, claim: FeedClaim) -> Resource:
        """Say which quota the next step spends."""


def sliced(
    harvest: Harvest,
    before: Position | None,
    after: Position | None,
    *,
    finished: bool = False,
    page: Page | None = None,
) -> tuple[Part, ...]:
    """Return the commits of a harvest: only the last moves the pass on."""
    *first, last = harvest.slices()
    return (
        *(Part(each, before) for each in first),
        Part(last, after, finished=finished, page=page),
    )
