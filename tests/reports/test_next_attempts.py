"""When a repository goes on is said in the same words wherever it is shown."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from contributor_backfill.reports.repository_words import next_attempt
from tests.support.made_snapshots import full_snapshot

AT = datetime(2026, 11, 25, 12, tzinfo=UTC)
LINE = replace(
    full_snapshot().backfills.repositories[0],
    state="active",
    next_attempt_at=None,
    next_attempt_reason="chunk limit",
    is_being_captured=False,
)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, (None, "next run")),
        ({"is_being_captured": True}, (None, "a run is at work on it")),
        ({"next_attempt_at": AT, "next_attempt_reason": "quota"}, (AT, "quota")),
        ({"state": "failed", "next_attempt_at": AT}, (None, "after retry by hand")),
        ({"state": "paused"}, (None, "after resume by hand")),
        ({"state": "paused", "next_attempt_at": AT}, (AT, "the pause ends")),
        ({"state": "complete", "next_attempt_reason": None}, (None, "")),
    ],
)
def test_it_is_said_when_a_repository_goes_on_and_what_it_waits_for(
    values: dict[str, Any], expected: tuple[datetime | None, str]
) -> None:
    assert next_attempt(replace(LINE, **values)) == expected
