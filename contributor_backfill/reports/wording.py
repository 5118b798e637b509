"""Numbers, times and endings in words, the same on a terminal and in a log."""

import re
from datetime import datetime, timedelta

from contributor_backfill.domain.bounds import Stop

STOPS = {
    Stop.COMPLETED: "it is complete",
    Stop.CHUNKS: "the limit of pages is reached (--max-chunks)",
    Stop.ITEMS: "the limit of pull requests is reached",
    Stop.POINTS: "the limit of points is reached",
    Stop.TIME: "the time limit is reached",
    Stop.QUOTA: "what is left of GitHub's points this hour is kept for others (--reserve)",
    Stop.RATE_LIMITED: "GitHub asks to wait",
    Stop.ERROR: "a page could not be captured",
    Stop.LEASE: "another run has taken over",
    Stop.IDLE: "nothing more is due",
    Stop.REFUSED: "the database refuses one repository after the other",
}


def ending(stop_reason: str | None) -> str:
    """Return why a run ended in words; a reason that is a text of its own stays as it is."""
    words = {str(stop): text for stop, text in STOPS.items()}
    return ", ".join(words.get(part, part) for part in (stop_reason or "").split(", "))


def plural(count: int, noun: str) -> str:
    """Return a count with its noun: 1 day, 2 days, 2 repositories."""
    if count == 1:
        return f"1 {noun}"
    stem, ending = (noun[:-1], "ies") if re.search(r"[^aeiou]y$", noun) else (noun, "s")
    return f"{count:,} {stem}{ending}"


def at(moment: datetime | None) -> str:
    """Return a moment to the minute, in UTC."""
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else "unknown"


def day(moment: datetime, now: datetime) -> str:
    """Return a moment as short as it is clear: 14:05 UTC, 3 Dec 14:05, 3 Dec, 3 Dec 2027."""
    # Within half a day nobody takes one day for the other.
    if abs(moment - now) < timedelta(hours=12) or moment.date() == now.date():
        return f"{moment:%H:%M} UTC"
    if abs(moment - now) < timedelta(days=2):
        return f"{moment:%-d %b %H:%M}"
    return f"{moment:%-d %b}" if moment.year == now.year else f"{moment:%-d %b %Y}"


def duration(span: timedelta) -> str:
    """Return a span in its largest unit and the next: 45 s, 12 min, 4 h 10 min, 3 d 4 h."""
    seconds = max(0, round(span.total_seconds()))
    minutes, hours = seconds // 60, seconds // 3600
    if seconds < 120:
        return f"{seconds} s"
    if minutes < 120:
        return f"{minutes} min"
    if hours < 48:
        return f"{hours} h {minutes % 60} min"
    return f"{hours // 24:,} d {hours % 24} h"


def unlisted(difference: int) -> str:
    """Say that GitHub's total of pull requests differs from its own list, which is settled."""
    than = f"{plural(abs(difference), 'pull request')} {'more' if difference > 0 else 'fewer'}"
    return f"settled: GitHub counts {than} than its own list holds; nothing is missing for it"
