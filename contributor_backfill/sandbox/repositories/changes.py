"""Changes of whole repositories, and of what tokens may do in them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from contributor_backfill.domain.errors import InvalidInput
from contributor_backfill.sandbox.repositories.permissions import EVERY_TOKEN, Level
from contributor_backfill.sandbox.repositories.records import Access
from contributor_backfill.sandbox.world.change_targets import (
    Change,
    Document,
    moment_of,
    repository_of,
    text_of,
)
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


def _rename_repository(world: World, change: Document, _: str) -> dict[str, Any]:
    repository = repository_of(world, change)
    owner, _, name = change["new_name"].partition("/")
    if not (owner and name):
        raise InvalidInput(f"{change['new_name']!r} is not OWNER/NAME.")
    world.rename(repository, replace(repository.facts, owner=owner, name=name))
    return {"name_with_owner": repository.facts.name_with_owner}


def _set_access(world: World, change: Document, _: str) -> dict[str, Any]:
    repository = repository_of(world, change)
    try:
        repository.access = Access(change["access"])
    except ValueError as error:
        raise InvalidInput(f"{error}. Known: {', '.join(Access)}.") from error
    return {"access": repository.access}


def _enable_pull_requests(world: World, change: Document, _: str) -> dict[str, Any]:
    repository = repository_of(world, change)
    repository.pull_requests_enabled = bool(change["enabled"])
    return {"enabled": repository.pull_requests_enabled}


def _archive_repository(world: World, change: Document, _: str) -> dict[str, Any]:
    repository = repository_of(world, change)
    repository.facts = replace(repository.facts, is_archived=bool(change.get("archived", True)))
    return {"archived": repository.facts.is_archived}


def _push(world: World, change: Document, moment: str) -> dict[str, Any]:
    """Have something pushed last at `at`."""
    repository = repository_of(world, change)
    at = moment_of(change, "at", moment)
    repository.facts = replace(repository.facts, pushed_at=at)
    return {"pushed_at": at}


CHANGES: Mapping[str, Change] = {
    "rename_repository": _rename_repository,
    "set_access": _set_access,
    "archive_repository": _archive_repository,
    "enable_pull_requests": _enable_pull_requests,
    "push": _push,
    "take_permission": _take_permission,
    "give_permission": _give_permission,
}
