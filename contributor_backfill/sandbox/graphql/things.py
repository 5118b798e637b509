"""Small things that exist only while a query is answered."""

from dataclasses import dataclass
from typing import ClassVar

from contributor_backfill.sandbox.people.accounts import Account
from contributor_backfill.sandbox.world import node_ids
from contributor_backfill.sandbox.world.cursors import Key


@dataclass(frozen=True, slots=True)
class Named:
    """Something of a repository that has little more than a name."""

    PREFIX: ClassVar[str] = ""

    repository_id: int
    position: int
    name: str

    @property
    def key(self) -> Key:
        """Return its key: such things are listed by name."""
        return self.name, self.position

    @property
    def node_id(self) -> str:
        """Return the global node id."""
        return node_ids.encode(self.PREFIX, self.repository_id, database_id=self.position)


@dataclass(frozen=True, slots=True)
class Label(Named):
    """A label."""

    PREFIX: ClassVar[str] = "LA"
    color: ClassVar[str] = "d73a4a"


@dataclass(frozen=True, slots=True)
class Topic(Named):
    """A topic, both as the thing and as the repository's use of it."""

    PREFIX: ClassVar[str] = "MT"

    @property
    def topic(self) -> "Topic":
        """Return the topic of a repository's topic."""
        return self


@dataclass(frozen=True, slots=True)
class Branch(Named):
    """A branch."""

    PREFIX: ClassVar[str] = "REF"
    prefix: ClassVar[str] = "refs/heads/"


@dataclass(frozen=True, slots=True)
class Language(Named):
    """A programming language."""

    PREFIX: ClassVar[str] = "LAN"
    color: ClassVar[str] = "#3572A5"


@dataclass(frozen=True, slots=True)
class License(Named):
    """A licence by its SPDX id."""

    PREFIX: ClassVar[str] = "LIC"

    @property
    def spdx_id(self) -> str:
        """Return the SPDX id."""
        return self.name


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit by its hash."""

    repository_id: int
    oid: str

    @property
    def node_id(self) -> str:
        """Return the global node id."""
        return node_ids.encode("C", self.repository_id, database_id=int(self.oid[:12], 16))


@dataclass(frozen=True, slots=True)
class Assignee:
    """A user at a place in the list of assignees."""

    position: int
    account: Account

    @property
    def key(self) -> Key:
        """Return its key: assignees are listed in the order of their assignment."""
        return "", self.position
