"""Each fault has its rule."""

from datetime import UTC, datetime, timedelta

import pytest

from contributor_backfill.github.faults import (
    BadCredentials,
    Forbidden,
    GitHubFault,
    Gone,
    PrimaryLimit,
    SecondaryLimit,
    TooHeavy,
    Unavailable,
    Unusable,
)
from contributor_backfill.github.retry import GiveUp, Wait, decide, is_chance

NOW = datetime(2026, 1, 1, tzinfo=UTC)
IN_TEN = NOW + timedelta(minutes=10)

RULES = [
    (TooHeavy("x"), 1, (1, True)),
    (TooHeavy("x"), 9, (1, True)),
    (Unavailable("x"), 1, (1, False)),
    (Unavailable("x"), 2, (2, False)),
    (Unavailable("x"), 3, (4, False)),
    (Unavailable("x"), 4, (1, True)),
    (PrimaryLimit("x", IN_TEN), 1, (601, False)),
    (PrimaryLimit("x", NOW - timedelta(hours=1)), 1, (1, False)),
    (PrimaryLimit("x", NOW - timedelta(hours=1)), 2, (61, False)),
    (SecondaryLimit("x", 17), 1, (17, False)),
    (SecondaryLimit("x", 0), 1, (0, False)),
    (SecondaryLimit("x", None), 1, (60, False)),
    (SecondaryLimit("x", None), 2, (120, False)),
    (SecondaryLimit("x", None), 3, (240, False)),
    (SecondaryLimit("x", None), 4, None),
    (Gone("x"), 1, None),
    (Forbidden("x"), 1, None),
    (BadCredentials("x"), 1, None),
    (Unusable("x"), 1, None),
]


@pytest.mark.parametrize(("fault", "tries", "rule"), RULES)
def test_each_fault_is_waited_for_by_its_own_rule(
    fault: GitHubFault, tries: int, rule: tuple[float, bool] | None
) -> None:
    decision = decide(fault, tries, NOW)

    if rule is None:
        assert decision == GiveUp()
    else:
        seconds, lighter = rule
        assert decision == Wait(NOW + timedelta(seconds=seconds), lighter)


def test_what_is_too_heavy_is_asked_for_again_as_often_as_the_attempt_says() -> None:
    fault = TooHeavy("x", may_be_chance=True)

    decisions = [decide(fault, tries, NOW, retries=1) for tries in (1, 2)]

    assert decisions == [Wait(NOW + timedelta(seconds=1), lighter) for lighter in (False, True)]


@pytest.mark.parametrize(
    ("fault", "seconds", "chance"),
    [
        (TooHeavy("502", may_be_chance=True), 0.2, True),
        (TooHeavy("502", may_be_chance=True), 10.1, False),
        (TooHeavy("empty", has_no_data=True), 0.2, True),
        (TooHeavy("resource limits"), 0.2, False),
        (Unavailable("503"), 30, True),
        (Gone("x"), 0.2, False),
    ],
)
def test_what_ends_long_before_githubs_limit_may_be_chance(
    fault: GitHubFault, seconds: float, *, chance: bool
) -> None:
    assert is_chance(fault, seconds) is chance
