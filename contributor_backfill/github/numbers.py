"""Pull requests by number: those that a comment or a person names before the walk does."""

from dataclasses import dataclass
from typing import Any

from contributor_backfill.domain.harvest import Number
from contributor_backfill.domain.records import Captured, Page
from contributor_backfill.github.documents import repeated, without
from contributor_backfill.github.faults import TooHeavy
from contributor_backfill.github.pull_requests import (
    by_text,
    came,
    captured_or_passed,
    connections,
    of_the_queried_shape,
    passed_over,
    repository_of,
    switches,
)
from contributor_backfill.github.retry import Detail
from contributor_backfill.github.sansio import Answer, GraphQLError
from contributor_backfill.github.withheld import withheld


@dataclass(frozen=True)
class NumbersRequest:
    """Pull requests of one repository, and how much of each."""

    node_id: str
    numbers: tuple[int, ...]
    detail: Detail
    with_labels: bool
    left_out: tuple[str, ...] = ()
    awaited: tuple[str, ...] = ()

    @property
    def query(self) -> str:
        """The text of the GraphQL query."""
        text = repeated("pull_requests_by_number", ({"number": n} for n in self.numbers))
        return without(text, by_text(self.left_out))

    @property
    def variables(self) -> dict[str, Any]:
        """The variables of the GraphQL query."""
        with_labels = self.with_labels and "labels" not in self.left_out
        return {"repository": self.node_id, **switches(self.detail, with_labels=with_labels)}

    @property
    def connections(self) -> int:
        """How many lists of each pull request GitHub charges for."""
        return connections(self.with_labels, self.detail)


def read_numbers(answer: Answer, request: NumbersRequest) -> tuple[Page, tuple[Number, ...]]:
    """Return the pull requests as a page, and the numbers that are none.

    Raises `TooHeavy` when one came damaged: ask for fewer, and for one alone with less of it.
    """
    with of_the_queried_shape():
        return _read_numbers(answer, request)


def _read_numbers(answer: Answer, request: NumbersRequest) -> tuple[Page, tuple[Number, ...]]:
    repository = repository_of(answer)
    missing = {e.path[1] for e in answer.errors if e.type == "NOT_FOUND" and len(e.path) == 2}
    errors = [e for e in answer.errors if not _is_bearable(e, repository)]
    damaged = [e for e in errors if len(e.path) < 2 or e.path[1] not in missing]
    if damaged and request.detail < Detail.IDENTITY:
        raise TooHeavy(f"GitHub gave a pull request damaged: {damaged[0].message}")
    found = {n: repository.get(f"n{n}") for n in request.numbers}
    if damaged:
        message = damaged[0].message
        items = tuple(passed_over(f"number {n}", {"number": n}, message) for n in found)
        found = {}
    else:
        items = tuple(_item(n, node, request.detail) for n, node in found.items() if node)
    page = Page(
        node_id=repository["id"],
        github_id=int(repository["databaseId"] or 0),
        full_name=repository["nameWithOwner"],
        is_private=repository["isPrivate"],
        total=repository["pullRequests"]["totalCount"],
        items=items,
        end_cursor=None,
        has_next_page=False,
        withheld=withheld(answer.errors),
        left_out=request.left_out,
        came=came(answer, request.awaited),
    )
    return page, tuple(
        Number(n, "issue", "no pull request") for n, node in found.items() if not node
    )


def _is_bearable(error: GraphQLError, repository: dict[str, Any]) -> bool:
    """Tell whether a field was withheld that may be null: the pull request is there without it."""
    return error.withholds and len(error.path) > 2 and bool(repository.get(str(error.path[1])))


def _item(number: int, node: dict[str, Any], detail: Detail) -> Captured:
    cursor = f"number {number}"
    if detail is Detail.IDENTITY:
        return passed_over(
            cursor, {**node, "number": number}, "GitHub gives no more of it than its number."
        )
    return captured_or_passed(cursor, node, detail)
