"""What no Postgres text can hold is taken out of what GitHub sends."""

import re

LONGEST_REASON = 1_000
"""Characters; GitHub's own are of one or two sentences."""
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def clean(text: str | None) -> str | None:
    """Remove NUL and lone surrogates from a text."""
    return UNSTORABLE.sub("", text) if text else text


def reason(text: object) -> str:
    """Return what a response says of itself, no longer than a person reads.

    It ends on a screen, in records and in issues, and whoever answers may make it 64 MB long.
    """
    whole = str(text or "")
    start = clean(whole[:LONGEST_REASON]) or ""
    return f"{start}…" if len(whole) > LONGEST_REASON else start
