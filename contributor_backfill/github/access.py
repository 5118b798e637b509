"""Ask GitHub whether it shows repositories, a hundred with one query of one point."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from contributor_backfill.domain.control import Access, Refused, Shown, Suspect
from contributor_backfill.github.documents import repeated
from contributor_backfill.github.pull_requests import of_the_queried_shape
from contributor_backfill.github.sansio import Answer, GraphQLError

LARGEST = 100
"""Node ids that GitHub takes at once; with more it answers ARGUMENT_LIMIT."""
REFUSALS = {
    "NOT_FOUND": Access.GONE,
    "FORBIDDEN": Access.FORBIDDEN,
    "INSUFFICIENT_SCOPES": Access.FORBIDDEN,
}


@dataclass(frozen=True)
class AccessRequest:
    """Up to a hundred repositories: by node id where it is known, else by name."""

    suspects: tuple[Suspect, ...]

    @property
    def query(self) -> str:
        """The text of the GraphQL query."""
        return repeated("access", ({"place": place} for place, _ in enumerate(self.named)))

    @property
    def variables(self) -> dict[str, Any]:
        """The variables of the GraphQL query."""
        variables: dict[str, Any] = {"ids": [each.node_id for each in self.identified]}
        for place, suspect in enumerate(self.named):
            owner, _, name = suspect.full_name.partition("/")
            variables |= {f"owner{place}": owner, f"name{place}": name}
        return variables

    @property
    def identified(self) -> tuple[Suspect, ...]:
        """Those whose node id is known."""
        return tuple(each for each in self.suspects if each.node_id)

    @property
    def named(self) -> tuple[Suspect, ...]:
        """Those that are known by name only."""
        return tuple(each for each in self.suspects if not each.node_id)


def read_access(
    answer: Answer, request: AccessRequest
) -> tuple[tuple[Suspect, Shown | Refused], ...]:
    """Return what GitHub says of each; one that it says nothing clear of is left out."""
    with of_the_queried_shape():
        return tuple(_answers(answer, request))


def _answers(answer: Answer, request: AccessRequest) -> Iterator[tuple[Suspect, Shown | Refused]]:
    errors = {error.path: error for error in answer.errors}
    nodes = zip(request.identified, answer.data["nodes"], strict=True)
    for place, (suspect, node) in enumerate(nodes):
        if said := _said(node, errors.get(("nodes", place))):
            yield suspect, said
    for place, suspect in enumerate(request.named):
        alias = f"r{place}"
        if said := _said(answer.data[alias], errors.get((alias,))):
            yield suspect, said


def _said(node: dict[str, Any] | None, error: GraphQLError | None) -> Shown | Refused | None:
    if node:
        return Shown(int(node["databaseId"]), node["nameWithOwner"])
    if error and (access := REFUSALS.get(error.type)):
        return Refused(access, error.message)
    return None
