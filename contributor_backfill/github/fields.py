"""The fields of a document of GitHub's, each held against what it must be."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from contributor_backfill.github.faults import Unusable
from contributor_backfill.github.texts import clean

LONGEST_WORD = 100
LONGEST_TEXT = 500
FULL_NAME = re.compile(r"[\w-][\w.-]*/(?!\.{1,2}$)[\w.-]+", re.ASCII)
YEARS = range(2007, 2200)
"""Since there is GitHub, and as long as minutes fit their column."""


class Fields:
    """An object of a document. `path` leads to it, for the sentence that says what is wrong.

    Every method raises `Unusable` for a value that is none of its kind.
    """

    def __init__(self, value: Any, path: str) -> None:
        if not isinstance(value, dict):
            raise Unusable(f"GitHub's document is damaged: {path} is no object.")
        self._values: dict[str, Any] = value
        self._path = path

    def inner(self, key: str) -> "Fields":
        """Return an object in this one."""
        return Fields(self._values.get(key), f"{self._path}.{key}")

    def each(self, key: str) -> Iterator["Fields"]:
        """Yield the objects of a list, which may be missing."""
        values = self._values.get(key)
        if not isinstance(values, list | None):
            raise self._damaged(key, "no list")
        for place, value in enumerate(values or []):
            yield Fields(value, f"{self._path}.{key}[{place}]")

    def has(self, key: str) -> bool:
        """Tell whether there is a value."""
        return self._values.get(key) is not None

    def number(self, key: str, *, bits: int = 63, missing: int | None = None) -> int:
        """Return a whole number above zero that fits a signed column of so many bits."""
        value = self._values.get(key, missing)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 2**bits:
            raise self._damaged(key, "no number of that kind")
        return value

    def text(self, key: str) -> str:
        """Return a text, empty where there is none, at its usual length."""
        value = self._values.get(key)
        if not isinstance(value, str | None):
            raise self._damaged(key, "no text")
        return (clean(value) or "")[:LONGEST_TEXT]

    def address(self, key: str) -> str:
        """Return an address for people to follow; anything else that is a text is none."""
        text = self.text(key)
        return text if re.fullmatch(r"https?://[!-~]+", text) else ""

    def word(self, key: str) -> str:
        """Return one of GitHub's words, also one that is not known yet."""
        value = self.text(key)
        if not value or len(value) > LONGEST_WORD:
            raise self._damaged(key, "no word of GitHub's")
        return value

    def full_name(self, key: str) -> str:
        """Return OWNER/NAME."""
        value = self.text(key)
        if not FULL_NAME.fullmatch(value):
            raise self._damaged(key, "not OWNER/NAME")
        return value

    def moment(self, key: str) -> datetime | None:
        """Return a time, or None where there is none."""
        value = self._values.get(key)
        if value is None:
            return None
        try:
            moment = datetime.fromisoformat(value)
        except (TypeError, ValueError) as error:
            raise self._damaged(key, "no time") from error
        if moment.tzinfo is None or moment.year not in YEARS:
            raise self._damaged(key, "no time of GitHub's")
        return moment

    def _damaged(self, key: str, what: str) -> Unusable:
        shown = repr(clean(str(self._values.get(key))))[:60]
        return Unusable(f"GitHub's document is damaged: {self._path}.{key} is {what}: {shown}.")
