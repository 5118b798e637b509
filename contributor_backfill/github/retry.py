"""Decide after a fault: wait, ask for less, step down the ladder, or give up. Pure.

| fault                          | rule                                                          |
|--------------------------------|---------------------------------------------------------------|
| too heavy                      | half the page or less; at one, the next lighter query, but    |
|                                | the first try of all once more as it was; wait a second       |
| 500, 502 or 504 at once        | the same again as often as `retries` says, then as too heavy  |
| unavailable                    | the same again after 1, 2, 4 s; then as if too heavy          |
| primary limit                  | wait for the reset and a second                               |
| secondary limit                | wait as told; else 60 s, doubled each time, three times       |
| access lost, credentials, rest | give up                                                       |
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from contributor_backfill.domain.policy import (
    AT_ONCE_SECONDS,
    FIRST_SECONDARY_WAIT,
    SECONDARY_TRIES,
    UNAVAILABLE_TRIES,
)
from contributor_backfill.github.faults import (
    GitHubFault,
    PrimaryLimit,
    SecondaryLimit,
    TooHeavy,
    Unavailable,
)


@dataclass(frozen=True)
class Wait:
    """Ask again at `until`; first ask for less when `lighter`."""

    until: datetime
    lighter: bool


@dataclass(frozen=True)
class GiveUp:
    """Ask no more."""


def is_chance(fault: GitHubFault, seconds: float) -> bool:
    """Tell whether the size of a request may have nothing to do with a fault after `seconds`."""
    return isinstance(fault, Unavailable) or (
        isinstance(fault, TooHeavy) and fault.may_be_chance and seconds < AT_ONCE_SECONDS
    )


def decide(fault: GitHubFault, tries: int, now: datetime, retries: int = 0) -> Wait | GiveUp:
    """Decide what follows the fault that came for the `tries`-th time in a row (from 1).

    What is too heavy is asked for again `retries` times before less is asked for.
    """
    seconds, lighter = 1.0, False
    match fault:
        case TooHeavy():
            lighter = tries > retries
        case Unavailable():
            lighter = tries > UNAVAILABLE_TRIES
            seconds = 1 if lighter else 2 ** (tries - 1)
        case PrimaryLimit():
            # A reset that has passed and still does not help: one of the clocks is wrong.
            least = 0 if tries == 1 else FIRST_SECONDARY_WAIT
            seconds = max(least, (fault.reset_at - now).total_seconds()) + 1
        case SecondaryLimit() if tries <= SECONDARY_TRIES:
            asked = fault.retry_after
            seconds = asked if asked is not None else FIRST_SECONDARY_WAIT * 2 ** (tries - 1)
        case _:
            return GiveUp()
    return Wait(now + timedelta(seconds=seconds), lighter)
