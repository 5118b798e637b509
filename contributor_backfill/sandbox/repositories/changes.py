"""Changes of whole repositories."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from contributor_backfill.domain.errors import InvalidInput
from contributor_backfill.sandbox.repositories.records import Access
from contributor_backfill.sandbox.world.change_targets import (
    Change,
    Document,
    moment_of,
    repository_of,
)
from contributor_backfill.sandbox.world.world import World


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
}
