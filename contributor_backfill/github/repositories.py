"""A repository by name, as a row of `repositories` with GitHub's total of its pull requests."""

from collections.abc import Iterator
from typing import Any

from contributor_backfill.domain.types import RateLimit
from contributor_backfill.github.client import GitHubClient
from contributor_backfill.github.documents import query_text
from contributor_backfill.github.faults import Gone, TooHeavy, Unusable
from contributor_backfill.github.pull_requests import of_the_queried_shape
from contributor_backfill.github.texts import clean


def look_up(client: GitHubClient, full_name: str) -> tuple[dict[str, Any], RateLimit | None]:
    """Return the repository's row and what is left of the quota. Raises `Gone` and the rest."""
    owner, name = full_name.split("/")
    client.serve(full_name)
    answer = client.execute(query_text("repository"), {"owner": owner, "name": name})
    with of_the_queried_shape():
        return repository_row(answer.data["repository"]), answer.rate_limit


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
        with of_the_queried_shape():
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
    """Return the columns of `repositories`, with `node_id` and `pull_requests_total` beside them.

    REST counts open pull requests among the open issues, and so does the column.
    """
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
