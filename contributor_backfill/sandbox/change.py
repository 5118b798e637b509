"""What a change is about: the things and the values that its JSON names."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from contributor_backfill.domain.errors import InvalidInput, NotFound
from contributor_backfill.sandbox.accounts import Account
from contributor_backfill.sandbox.clock import epoch_seconds, timestamp
from contributor_backfill.sandbox.pull_requests.records import Item, PullRequest
from contributor_backfill.sandbox.repositories import Repository
from contributor_backfill.sandbox.world import World

Document = Mapping[str, Any]
Change = Callable[[World, Document, str], dict[str, Any]]
"""A function of world, change and present moment that returns what came of the change."""

_ItemT = TypeVar("_ItemT", bound=Item)


def repository_of(world: World, change: Document) -> Repository:
    """Return the repository of a change. Raises `NotFound`."""
    found = world.find(change["repository"])
    if found is None:
        raise NotFound(f"The sandbox has no repository {change['repository']!r}.")
    return found


def pull_request_of(world: World, change: Document) -> tuple[Repository, PullRequest]:
    """Return the pull request of a change and its repository. Raises `NotFound`."""
    repository = repository_of(world, change)
    found = repository.pull_request(change["number"])
    if found is None:
        raise NotFound(f"There is no pull request {change['number']}.")
    return repository, found


def user_of(world: World, change: Document) -> Account:
    """Return the user of a change. Raises `NotFound`."""
    found = world.accounts.user(change["login"])
    if found is None:
        raise NotFound(f"There is no user {change['login']!r}.")
    return found


def item_of(items: Sequence[_ItemT], change: Document, name: str = "full_database_id") -> _ItemT:
    """Return the item whose id a change names. Raises `InvalidInput` and `NotFound`."""
    given = change[name]
    try:
        wanted = int(given)
    except ValueError as error:
        raise InvalidInput(f"{given!r} is no database id.") from error
    found = next((item for item in items if item.database_id == wanted), None)
    if found is None:
        raise NotFound(f"There is no item {wanted} of that kind.")
    return found


def text_of(change: Document, name: str, usual: str) -> str:
    """Return a text of a change, or what is usual. Raises `InvalidInput`."""
    given = change.get(name, usual)
    if not isinstance(given, str):
        raise InvalidInput(f"{name!r} of a change is a text.")
    return given


def texts_of(change: Document, name: str, usual: Sequence[str]) -> tuple[str, ...]:
    """Return a list of texts of a change, or what is usual. Raises `InvalidInput`."""
    given = change.get(name, usual)
    if isinstance(given, str) or not all(isinstance(each, str) for each in given):
        raise InvalidInput(f"{name!r} of a change is a list of texts.")
    return tuple(given)


def moment_of(change: Document, name: str, usual: str) -> str:
    """Return a moment of a change in the world's form, or what is usual. Raises `InvalidInput`."""
    given = text_of(change, name, usual)
    try:
        return timestamp(epoch_seconds(given))
    except ValueError as error:
        raise InvalidInput(f"{name!r} of a change is no moment: {error}.") from error


def all_but(items: Sequence[_ItemT], out: Item) -> tuple[_ItemT, ...]:
    """Return the items without one of them."""
    return tuple(item for item in items if item.database_id != out.database_id)


def with_item(items: Sequence[_ItemT], new: _ItemT) -> tuple[_ItemT, ...]:
    """Return the items with a new version of one of them."""
    return tuple(new if item.database_id == new.database_id else item for item in items)
