"""A backfill is begun when it is needed, or when somebody asks for it."""

import pytest

from contributor_backfill.domain.types import BackfillStatus, Priority, RepositoryId, Tracked
from contributor_backfill.operations.tracking import decide

ACTIVE, PAUSED = BackfillStatus.ACTIVE, BackfillStatus.PAUSED
COMPLETED, FAILED = BackfillStatus.COMPLETED, BackfillStatus.FAILED


@pytest.mark.parametrize(
    ("stored", "total", "backfill", "asked", "begun", "reason"),
    [
        (0, 99, None, None, False, "fewer than 100"),
        (0, 100, None, None, True, "0 of 100"),
        (799, 1_000, None, None, True, "799 of 1,000"),
        (800, 1_000, None, None, False, "800 of 1,000 pull requests are stored already"),
        (0, 1_000, ACTIVE, None, False, "one is active already"),
        (0, 1_000, PAUSED, None, False, "one is paused already"),
        (0, 1_000, FAILED, None, True, "0 of 1,000"),
        (10, 1_000, COMPLETED, None, True, "10 of 1,000"),
        (1_000, 1_000, COMPLETED, None, False, "stored already"),
        (0, 5, None, True, True, "you asked for one"),
        (0, 1_000, None, False, False, "you asked for none"),
        (0, 1_000, ACTIVE, False, False, "you asked for none"),
    ],
)
def test_a_backfill_is_begun_when_needed_and_the_reason_is_given(
    stored: int,
    total: int,
    backfill: BackfillStatus | None,
    asked: bool | None,
    begun: bool,
    reason: str,
) -> None:
    tracked = Tracked(RepositoryId("r"), Priority.LOW, stored, backfill)

    decided, said = decide(tracked, total, asked)

    assert decided is begun
    assert reason in said
