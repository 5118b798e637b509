"""The issues of one repository, as far as anybody wrote them, and its labels."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from contributor_backfill.sandbox.ids import item_base, node_id_of
from contributor_backfill.sandbox.pull_requests.records import IssueComment

GREY = "ededed"
"""The colour of a label that an issue brought into being."""


@dataclass(frozen=True, slots=True)
class Label:
    """A label with its colour in six hexadecimal digits."""

    repository_id: int
    database_id: int
    name: str
    color: str
    description: str | None

    @property
    def node_id(self) -> str:
        """Return the global node id."""
        return node_id_of("LA", self.repository_id, database_id=self.database_id)


class Labels:
    """Labels by name, at first with those that every repository has."""

    def __init__(self, repository_id: int, names: Iterable[str]) -> None:
        self._repository_id = repository_id
        self._labels: dict[str, Label] = {}
        for name in names:
            self.add(name)

    def __iter__(self) -> Iterator[Label]:
        return iter(self._labels.values())

    def get(self, name: str) -> Label | None:
        """Return the label of that name."""
        return self._labels.get(name.lower())

    def add(self, name: str, color: str = GREY, description: str | None = None) -> Label:
        """Add a label or replace the one of that name."""
        database_id = item_base(self._repository_id) + len(self._labels)
        label = Label(self._repository_id, database_id, name, color, description)
        self._labels[name.lower()] = label
        return label

    def named(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return the names as the labels have them, without doubles; new ones are added."""
        labels = (self.get(name) or self.add(name) for name in names)
        return tuple(dict.fromkeys(label.name for label in labels))


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue, in GraphQL's words. Comments are oldest first."""

    repository_id: int
    number: int
    database_id: int
    created_at: str
    updated_at: str
    title: str
    author_id: int | None
    body: str | None = None
    state: str = "OPEN"
    state_reason: str | None = None
    closed_at: str | None = None
    labels: tuple[str, ...] = ()
    comments: tuple[IssueComment, ...] = ()
    locked: bool = False

    @property
    def node_id(self) -> str:
        """Return the global node id."""
        return node_id_of("I", self.repository_id, self.number)


@dataclass(frozen=True, slots=True)
class Departure:
    """The end of an issue in this repository: deleted, or moved to `repository_id`.

    Without a repository it moved where the client sees nothing.
    """

    is_deleted: bool = False
    repository_id: int | None = None
    number: int = 0


class Issues:
    """Issues by number; the repository knows which other numbers are issues too."""

    def __init__(self) -> None:
        self.enabled = True
        self.departed: dict[int, Departure] = {}
        self._written: dict[int, Issue] = {}

    def __iter__(self) -> Iterator[Issue]:
        return iter(self._written.values())

    def get(self, number: int) -> Issue | None:
        """Return an issue that was opened, edited or commented on."""
        return self._written.get(number)

    def depart(self, number: int, departure: Departure) -> None:
        """Take an issue away; its number is never given to another."""
        self.departed[number] = departure
        self._written.pop(number, None)

    def put(self, issue: Issue) -> None:
        """Add an issue or replace the one of the same number."""
        self._written[issue.number] = issue
