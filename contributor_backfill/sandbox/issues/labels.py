"""The labels of one repository. Their names are unique whatever the case of their letters."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from contributor_backfill.sandbox.world import ids, node_ids

GREY = "ededed"
"""The colour of a label that came into being with an issue."""


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
        return node_ids.encode("LA", self.repository_id, database_id=self.database_id)


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
        database_id = ids.item_base(self._repository_id) + len(self._labels)
        label = Label(self._repository_id, database_id, name, color, description)
        self._labels[name.lower()] = label
        return label

    def named(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return the names as the labels have them, without doubles; new ones are added."""
        labels = (self.get(name) or self.add(name) for name in names)
        return tuple(dict.fromkeys(label.name for label in labels))
