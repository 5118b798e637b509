"""The tokens of one run: a general one, and those of single owners.

A repository is read with its owner's token, and with the general one where there is none, or where
the owner's may not read it or has too little left. No owner's token reads another owner's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from contributor_backfill.domain.bounds import reserve_points
from contributor_backfill.domain.types import RateLimit
from contributor_backfill.github.faults import PrimaryLimit, Unusable

if TYPE_CHECKING:
    from contributor_backfill.domain.control import KnownRepository


class Resource(StrEnum):
    """The two hourly quotas of GitHub, by its own names."""

    GRAPHQL = "graphql"
    REST = "core"


def refused(owner: str) -> Unusable:
    """Return the fault of an owner's token that GitHub does not accept.

    The repositories of others are served all the same, so it ends no run.
    """
    return Unusable(
        f"GitHub does not accept the token of {owner} (401 Bad credentials).",
        advice="Renew it in GITHUB_TOKENS; the token of an App's installation lives an hour.",
    )


@dataclass
class Token:
    """A token, whose it is (empty for the general one), and what is left of its quotas."""

    text: str = field(repr=False)
    owner: str = ""
    left: dict[Resource, RateLimit] = field(default_factory=dict)

    def has_left(self, resource: Resource, now: datetime, reserve: int | None) -> bool:
        """Tell whether it may still be used; one that was not used yet may be."""
        left = self.left.get(resource)
        # From the reset on GitHub counts anew.
        if left is None or now >= left.reset_at:
            return True
        return left.remaining > reserve_points(left.limit, reserve)


class Tokens:
    """Choose a token for each request."""

    def __init__(self, general: str, of_owners: Mapping[str, str] | None = None) -> None:
        self.general = Token(general)
        self.reserve: int | None = None
        """Points of each quota that are left to others; null is a fifth of it."""
        self.of_owners = {
            owner.lower(): Token(text, owner) for owner, text in (of_owners or {}).items()
        }
        self._unreadable: set[str] = set()

    @property
    def every(self) -> tuple[Token, ...]:
        """All of them, the general one first."""
        return (self.general, *self.of_owners.values())

    def candidates(self, full_name: str) -> tuple[Token, ...]:
        """Return what may serve a repository, or whatever has no name, the best first."""
        owned = self.of_owners.get(full_name.partition("/")[0].lower())
        if owned is None:
            return (self.general,)
        # The owner's token stays the second choice: what it may read can change.
        is_unreadable = full_name.lower() in self._unreadable
        return (self.general, owned) if is_unreadable else (owned, self.general)

    def usable(
        self, full_name: str, resource: Resource, now: datetime
    ) -> tuple[tuple[Token, ...], PrimaryLimit | None]:
        """Return the candidates that have something left, and the limit of those that have not."""
        candidates = self.candidates(full_name)
        usable = [token for token in candidates if token.has_left(resource, now, self.reserve)]
        spent = [token for token in candidates if token not in usable]
        if not spent:
            return candidates, None
        whose = " and ".join(token.owner or "GITHUB_TOKEN" for token in spent)
        return tuple(usable), PrimaryLimit(
            f"The hourly quota of {whose} is spent, but for the reserve.",
            min(token.left[resource].reset_at for token in spent),
        )

    def cannot_read(self, full_name: str) -> None:
        """Note that a repository is not for its owner's token, and the general one reads it."""
        self._unreadable.add(full_name.lower())

    def best_left(self, resource: Resource) -> RateLimit | None:
        """Return what is left of the token that has most; null while one was not used yet."""
        lefts = [token.left.get(resource) for token in self.every]
        known = [left for left in lefts if left is not None]
        # A token that was not used yet may have all of its quota.
        if len(known) < len(lefts):
            return None
        return max(known, key=lambda left: left.remaining, default=None)

    def alike(
        self, repositories: "Iterable[KnownRepository]"
    ) -> "tuple[tuple[KnownRepository, ...], ...]":
        """Return repositories in groups, each with the same token."""
        groups: dict[str, list[KnownRepository]] = {}
        for repository in repositories:
            owner = self.candidates(repository.full_name)[0].owner
            groups.setdefault(owner, []).append(repository)
        return tuple(map(tuple, groups.values()))
