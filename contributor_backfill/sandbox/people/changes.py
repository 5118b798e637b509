"""Changes of accounts."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from contributor_backfill.sandbox.people.accounts import Account
from contributor_backfill.sandbox.pull_requests.changes import insert_pull_request
from contributor_backfill.sandbox.world.change_targets import Change, Document, user_of
from contributor_backfill.sandbox.world.world import World


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


CHANGES: Mapping[str, Change] = {
    "rename_user": _rename_user,
    "name_in_rest": _name_in_rest,
    "recycle_login": _recycle_login,
    "delete_user": _delete_user,
}
