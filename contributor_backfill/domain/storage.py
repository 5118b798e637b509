"""How much of long texts is kept: bodies are most of the bytes, and plans have limits."""

import re
from dataclasses import dataclass

from contributor_backfill.domain.errors import InvalidInput


@dataclass(frozen=True)
class Keep:
    """How much of a text is kept: all of it (`characters` is null), so many characters, or none."""

    characters: int | None = None

    def of(self, text: str | None) -> str | None:
        """Return what is kept of a text; None when nothing is, which overwrites nothing."""
        if self.characters is None or text is None:
            return text
        return text[: self.characters] if self.characters else None

    def __str__(self) -> str:
        if self.characters is None:
            return "full"
        return f"truncate:{self.characters}" if self.characters else "none"


@dataclass(frozen=True)
class Storage:
    """How much is kept of bodies and of diff hunks."""

    bodies: Keep = Keep()
    diff_hunks: Keep = Keep()

    @property
    def is_full(self) -> bool:
        """Whether nothing is left out."""
        return self == Storage()


@dataclass(frozen=True)
class Wish:
    """A wish of how much to keep of bodies and of diff hunks; null is no wish."""

    bodies: Keep | None = None
    diff_hunks: Keep | None = None


UNSAID = Wish()


@dataclass(frozen=True)
class Wishes:
    """The wishes of a command's options and of the configuration, beside a repository's own."""

    option: Wish = UNSAID
    configured: Wish = UNSAID

    def storage(self, stored: Wish) -> Storage:
        """Return what is kept of a repository whose own setting is `stored`."""
        option, configured = self.option, self.configured
        return Storage(
            chosen(option.bodies, stored.bodies, configured.bodies),
            chosen(option.diff_hunks, stored.diff_hunks, configured.diff_hunks),
        )


NO_WISHES = Wishes()


def chosen(option: Keep | None, stored: Keep | None, configured: Keep | None) -> Keep:
    """Return the option, else the repository's setting, else the configuration, else all of it."""
    return next((wish for wish in (option, stored, configured) if wish is not None), Keep())


def keep(text: str) -> Keep:
    """Return what `full`, `truncate:N` or `none` stands for. Raises `InvalidInput`."""
    if text == "full":
        return Keep()
    if text == "none":
        return Keep(0)
    match = re.fullmatch(r"truncate:([1-9][0-9]{0,8})", text)
    if match is None:
        raise InvalidInput(
            f"{text!r} does not say how much of a text to keep.",
            advice="Write full, none, or truncate:N with a number of characters, such as"
            " truncate:500.",
        )
    return Keep(int(match[1]))
