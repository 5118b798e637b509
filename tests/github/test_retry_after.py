"""How long a server asks to wait, however it writes it."""

from datetime import UTC, datetime

import pytest

from contributor_backfill.net.responses import LONGEST_WAIT, retry_after

NOW = datetime(2026, 11, 30, 12, 0, 0, tzinfo=UTC)
DATE = "Mon, 30 Nov 2026 12:00:00 GMT"
LATER = "Mon, 30 Nov 2026 12:01:30 GMT"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        ("7", 7.0),
        (" 60 ", 60.0),
        ("9" * 400, LONGEST_WAIT),
        (LATER, 90.0),
        ("Mon, 30 Nov 2026 11:00:00 GMT", 0.0),
        ("Mon, 30 Nov 2099 11:00:00 GMT", LONGEST_WAIT),
        ("", None),
        ("-1", None),
        ("1.5", None),
        ("²", None),
        ("soon", None),
    ],
)
def test_seconds_and_dates_are_understood_and_nothing_else(
    value: str, seconds: float | None
) -> None:
    assert retry_after({"retry-after": value}, NOW) == seconds


def test_a_date_is_held_against_the_responses_own_where_nothing_else_tells_the_time() -> None:
    assert retry_after({"retry-after": LATER, "date": DATE}) == 90.0
    assert retry_after({"retry-after": LATER}) is None
    assert retry_after({}) is None
