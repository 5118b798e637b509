"""Events in the sandbox's world while a client walks through it.

A change is a JSON object: `{"change": "insert_pull_request", "repository": "owner/name"}`.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any

from contributor_backfill.domain.errors import InvalidInput, NotFound
from contributor_backfill.sandbox.clock import SandboxClock
from contributor_backfill.sandbox.world import timestamps
from contributor_backfill.sandbox.world.accounts import Account
from contributor_backfill.sandbox.world.populace import World
from contributor_backfill.sandbox.world.randomness import stream
from contributor_backfill.sandbox.world.records import PullRequest
from contributor_backfill.sandbox.world.repository import Access, Repository

Document = Mapping[str, Any]
_FIXED = {"ordinal", "number", "database_id", "repository_id"}
_LISTS = {"reviews", "comments", "review_threads"}
_SETTABLE = frozenset(field.name for field in fields(PullRequest)) - _FIXED - _LISTS


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
        return make(world, change, timestamps.to_text(clock.epoch()))
    except KeyError as error:
        raise InvalidInput(f"The change {name} needs {error}.") from error
    except (AttributeError, TypeError) as error:
        raise InvalidInput(f"The change {name} has a value of a wrong kind.") from error


def _insert_pull_request(world: World, change: Document, moment: str) -> dict[str, Any]:
    repository = _repository(world, change)
    built = repository.source.build(repository.new_head(moment))
    made = _with_values(built, change.get("set", {}), moment)
    repository.put(made)
    return {"number": made.number}


def _update_pull_request(world: World, change: Document, moment: str) -> dict[str, Any]:
    repository, pull_request = _pull_request(world, change)
    updated = replace(pull_request, updated_at=moment)
    repository.put(_with_values(updated, change.get("set", {}), moment))
    return {"number": pull_request.number}


def _delete_pull_request(world: World, change: Document, _: str) -> dict[str, Any]:
    repository, pull_request = _pull_request(world, change)
    repository.remove(pull_request.number)
    return {"number": pull_request.number}


def _add_review(world: World, change: Document, moment: str) -> dict[str, Any]:
    repository, pull_request = _pull_request(world, change)
    lists, random = repository.source.lists, stream(pull_request.number, 71)
    position, author_id = len(pull_request.reviews), lists.people.user(random)
    review = lists.review(pull_request, position, moment, author_id, random)
    reviews = (*pull_request.reviews, review)
    repository.put(replace(pull_request, updated_at=moment, reviews=reviews))
    return {"number": pull_request.number, "full_database_id": review.database_id}


def _add_comment(world: World, change: Document, moment: str) -> dict[str, Any]:
    repository, pull_request = _pull_request(world, change)
    lists, random = repository.source.lists, stream(pull_request.number, 81)
    position, author_id = len(pull_request.comments), lists.people.user(random)
    comment = lists.comment(pull_request, position, moment, author_id, random)
    comments = (*pull_request.comments, replace(comment, updated_at=moment))
    repository.put(replace(pull_request, updated_at=moment, comments=comments))
    return {"number": pull_request.number, "full_database_id": comment.database_id}


def _rename_user(world: World, change: Document, _: str) -> dict[str, Any]:
    account = _user(world, change)
    world.accounts.put(replace(account, login=change["new_login"]))
    return {"database_id": account.database_id, "login": change["new_login"]}


def _recycle_login(world: World, change: Document, moment: str) -> dict[str, Any]:
    """Rename a user, give the login to a new account, and let that one open a pull request."""
    account = _user(world, change)
    world.accounts.put(replace(account, login=f"{account.login}-formerly"))
    newcomer = Account("User", world.accounts.new_id(), account.login, None, moment)
    world.accounts.put(newcomer)
    inserted = _insert_pull_request(
        world, {**change, "set": {"author_id": newcomer.account_id}}, moment
    )
    return {**inserted, "login": newcomer.login, "database_id": newcomer.database_id}


def _delete_user(world: World, change: Document, _: str) -> dict[str, Any]:
    account = _user(world, change)
    world.accounts.delete(account.account_id)
    return {"database_id": account.database_id}


def _rename_repository(world: World, change: Document, _: str) -> dict[str, Any]:
    repository = _repository(world, change)
    owner, _, name = change["new_name"].partition("/")
    if not (owner and name):
        raise InvalidInput(f"{change['new_name']!r} is not OWNER/NAME.")
    world.rename(repository, replace(repository.facts, owner=owner, name=name))
    return {"name_with_owner": repository.facts.name_with_owner}


def _set_access(world: World, change: Document, _: str) -> dict[str, Any]:
    repository = _repository(world, change)
    try:
        repository.access = Access(change["access"])
    except ValueError as error:
        raise InvalidInput(f"{error}. Known: {', '.join(Access)}.") from error
    return {"access": repository.access}


def _enable_pull_requests(world: World, change: Document, _: str) -> dict[str, Any]:
    repository = _repository(world, change)
    repository.pull_requests_enabled = bool(change["enabled"])
    return {"enabled": repository.pull_requests_enabled}


_CHANGES: Mapping[str, Callable[[World, Document, str], dict[str, Any]]] = {
    "insert_pull_request": _insert_pull_request,
    "update_pull_request": _update_pull_request,
    "delete_pull_request": _delete_pull_request,
    "add_review": _add_review,
    "add_comment": _add_comment,
    "rename_user": _rename_user,
    "recycle_login": _recycle_login,
    "delete_user": _delete_user,
    "rename_repository": _rename_repository,
    "set_access": _set_access,
    "enable_pull_requests": _enable_pull_requests,
}


def _repository(world: World, change: Document) -> Repository:
    found = world.find(change["repository"])
    if found is None:
        raise NotFound(f"The sandbox has no repository {change['repository']!r}.")
    return found


def _pull_request(world: World, change: Document) -> tuple[Repository, PullRequest]:
    repository = _repository(world, change)
    found = repository.pull_request(change["number"])
    if found is None:
        raise NotFound(f"There is no pull request {change['number']}.")
    return repository, found


def _user(world: World, change: Document) -> Account:
    found = world.accounts.user(change["login"])
    if found is None:
        raise NotFound(f"There is no user {change['login']!r}.")
    return found


def _with_values(pull_request: PullRequest, values: Document, moment: str) -> PullRequest:
    """Return the pull request with new values; a new state sets the times that belong to it."""
    unknown = values.keys() - _SETTABLE
    if unknown:
        raise InvalidInput(f"Nobody can set {', '.join(sorted(unknown))} of a pull request.")
    times: dict[str, str | None] = {}
    if "state" in values:
        times = _times(values["state"], moment)
    lists = {name: tuple(each) for name, each in values.items() if isinstance(each, list)}
    return replace(pull_request, **{**times, **values, **lists})


def _times(state: str, moment: str) -> dict[str, str | None]:
    if state not in ("OPEN", "CLOSED", "MERGED"):
        raise InvalidInput(f"A pull request cannot be {state!r}.")
    return {
        "closed_at": None if state == "OPEN" else moment,
        "merged_at": moment if state == "MERGED" else None,
    }
