"""The contract between the engine and its sources, and the policy of each source."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from contributor_backfill.domain.sources import Claim, SourceName
from contributor_backfill.github.tokens import Resource

if TYPE_CHECKING:
    from datetime import datetime

    from contributor_backfill.capture.fetcher import Deferred, Failed, Fetched
    from contributor_backfill.domain.harvest import Commit


@dataclass(frozen=True)
class Policy:
    """How a source differs from the others on purpose. `spends` is the quota that mostly pays.

    `half_is_left` keeps half of the hour for what is more urgent. `is_final`: nothing that it
    stores makes anything else due that the same run wants.
    """

    spends: Resource = Resource.GRAPHQL
    half_is_left: bool = False
    is_final: bool = False


POLICIES = {
    SourceName.BACKFILL: Policy(is_final=True),
    SourceName.CONNECTIONS: Policy(),
    SourceName.SYNC: Policy(),
    SourceName.REVIEW_COMMENTS: Policy(Resource.REST),
    SourceName.RECONCILIATION: Policy(),
    SourceName.REFRESH: Policy(half_is_left=True),
    SourceName.REVIEW_COMMENT_REFRESH: Policy(Resource.REST, half_is_left=True),
}
"""Beside how the sources are imported: most runs find none due."""


@dataclass(frozen=True)
class Limits:
    """The limits of the next request: GitHub is waited for until `deadline`.

    `points` are left above the reserve, `remaining` are left of the hour; null before GitHub said.
    """

    deadline: datetime
    points: int | None = None
    remaining: int | None = None


@dataclass(frozen=True)
class Step:
    """The result of one request of a source, in as many commits as its bytes need.

    `keeps_page_size`: the next page's size is remembered for this source.
    """

    commits: tuple[Commit, ...]
    fetched: Fetched[Any]
    resource: Resource
    keeps_page_size: bool = True


class Source(ABC):
    """Fetch one thing after the other, from where a claim stands."""

    name: ClassVar[SourceName]

    @abstractmethod
    def next(self, claim: Claim, limits: Limits) -> Step | Deferred | Failed:
        """Ask GitHub for what is next."""

    def resource(self, claim: Claim) -> Resource:  # noqa: ARG002  # some look at it
        """Say which quota the next request spends."""
        return POLICIES[self.name].spends

    def points(self, claim: Claim, limits: Limits) -> int:  # noqa: ARG002  # some look at it
        """Say what the next request is expected to cost."""
        return 1

    def has_nothing(self, claim: Claim) -> bool:  # noqa: ARG002  # some look at it
        """Tell whether there is nothing to ask for, without asking."""
        return False
