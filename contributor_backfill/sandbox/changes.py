"""Events in the sandbox's world while a client captures it, and those of accounts and repositories.

A change is a JSON object: `{"change": "insert_pull_request", "repository": "owner/name"}`.
"""

from dataclasses import replace
from typing import Any

from contributor_backfill.domain.errors import InvalidInput
from contributor_backfill.sandbox.accounts import Account
from contributor_backfill.sandbox.actions.changes import CHANGES as OF_ACTIONS
from contributor_backfill.sandbox.change import (
    Change,
    Changes,
    Document,
)
from contributor_backfill.sandbox.clock import SandboxClock
from contributor_backfill.sandbox.issues.changes import CHANGES as OF_ISSUES
from contributor_backfill.sandbox.pull_requests.changes import CHANGES as OF_PULL_REQUESTS
from contributor_backfill.sandbox.pull_requests.changes import insert_pull_request
from contributor_backfill.sandbox.repositories import EVERY_TOKEN, Access, Level
from contributor_backfill.sandbox.world import World


def _rename_user(change: Change) -> dict[str, Any]:
    account = change.user()
    change.world.accounts.put(replace(account, login=change["new_login"]))
    return {"database_id": account.database_id, "login": change["new_login"]}


def _name_in_rest(change: Change) -> dict[str, Any]:
    """Let REST call a user by another login than GraphQL does, which somebody else may bear too."""
    account = change.user()
    change.world.accounts.put(replace(account, rest_login=change["rest_login"]))
    return {"database_id": account.database_id, "login": account.login}


def _recycle_login(change: Change) -> dict[str, Any]:
    """Rename a user, give the login to a new account, and let that one open a pull request."""
    account = change.user()
    change.world.accounts.put(replace(account, login=f"{account.login}-formerly"))
    newcomer = Account("User", change.world.accounts.new_id(), account.login, None, change.moment)
    change.world.accounts.put(newcomer)
    inserted = insert_pull_request(change.with_values(set={"author_id": newcomer.account_id}))
    return {**inserted, "login": newcomer.login, "database_id": newcomer.database_id}


def _delete_user(change: Change) -> dict[str, Any]:
    account = change.user()
    change.world.accounts.delete(account.account_id)
    return {"database_id": account.database_id}


KNOWN = ("actions", "issues", "metadata", "pull_requests")
"""The permissions that the sandbox asks for."""


def _take_permission(change: Change) -> dict[str, Any]:
    """Take a permission from `token`, or from all of them; `read` takes `write` along."""
    permission = _permission(change)
    try:
        level = Level(change.text("level", Level.WRITE))
    except ValueError as error:
        raise InvalidInput(f"{error}. Known: {', '.join(Level)}.") from error
    change.world.permissions.take(change.text("token", EVERY_TOKEN), permission, level)
    return {"permission": permission, "level": level}


def _give_permission(change: Change) -> dict[str, Any]:
    permission = _permission(change)
    change.world.permissions.give(change.text("token", EVERY_TOKEN), permission)
    return {"permission": permission}


def _permission(change: Change) -> str:
    permission: str = change["permission"]
    if permission not in KNOWN:
        raise InvalidInput(f"There is no permission {permission!r}. Known: {', '.join(KNOWN)}.")
    return permission


def _rename_repository(change: Change) -> dict[str, Any]:
    repository = change.repository()
    owner, _, name = change["new_name"].partition("/")
    if not (owner and name):
        raise InvalidInput(f"{change['new_name']!r} is not OWNER/NAME.")
    change.world.rename(repository, replace(repository.facts, owner=owner, name=name))
    return {"name_with_owner": repository.facts.name_with_owner}


def _set_access(change: Change) -> dict[str, Any]:
    repository = change.repository()
    try:
        repository.access = Access(change["access"])
    except ValueError as error:
        raise InvalidInput(f"{error}. Known: {', '.join(Access)}.") from error
    return {"access": repository.access}


def _enable_pull_requests(change: Change) -> dict[str, Any]:
    repository = change.repository()
    repository.pull_requests_enabled = bool(change["enabled"])
    return {"enabled": repository.pull_requests_enabled}


def _archive_repository(change: Change) -> dict[str, Any]:
    repository = change.repository()
    repository.facts = replace(repository.facts, is_archived=bool(change.get("archived", True)))
    return {"archived": repository.facts.is_archived}


def _push(change: Change) -> dict[str, Any]:
    """Have something pushed last at `at`."""
    repository = change.repository()
    at = change.moment_of("at")
    repository.facts = replace(repository.facts, pushed_at=at)
    return {"pushed_at": at}


_CHANGES: Changes = {
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


def apply(world: World, clock: SandboxClock, values: Document) -> dict[str, Any]:
    """Make a change at the sandbox's present moment and return its result.

    Raises `InvalidInput` for a change it does not know or that lacks a value, `NotFound` for a
    thing that does not exist.
    """
    name = values.get("change")
    make = _CHANGES.get(name) if isinstance(name, str) else None
    if make is None:
        raise InvalidInput(f"No change {name!r}.", advice=f"Known changes: {', '.join(_CHANGES)}.")
    try:
        return make(Change(world, values, clock.text()))
    except KeyError as error:
        raise InvalidInput(f"The change {name} needs {error}.") from error
    except (AttributeError, TypeError) as error:
        raise InvalidInput(f"The change {name} has a value of a wrong kind.") from error
