"""Changes of what tokens may do."""

from collections.abc import Mapping
from typing import Any

from contributor_backfill.domain.errors import InvalidInput
from contributor_backfill.sandbox.repositories.permissions import EVERY_TOKEN, Level
from contributor_backfill.sandbox.world.change_targets import Change, Document, text_of
from contributor_backfill.sandbox.world.world import World

KNOWN = ("actions", "issues", "metadata", "pull_requests")
"""The permissions that the sandbox asks for."""


def _take_permission(world: World, change: Document, _: str) -> dict[str, Any]:
    """Take a permission from `token`, or from all of them; `read` takes `write` along."""
    permission = _permission(change)
    try:
        level = Level(text_of(change, "level", Level.WRITE))
    except ValueError as error:
        raise InvalidInput(f"{error}. Known: {', '.join(Level)}.") from error
    world.permissions.take(text_of(change, "token", EVERY_TOKEN), permission, level)
    return {"permission": permission, "level": level}


def _give_permission(world: World, change: Document, _: str) -> dict[str, Any]:
    permission = _permission(change)
    world.permissions.give(text_of(change, "token", EVERY_TOKEN), permission)
    return {"permission": permission}


def _permission(change: Document) -> str:
    permission: str = change["permission"]
    if permission not in KNOWN:
        raise InvalidInput(f"There is no permission {permission!r}. Known: {', '.join(KNOWN)}.")
    return permission


CHANGES: Mapping[str, Change] = {
    "take_permission": _take_permission,
    "give_permission": _give_permission,
}
