"""A change of the world: the values of its JSON, and the things that they name."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from contributor_backfill.domain.errors import InvalidInput, NotFound
from contributor_backfill.sandbox.accounts import Account
from contributor_backfill.sandbox.clock import epoch_seconds, timestamp
from contributor_backfill.sandbox.pull_requests.records import Item, PullRequest
from contributor_backfill.sandbox.repositories import Repository
from contributor_backfill.sandbox.world import World

Document = Mapping[str, Any]

_ItemT = TypeVar("_ItemT", bound=Item)


@dataclass(frozen=True, slots=True)
class Change:
    """A change of `world` at `moment`. What it lacks is a `KeyError`."""

    world: World
    values: Document
    moment: str

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def get(self, name: str, usual: Any = None) -> Any:
        """Return a value, or what is usual."""
        return self.values.get(name, usual)

    def with_values(self, **values: Any) -> "Change":
        """Return the change with further values."""
        return replace(self, values={**self.values, **values})

    def repository(self) -> Repository:
        """Return the repository that is changed. Raises `NotFound`."""
        return self.world.repository(self["repository"])

    def pull_request(self) -> tuple[Repository, PullRequest]:
        """Return the pull request that is changed, and its repository. Raises `NotFound`."""
        repository = self.repository()
        found = repository.pull_request(self["number"])
        if found is None:
            raise NotFound(f"There is no pull request {self['number']}.")
        return repository, found

    def user(self) -> Account:
        """Return the user that is named. Raises `NotFound`."""
        found = self.world.accounts.user(self["login"])
        if found is None:
            raise NotFound(f"There is no user {self['login']!r}.")
        return found

    def item(self, items: Sequence[_ItemT], name: str = "full_database_id") -> _ItemT:
        """Return the item whose id is named. Raises `InvalidInput` and `NotFound`."""
        given = self[name]
        try:
            wanted = int(given)
        except ValueError as error:
            raise InvalidInput(f"{given!r} is no database id.") from error
        found = next((item for item in items if item.database_id == wanted), None)
        if found is None:
            raise NotFound(f"There is no item {wanted} of that kind.")
        return found

    def text(self, name: str, usual: str) -> str:
        """Return a text, or what is usual. Raises `InvalidInput`."""
        given = self.get(name, usual)
        if not isinstance(given, str):
            raise InvalidInput(f"{name!r} of a change is a text.")
        return given

    def texts(self, name: str, usual: Sequence[str] = ()) -> tuple[str, ...]:
        """Return a list of texts, or what is usual. Raises `InvalidInput`."""
        given = self.get(name, usual)
        if isinstance(given, str) or not all(isinstance(text, str) for text in given):
            raise InvalidInput(f"{name!r} of a change is a list of texts.")
        return tuple(given)

    def moment_of(self, name: str, usual: str = "") -> str:
        """Return a moment in the world's form, else what is usual. Raises `InvalidInput`."""
        given = self.text(name, usual or self.moment)
        try:
            return timestamp(epoch_seconds(given))
        except ValueError as error:
            raise InvalidInput(f"{name!r} of a change is no moment: {error}.") from error


Changes = Mapping[str, Callable[[Change], dict[str, Any]]]
"""The functions that change something, by the change's name; each returns a result in JSON."""
