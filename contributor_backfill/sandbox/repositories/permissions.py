"""What tokens may not do: permissions that were taken from them, by GitHub's names."""

from enum import StrEnum

EVERY_TOKEN = ""
"""Stands for all tokens."""


class Level(StrEnum):
    """How far a permission reaches; without READ there is no WRITE either."""

    READ = "read"
    WRITE = "write"


class Permissions:
    """The permissions that are missing. A token has every other one."""

    def __init__(self) -> None:
        self._missing: set[tuple[str, str, Level]] = set()

    def take(self, token: str, permission: str, level: Level) -> None:
        """Take a permission such as `issues` from a token."""
        self._missing.add((token, permission, level))

    def give(self, token: str, permission: str) -> None:
        """Give a permission back, in full."""
        self._missing -= {(token, permission, level) for level in Level}

    def allow(self, token: str, permission: str, level: Level) -> bool:
        """Return whether a token has a permission."""
        refusing = {Level.READ, level}
        return not any(
            (each, permission, taken) in self._missing
            for each in (token, EVERY_TOKEN)
            for taken in refusing
        )
