"""Completeness is stored against GitHub's own total, and no number flatters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contributor_backfill.domain.completeness import (
    needs_backfill,
    percentage,
)


@pytest.mark.parametrize(
    ("stored", "total", "needed"),
    [
        (0, 99, False),
        (0, 100, True),
        (79, 100, True),
        (80, 100, False),
        (799, 1_000, True),
        (1_200, 1_000, False),
        (0, 0, False),
    ],
)
def test_a_backfill_is_needed_below_80_percent_of_at_least_100(
    stored: int, total: int, needed: bool
) -> None:
    assert needs_backfill(stored, total) is needed


@given(st.integers(0, 200_000), st.integers(0, 200_000), st.integers(0, 3))
def test_0_and_100_percent_are_only_shown_when_true(stored: int, total: int, short: int) -> None:
    shown = percentage(stored, total, short=short)

    assert 0 <= shown <= 100
    assert (shown == 100) == (stored >= total and not short)
    assert (shown == 0) == (stored == 0 and total > 0)


@pytest.mark.parametrize(
    ("stored", "total", "short", "shown"),
    [
        (2_999, 3_000, 1, 99),
        (3_000, 3_000, 6, 99.9),
        (3_010, 3_000, 1, 99.9),
        (109_999, 110_000, 1, 99),
        (995, 1_000, 1, 99),
        (989, 1_000, 1, 98),
        (3_010, 3_000, 0, 100),
    ],
)
def test_a_percentage_is_rounded_down_and_never_100_while_something_is_missing(
    stored: int, total: int, short: int, shown: float
) -> None:
    assert percentage(stored, total, short=short) == shown
