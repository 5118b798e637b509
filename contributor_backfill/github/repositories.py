"""Repositories: a row by name, whether GitHub shows them, and when they last changed.

A hundred are asked for with one query of one point. What does not move the time of a pull request's
last change, neither that question nor a sync sees.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from contributor_backfill.domain.control import Access, KnownRepository, Refused, Shown
from contributor_backfill.domain.freshness import Finding, Newest
from contributor_backfill.domain.types import RateLimit
from contributor_backfill.github.client import GitHubClient
from contributor_backfill.github.documents import query_text, repeated
from contributor_backfill.github.faults import Gone, TooHeavy, Unusable
from contributor_backfill.github.http import GraphQLError, Response, clean, expected_shape


def look_up(client: GitHubClient, full_name: str) -> tuple[dict[str, Any], RateLimit | None]:
    """Return the repository's row and what is left of the quota. Raises `Gone` and the rest."""
    owner, name = full_name.split("/")
    client.serve(full_name)
    response = client.execute(query_text("repository"), {"owner": owner, "name": name})
    with expected_shape():
        return repository_row(response.data["repository"]), response.rate_limit


def owned(
    client: GitHubClient, owner: str, *, forks: bool, archived: bool
) -> Iterator[tuple[str, int]]:
    """Yield an account's repositories by name, with the number of their pull requests.

    A page is asked for when it is needed. Raises `Gone` for an account that nobody has.
    """
    variables: dict[str, Any] = {
        "owner": owner,
        "after": None,
        # Null is both; true would be forks alone.
        "forks": None if forks else False,
        "archived": None if archived else False,
    }
    while True:
        try:
            data = client.execute(query_text("owned_repositories"), variables).data
        except TooHeavy as fault:
            # An account that nobody has is null, and nothing else was asked for.
            if not fault.has_no_data or variables["after"]:
                raise
            raise Gone(
                f"GitHub knows no account {owner!r}.", advice="Check how the name is spelt."
            ) from fault
        with expected_shape():
            page = data["repositoryOwner"]["repositories"]
            found = [
                (node["nameWithOwner"], _total(node["pullRequests"]))
                for node in page["nodes"]
                if node is not None
            ]
            position, is_last = page["pageInfo"]["endCursor"], not page["pageInfo"]["hasNextPage"]
        yield from found
        if is_last:
            return
        if position == variables["after"]:
            raise Unusable(f"GitHub gives the same page of {owner}'s repositories again.")
        variables["after"] = position


def node_id_of(client: GitHubClient, full_name: str, github_id: int) -> str:
    """Return the node id of a repository that is known by name and id only.

    Raises `Gone` when the name belongs to another repository by now.
    """
    row, _ = look_up(client, full_name)
    if row["github_id"] != github_id:
        raise Gone(
            f"The name {full_name} belongs to another repository now (id {row['github_id']},"
            f" not {github_id}).",
            advice="Track the repository again under its new name.",
        )
    return str(row["node_id"])


def repository_row(node: dict[str, Any]) -> dict[str, Any]:
    """Return the columns of `repositories`, and `node_id` and `pull_requests_total` beside them."""
    owner = node["owner"]["login"]
    topics = (node["repositoryTopics"] or {}).get("nodes") or []
    return {
        "github_id": int(node["databaseId"]),
        "node_id": node["id"],
        "full_name": node["nameWithOwner"],
        "owner": owner,
        "name": node["name"],
        "description": clean(node["description"]),
        "homepage": clean(node["homepageUrl"]),
        "language": (node["primaryLanguage"] or {}).get("name"),
        "license": (node["licenseInfo"] or {}).get("spdxId"),
        "avatar_url": f"https://github.com/{owner}.png",
        "stargazers_count": node["stargazerCount"],
        "watchers_count": node["watchers"]["totalCount"],
        "forks_count": node["forkCount"],
        # REST counts open pull requests among the open issues, and so does the column.
        "open_issues_count": node["openIssues"]["totalCount"] + _total(node["openPullRequests"]),
        "size": node["diskUsage"],
        "default_branch": (node["defaultBranchRef"] or {}).get("name"),
        "is_fork": node["isFork"],
        "is_archived": node["isArchived"],
        "is_disabled": node["isDisabled"],
        "is_private": node["isPrivate"],
        "is_template": node["isTemplate"],
        "has_issues": node["hasIssuesEnabled"],
        "has_projects": node["hasProjectsEnabled"],
        "has_wiki": node["hasWikiEnabled"],
        "has_discussions": node["hasDiscussionsEnabled"],
        "topics": [n["topic"]["name"] for n in topics if n],
        "github_created_at": node["createdAt"],
        "github_updated_at": node["updatedAt"],
        "github_pushed_at": node["pushedAt"],
        "pull_requests_total": _total(node["pullRequests"]),
    }


