"""Text that strangers wrote, put into GitHub's Markdown as text."""

import re

from contributor_backfill.domain.redaction import on_one_line

LONGEST = 900_000
"""Bytes of a job's summary, which the runner refuses above a mebibyte."""
SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|~&])")


def plain(text: str) -> str:
    """Return a text that GitHub shows as it is: no markup, no link, no mention, one line.

    A zero-width space after `@` keeps GitHub from notifying anybody.
    """
    one_line = " ".join(on_one_line(text).split())
    return SPECIAL.sub(r"\\\1", one_line).replace("@", "@\u200b")
