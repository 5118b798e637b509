"""Events in the sandbox's world while a client captures it, and those of accounts and repositories.

A change is a JSON object: `{"change": "insert_pull_request", "repository": "owner/name"}`.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from contributor_backfill.domain.errors import InvalidInput
from contributor_backfill.sandbox.accounts import Account
from contributor_backfill.sandbox.actions.changes import CHANGES as OF_ACTIONS
from contributor_backfill.sandbox.change import (
    Change,
    Document,
    moment_of,
    repository_of,
    text_of,
    user_of,
)
from contributor_backfill.sandbox.clock import SandboxClock
from contributor_backfill.sandbox.issues.changes import CHANGES as OF_ISSUES
from contributor_backfill.sandbox.pull_requests.changes import CHANGES as OF_PULL_REQUESTS
from contributor_backfill.sandbox.pull_requests.changes import insert_pull_request
from contributor_backfill.sandbox.repositories import EVERY_TOKEN, Access, Level
from contributor_backfill.sandbox.world import World


def _rename_user(world: World, change: Document, _: str) -> dict[str, Any]:
    account = user_of(world, change)
    world.accounts.put(replace(account, login=change["new_login"]))
    return {"database_id": account.database_id, "login": change["new_login"]}


def _name_in_rest(world: World, change: Document, _: str) -> dict[str, Any]:
    """Let REST call a user by another login than GraphQL does, which somebody else may bear too."""
    account = user_of(world, change)
    world.accounts.put(replace(account, rest_login=change["rest_login"]))
    return {"database_id": account.database_id, "login": account.login}


def _recycle_login(world: World, change: Document, moment: str) -> dict[str, Any]:
    """Rename a user, give the login to a new account, and let that one open a pull request."""
    account = user_of(world, change)
    world.accounts.put(replace(account, login=f"{account.login}-formerly"))
    newcomer = Account("User", world.accounts.new_id(), account.login, None, moment)
    world.accounts.put(newcomer)
    inserted = insert_pull_request(
        world, {**change, "set": {"author_id": newcomer.account_id}}, moment
    )
    return {**inserted, "login": newcomer.login, "database_id": newcomer.database_id}


def _delete_user(world: World, change: Document, _: str) -> dict[str, Any]:
    account = user_of(world, change)
    world.accounts.delete(account.account_id)
    return {"database_id": account.database_id}


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


_CHANGES: Mapping[str, Change] = {
    **OF_PULL_REQUESTS,
    "rename_user": _rename_user,
    "name_in_rest": _name_in_rest,
    "recycle_login": _recycle_login,
    "delete_user": _delete_user,
    "rename_repository": _rename_repository,
    "set_access": _set_access,
    "archive_repository": _archive_repository,
    "enable_pull_requests": _enable_pull_requests,
    "push": _push,
    "take_permission": _take_permission,
    "give_permission": _give_permission,
    **OF_ACTIONS,
    **OF_ISSUES,
}


def apply(world: World, clock: SandboxClock, change: Document) -> dict[str, Any]:
    """Make a change at the sandbox's present moment and return what came of it.

    Raises `InvalidInput` for a change it does not know or that lacks a value, `NotFound` for a
    thing that does not exist.
    """
    name = change.get("change")
    make = _CHANGES.get(name) if isinstance(name, str) else None
    if make is None:
        raise InvalidInput(f"No change {name!r}.", advice=f"Known changes: {', '.join(_CHANGES)}.")
    try:
        return make(world, change, clock.text())
    except KeyError as error:
        raise InvalidInput(f"The change {name} needs {error}.") from error
    except (AttributeError, TypeError) as error:
        raise InvalidInput(f"The change {name} has a value of a wrong kind.") from error
