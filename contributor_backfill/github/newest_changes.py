"""Ask GitHub for the newest change of repositories: a hundred with one query of one point.

What does not move the time of a pull request's last change, neither this question nor a sync sees.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contributor_backfill.domain.control import Refused, Suspect
from contributor_backfill.domain.freshness import Newest, Said
from contributor_backfill.github.access import REFUSALS, AccessRequest
from contributor_backfill.github.documents import repeated
from contributor_backfill.github.pull_requests import of_the_queried_shape
from contributor_backfill.github.sansio import Answer, GraphQLError

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class NewestChangesRequest(AccessRequest):
    """Up to a hundred repositories: by node id where it is known, else by name."""

    @property
    def query(self) -> str:
        """The text of the GraphQL query."""
        places = ({"place": place} for place, _ in enumerate(self.named))
        return repeated("newest_changes", places)


def read_newest_changes(
    answer: Answer, request: NewestChangesRequest
) -> tuple[tuple[Suspect, Said | None], ...]:
    """Return what GitHub says of each; null where it says nothing clear. Raises `Unusable`.

    An answer about a part of them may lack the others: each stands for itself.
    """
    with of_the_queried_shape():
        return tuple(_answers(answer, request))


def _answers(
    answer: Answer, request: NewestChangesRequest
) -> Iterator[tuple[Suspect, Said | None]]:
    nodes = zip(request.identified, answer.data["nodes"], strict=True)
    for place, (suspect, node) in enumerate(nodes):
        yield suspect, _said(node, ("nodes", place), answer.errors)
    for place, suspect in enumerate(request.named):
        alias = f"r{place}"
        yield suspect, _said(answer.data[alias], (alias,), answer.errors)


def _said(node: dict[str, Any] | None, path: Path, errors: tuple[GraphQLError, ...]) -> Said | None:
    mine = [error for error in errors if error.path[: len(path)] == path]
    if node and not mine:
        # A node id of something else than a repository has none of its fields.
        return _newest(node) if node.get("databaseId") else None
    for error in mine:
        if node is None and error.type in REFUSALS:
            return Refused(REFUSALS[error.type], error.message)
    return None


def _newest(node: dict[str, Any]) -> Newest | None:
    # Null without an error where a repository has its pull requests switched off.
    found = (node["pullRequests"] or {"nodes": []})["nodes"]
    if found is None or None in found:
        return None
    moments = [datetime.fromisoformat(each["updatedAt"]) for each in found]
    return Newest(
        github_id=int(node["databaseId"]),
        node_id=node["id"],
        full_name=node["nameWithOwner"],
        is_private=node["isPrivate"],
        newest_change=max(moments, default=None),
    )
