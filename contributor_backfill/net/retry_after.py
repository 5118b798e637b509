"""How long a server asks to wait, in `Retry-After`: seconds, or a date as HTTP writes it.

https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_WAIT = 86_400.0
"""Seconds. Whoever asks for more does not mean it."""


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Return the seconds to wait; None where nothing is asked, or nothing that can be read.

    A date is held against `now`, or else against the response's own. Header names are in lower
    case, or the mapping does not care.
    """
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]+", value):
        return min(float(value), LONGEST_WAIT)
    until = http_date(value)
    now = now or http_date(headers.get("date", ""))
    if until is None or now is None:
        return None
    return min(max(0.0, (until - now).total_seconds()), LONGEST_WAIT)


def http_date(value: str) -> datetime | None:
    """Return a moment as HTTP writes it, or None for anything else."""
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, ValueError, OverflowError):
        return None
    # `-0000` is UTC from a clock that does not know its own zone.
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