def _total(connection: dict[str, int] | None) -> int:
    return connection["totalCount"] if connection else 0


ACCESS_REFUSALS = {
    "NOT_FOUND": Access.GONE,
    "FORBIDDEN": Access.FORBIDDEN,
    "INSUFFICIENT_SCOPES": Access.FORBIDDEN,
}


@dataclass(frozen=True)
class AccessRequest:
    """Ask whether GitHub shows repositories: by node id where it is known, else by name.

    There may be a hundred of them: to more node ids GitHub responds with ARGUMENT_LIMIT.
    """

    QUERY: ClassVar[str] = "access"

    repositories: tuple[KnownRepository, ...]

    @property
    def query(self) -> str:
        """The text of the GraphQL query."""
        return repeated(self.QUERY, ({"index": index} for index, _ in enumerate(self.named)))

    @property
    def variables(self) -> dict[str, Any]:
        """The variables of the GraphQL query."""
        variables: dict[str, Any] = {"ids": [repository.node_id for repository in self.identified]}
        for index, repository in enumerate(self.named):
            owner, _, name = repository.full_name.partition("/")
            variables |= {f"owner{index}": owner, f"name{index}": name}
        return variables

    @property
    def identified(self) -> tuple[KnownRepository, ...]:
        """The repositories whose node id is known."""
        return tuple(repository for repository in self.repositories if repository.node_id)

    @property
    def named(self) -> tuple[KnownRepository, ...]:
        """The repositories that are known by name only."""
        return tuple(repository for repository in self.repositories if not repository.node_id)


@dataclass(frozen=True)
class NewestChangesRequest(AccessRequest):
    """Ask when the pull requests of up to a hundred repositories last changed."""

    QUERY: ClassVar[str] = "newest_changes"


@expected_shape()
def read_access(
    response: Response, request: AccessRequest
) -> tuple[tuple[KnownRepository, Shown | Refused], ...]:
    """Return whether GitHub shows each; one that it says nothing clear of is left out."""
    findings: list[tuple[KnownRepository, Shown | Refused]] = []
    for repository, node, errors in _nodes(response, request):
        if node:
            findings.append((repository, Shown(int(node["databaseId"]), node["nameWithOwner"])))
        elif refused := _refused(errors):
            findings.append((repository, refused))
    return tuple(findings)


@expected_shape()
def read_newest_changes(
    response: Response, request: NewestChangesRequest
) -> tuple[tuple[KnownRepository, Finding | None], ...]:
    """Return the newest change of each; null where GitHub says nothing clear. Raises `Unusable`.

    An error about one of them says nothing about the others.
    """
    changes: list[tuple[KnownRepository, Finding | None]] = []
    for repository, node, errors in _nodes(response, request):
        if node is None:
            changes.append((repository, _refused(errors)))
        else:
            # A node id of something else than a repository has none of its fields.
            is_whole = not errors and node.get("databaseId")
            changes.append((repository, _newest(node) if is_whole else None))
    return tuple(changes)


def _nodes(
    response: Response, request: AccessRequest
) -> Iterator[tuple[KnownRepository, dict[str, Any] | None, tuple[GraphQLError, ...]]]:
    """Yield each repository with its node, and with the errors at it or below."""
    nodes = [(("nodes", index), node) for index, node in enumerate(response.data["nodes"])]
    aliases = [f"r{index}" for index, _ in enumerate(request.named)]
    found = [*nodes, *(((alias,), response.data[alias]) for alias in aliases)]
    repositories = (*request.identified, *request.named)
    for repository, (path, node) in zip(repositories, found, strict=True):
        errors = (error for error in response.errors if error.path[: len(path)] == path)
        yield repository, node, tuple(errors)


def _refused(errors: tuple[GraphQLError, ...]) -> Refused | None:
    known = (error for error in errors if error.type in ACCESS_REFUSALS)
    return next((Refused(ACCESS_REFUSALS[e.type], e.message) for e in known), None)


def _newest(node: dict[str, Any]) -> Newest | None:
    # Null without an error where a repository has its pull requests switched off.
    newest = (node["pullRequests"] or {"nodes": []})["nodes"]
    if newest is None or None in newest:
        return None
    moments = [datetime.fromisoformat(pull_request["updatedAt"]) for pull_request in newest]
    return Newest(
        github_id=int(node["databaseId"]),
        node_id=node["id"],
        full_name=node["nameWithOwner"],
        is_private=node["isPrivate"],
        newest_change=max(moments, default=None),
    )
