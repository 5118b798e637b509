"""What no Postgres text can hold is taken out of what GitHub sends."""

import re

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def clean(text: str | None) -> str | None:
    """Remove NUL and lone surrogates from a text."""
    return UNSTORABLE.sub("", text) if text else text
