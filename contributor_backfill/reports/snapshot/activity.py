"""What the captured pull requests say of the work: by month, and who is most active."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True)
class Month:
    """A month (UTC): pull requests opened and merged, and how soon the first review came.

    `first_review_hours` is the median of those that have one; null without any.
    """

    begins_at: datetime
    opened: int
    merged: int
    first_reviews: int
    first_review_hours: float | None


@dataclass(frozen=True)
class Person:
    """Somebody, and how many pull requests or reviews are theirs."""

    login: str
    count: int


@dataclass(frozen=True)
class Activity:
    """Of one repository or of all; oldest month first. People are no bots."""

    months: tuple[Month, ...] = ()
    authors: tuple[Person, ...] = ()
    reviewers: tuple[Person, ...] = ()
    pull_requests: int = 0
    bot_pull_requests: int = 0
    scope: str = ""


NOTHING = Activity()


def activity(document: Mapping[str, Any] | None) -> Activity:
    """Return the activity of a repository, as it was counted at the end of a run."""
    if not document:
        return NOTHING
    return Activity(
        tuple(_month(*row) for row in document["months"]),
        tuple(Person(*row) for row in document["authors"]),
        tuple(Person(*row) for row in document["reviewers"]),
        document["pull_requests"],
        document["bot_pull_requests"],
        document.get("scope", ""),
    )


def _month(month: str, opened: int, merged: int, first_reviews: int, hours: float | None) -> Month:
    begins_at = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
    return Month(begins_at, opened, merged, first_reviews, hours)
