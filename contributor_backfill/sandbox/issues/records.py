"""The issues of one repository, as far as anybody wrote them."""

from collections.abc import Iterator
from dataclasses import dataclass

from contributor_backfill.sandbox.pull_requests.items import IssueComment
from contributor_backfill.sandbox.world import node_ids


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
        return node_ids.encode("I", self.repository_id, self.number)


@dataclass(frozen=True, slots=True)
class Departure:
    """What became of an issue that is here no more: deleted, or moved to `repository_id`.

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
