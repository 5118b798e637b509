"""Resolvers of the ways into the graph, and of fields that are more than an attribute."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from contributor_backfill.sandbox.accounts import VIEWER, Account
from contributor_backfill.sandbox.clock import timestamp
from contributor_backfill.sandbox.graphql import connections
from contributor_backfill.sandbox.graphql.connections import Named
from contributor_backfill.sandbox.graphql.context import Context, Info
from contributor_backfill.sandbox.graphql.errors import GitHubError, not_found, saml
from contributor_backfill.sandbox.ids import NodeId, node_id_of, parse_node_id
from contributor_backfill.sandbox.issues.records import Issue
from contributor_backfill.sandbox.pull_requests.records import (
    IssueComment,
    PullRequest,
    Review,
    ReviewComment,
    ReviewThread,
)
from contributor_backfill.sandbox.repositories import Access, Repository, RepositoryFacts

_PEOPLE = frozenset({"U", "BOT", "M", "O", "EUA"})


def rate_limit(_: None, info: Info, **__: Any) -> SimpleNamespace:
    """Return the price of this query and the standing after it."""
    standing = info.context.standing
    return SimpleNamespace(
        cost=info.context.shape.points,
        limit=standing.limit,
        node_count=info.context.shape.nodes,
        remaining=standing.remaining,
        reset_at=timestamp(standing.reset_at),
        used=standing.used,
    )


def viewer(_: None, __: Info) -> Account:
    """Return the account every token belongs to."""
    return VIEWER


def repository(
    _: None, info: Info, owner: str, name: str, *, follow_renames: bool = True
) -> Repository | None:
    """Return a repository by its present name or one that it had."""
    if info.context.shape.dry_run:
        return None
    asked = f"{owner}/{name}"
    unknown = not_found(f"a Repository with the name '{asked}'.")
    info.context.effects.refuse_access(unknown)
    found = info.context.world.find(asked, follow_renames=follow_renames)
    return _open(found, unknown)


def repository_owner(_: None, info: Info, login: str) -> Account | None:
    """Return the owner of a repository; null for a name that nobody has."""
    owned = info.context.world.owned_by(login)
    return owned[0].owner if owned and not info.context.shape.dry_run else None


# GitHub's argument is called `id`.
def node(_: None, info: Info, node_id: str) -> object | None:
    """Return the thing of a node id."""
    if info.context.shape.dry_run:
        return None
    info.context.effects.refuse_access(_unknown_node(node_id))
    return _resolve(info.context, node_id)


def nodes(_: None, info: Info, ids: list[str]) -> list[object]:
    """Return the things of up to 100 node ids; an unknown id is null and an error."""
    limit = info.context.limits.node_ids_limit
    if len(ids) > limit:
        raise GitHubError(
            "ARGUMENT_LIMIT",
            f"You may not provide more than {limit} node ids; you provided {len(ids)}.",
        )
    if info.context.shape.dry_run:
        return []
    return [_resolved_or_error(info.context, node_id) for node_id in ids]


def _resolved_or_error(context: Context, node_id: str) -> object:
    try:
        context.effects.refuse_access(_unknown_node(node_id))
        return _resolve(context, node_id)
    except GitHubError as error:
        return error  # whoever executes the query makes null and an entry of `errors` of it


def _unknown_node(node_id: str) -> GitHubError:
    return not_found(f"a node with the global id of '{node_id}'")


def _resolve(context: Context, node_id: str) -> object:
    unknown = _unknown_node(node_id)
    decoded = parse_node_id(node_id)
    if decoded is None:
        raise unknown
    if decoded.prefix in _PEOPLE:
        account = context.world.account(decoded.repository_id)
        if account is None:
            raise unknown
        return account
    found = _open(context.world.repositories.get(decoded.repository_id), unknown)
    thing = found if decoded.prefix == "R" else _inside(found, decoded)
    if thing is None:
        raise unknown
    context.work.nodes += 1
    if isinstance(thing, PullRequest):
        context.work.numbers.append(thing.number)
    return thing


def _open(found: Repository | None, not_found: GitHubError) -> Repository:
    if found is None or found.access in (Access.GONE, Access.PRIVATE):
        raise not_found
    if found.access is Access.SAML:
        raise saml()
    if found.access is Access.BLOCKED:
        # GitHub does not publish the type of this error.
        raise GitHubError("FORBIDDEN", "Repository access blocked")
    return found


def _inside(found: Repository, wanted: NodeId) -> object | None:
    """Return an issue, a pull request or something in it."""
    if wanted.prefix == "I":
        return found.issue(wanted.number)
    pull_request = found.pull_request(wanted.number)
    lists = _LISTS.get(wanted.prefix)
    if pull_request is None or wanted.prefix == "PR":
        return pull_request
    items = lists(pull_request) if lists else ()
    return next((item for item in items if item.database_id == wanted.database_id), None)


_LISTS: Mapping[str, Callable[[PullRequest], Any]] = {
    "PRR": lambda pull_request: pull_request.reviews,
    "IC": lambda pull_request: pull_request.comments,
    "PRRT": lambda pull_request: pull_request.review_threads,
    "PRRC": lambda pull_request: pull_request.review_comments,
}


def pull_request(repository: Repository, info: Info, number: int) -> PullRequest:
    """Return the pull request of a number."""
    found = repository.pull_request(number)
    if found is None:
        raise not_found(f"a PullRequest with the number of {number}.")
    info.context.work.numbers.append(number)
    return found


def issue_or_pull_request(repository: Repository, info: Info, number: int) -> Issue | PullRequest:
    """Return whatever has that number."""
    found = repository.issue(number)
    if found is not None:
        info.context.work.nodes += 1
        return found
    if repository.pull_request(number) is None:
        raise not_found(f"an issue or pull request with the number of {number}.")
    return pull_request(repository, info, number)


def issue_url(issue: Issue, info: Info) -> str:
    """Return the address of an issue."""
    facts = info.context.world.repositories[issue.repository_id].facts
    return f"https://github.com/{facts.name_with_owner}/issues/{issue.number}"


Resolver = Callable[..., Any]
_Item = PullRequest | Review | IssueComment | ReviewComment | ReviewThread


def _world_repository(item: _Item, info: Info) -> Repository:
    return info.context.world.repositories[item.repository_id]


def _pull_request_of(item: _Item, info: Info) -> PullRequest | None:
    return _world_repository(item, info).pull_request(item.number)


def _author(item: Any, info: Info) -> Account | None:
    return info.context.world.account(item.author_id)


def _merged_by(pull_request: PullRequest, info: Info) -> Account | None:
    return info.context.world.account(pull_request.merged_by_id)


def _avatar_url(account: Account, _: Info, size: int | None = None) -> str:
    return account.avatar_url if size is None else f"{account.avatar_url}&s={size}"


def _additions(pull_request: PullRequest, info: Info) -> int:
    return info.context.effects.additions(pull_request)


def _pull_request_path(pull_request: PullRequest, info: Info) -> str:
    return _url(pull_request, info).removeprefix("https://github.com")


def _url(item: Any, info: Info) -> str:
    return _world_repository(item, info).facts.item_url(item)


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit by its hash."""

    repository_id: int
    oid: str

    @property
    def node_id(self) -> str:
        """Return the global node id."""
        return node_id_of("C", self.repository_id, database_id=int(self.oid[:12], 16))


def _commit(item: Review | ReviewComment, _: Info) -> Commit | None:
    return None if item.commit_oid is None else Commit(item.repository_id, item.commit_oid)


def _review_of(comment: ReviewComment, info: Info) -> Review | None:
    pull_request = _pull_request_of(comment, info)
    reviews = pull_request.reviews if pull_request else ()
    return next((r for r in reviews if r.database_id == comment.review_id), None)


def _reply_to(comment: ReviewComment, info: Info) -> ReviewComment | None:
    pull_request = _pull_request_of(comment, info)
    threads = pull_request.review_threads if pull_request else ()
    firsts = (thread.comments[0] for thread in threads)
    return next((c for c in firsts if c.database_id == comment.reply_to_id), None)


def _fact(read: Callable[[RepositoryFacts], Any]) -> Resolver:
    return lambda repository, _: read(repository.facts)


def _constant(value: Any) -> Resolver:
    return lambda *_: value


RESOLVERS: Mapping[str, Mapping[str, Resolver]] = {
    "Query": {
        "node": node,
        "nodes": nodes,
        "rateLimit": rate_limit,
        "repository": repository,
        "repositoryOwner": repository_owner,
        "viewer": viewer,
    },
    "Organization": {"repositories": connections.repositories},
    "User": {"repositories": connections.repositories},
    "Repository": {
        "createdAt": _fact(lambda facts: facts.created_at),
        "databaseId": _fact(lambda facts: facts.database_id),
        "defaultBranchRef": _fact(
            lambda facts: Named("REF", facts.database_id, facts.default_branch)
        ),
        "description": _fact(lambda facts: f"A rehearsal of {facts.name}."),
        "diskUsage": _constant(2_048),
        "forkCount": _constant(7),
        "hasDiscussionsEnabled": _constant(False),
        "hasIssuesEnabled": lambda repository, _: repository.issues.enabled,
        "hasProjectsEnabled": _constant(True),
        "hasWikiEnabled": _constant(False),
        "homepageUrl": _constant(None),
        "id": _fact(lambda facts: facts.node_id),
        "isArchived": _fact(lambda facts: facts.is_archived),
        "isDisabled": _constant(False),
        "isFork": _fact(lambda facts: facts.is_fork),
        "isPrivate": _fact(lambda facts: facts.is_private),
        "isTemplate": _constant(False),
        "issueOrPullRequest": issue_or_pull_request,
        "issues": connections.issues,
        "licenseInfo": _fact(lambda facts: Named("LIC", facts.database_id, "MIT")),
        "name": _fact(lambda facts: facts.name),
        "nameWithOwner": _fact(lambda facts: facts.name_with_owner),
        "owner": lambda repository, _: repository.owner,
        "primaryLanguage": _fact(lambda facts: Named("LAN", facts.database_id, "Python")),
        "pullRequest": pull_request,
        "pullRequests": connections.pull_requests,
        "pushedAt": _fact(lambda facts: facts.updated_at),
        "repositoryTopics": connections.topics,
        "stargazerCount": _constant(42),
        "updatedAt": _fact(lambda facts: facts.updated_at),
        "url": _fact(lambda facts: f"https://github.com/{facts.name_with_owner}"),
        "watchers": connections.watchers,
    },
    "PullRequest": {
        "additions": _additions,
        "assignees": connections.assignees,
        "author": _author,
        "comments": connections.comments,
        "commits": connections.commits,
        "labels": connections.labels,
        "mergedBy": _merged_by,
        "permalink": _url,
        "repository": _world_repository,
        "resourcePath": _pull_request_path,
        "reviewThreads": connections.review_threads,
        "reviews": connections.reviews,
        "url": _url,
    },
    "PullRequestReview": {
        "author": _author,
        "comments": connections.review_comments,
        "commit": _commit,
        "pullRequest": _pull_request_of,
        "updatedAt": lambda review, _: review.edited_at or review.submitted_at or review.created_at,
        "url": _url,
    },
    "IssueComment": {
        "author": _author,
        "lastEditedAt": lambda comment, _: (
            None if comment.updated_at == comment.created_at else comment.updated_at
        ),
        "pullRequest": _pull_request_of,
        "url": _url,
    },
    "PullRequestReviewThread": {
        "comments": connections.thread_comments,
        "isOutdated": lambda thread, _: thread.comments[0].line is None,
        "line": lambda thread, _: thread.comments[0].line,
        "originalLine": lambda thread, _: thread.comments[0].original_line,
        "path": lambda thread, _: thread.comments[0].path,
        "pullRequest": _pull_request_of,
    },
    "PullRequestReviewComment": {
        "author": _author,
        "commit": _commit,
        "originalCommit": lambda comment, _: Commit(
            comment.repository_id, comment.original_commit_oid
        ),
        "outdated": lambda comment, _: comment.line is None,
        "pullRequest": _pull_request_of,
        "pullRequestReview": _review_of,
        "replyTo": _reply_to,
        "startLine": _constant(None),
        "url": _url,
    },
    "Issue": {"url": issue_url},
    "Label": {"color": _constant("d73a4a")},
    "Language": {"color": _constant("#3572A5")},
    "License": {
        "key": lambda license_, _: license_.name.lower(),
        "spdxId": lambda license_, _: license_.name,
    },
    "Ref": {"prefix": _constant("refs/heads/")},
    # A repository's topic is listed as the repository's use of it.
    "RepositoryTopic": {"topic": lambda topic, _: topic},
}

AVATAR_URL: Resolver = _avatar_url
"""The resolver of `avatarUrl`, which every kind of account has."""
