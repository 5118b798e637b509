"""Resolvers of single fields that are more than an attribute of the thing."""

from collections.abc import Callable, Mapping
from typing import Any

from contributor_backfill.sandbox.graphql import connections, entries
from contributor_backfill.sandbox.graphql.context import Info
from contributor_backfill.sandbox.graphql.graphql_errors import (
    issue_or_pull_request_not_found,
    pull_request_not_found,
)
from contributor_backfill.sandbox.graphql.things import Branch, Commit, Language, License
from contributor_backfill.sandbox.issues.records import Issue
from contributor_backfill.sandbox.people.accounts import Account
from contributor_backfill.sandbox.pull_requests.items import (
    IssueComment,
    Review,
    ReviewComment,
    ReviewThread,
)
from contributor_backfill.sandbox.pull_requests.records import PullRequest, RepositoryFacts
from contributor_backfill.sandbox.repositories.records import Repository
from contributor_backfill.sandbox.world.addresses import item_url, pull_request_path


def pull_request(repository: Repository, info: Info, number: int) -> PullRequest:
    """Return the pull request of a number."""
    found = repository.pull_request(number)
    if found is None:
        raise pull_request_not_found(number)
    info.context.work.numbers.append(number)
    return found


def issue_or_pull_request(repository: Repository, info: Info, number: int) -> Issue | PullRequest:
    """Return whatever has that number."""
    found = repository.issue(number)
    if found is not None:
        info.context.work.nodes += 1
        return found
    if repository.pull_request(number) is None:
        raise issue_or_pull_request_not_found(number)
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
    facts = _world_repository(pull_request, info).facts
    return pull_request_path(facts, pull_request.number)


def _url(item: Any, info: Info) -> str:
    return item_url(_world_repository(item, info).facts, item)


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
        "node": entries.node,
        "nodes": entries.nodes,
        "rateLimit": entries.rate_limit,
        "repository": entries.repository,
        "repositoryOwner": entries.repository_owner,
        "viewer": entries.viewer,
    },
    "Organization": {"repositories": connections.repositories},
    "User": {"repositories": connections.repositories},
    "Repository": {
        "createdAt": _fact(lambda facts: facts.created_at),
        "databaseId": _fact(lambda facts: facts.database_id),
        "defaultBranchRef": _fact(lambda facts: Branch(facts.database_id, 0, facts.default_branch)),
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
        "licenseInfo": _fact(lambda facts: License(facts.database_id, 0, "MIT")),
        "name": _fact(lambda facts: facts.name),
        "nameWithOwner": _fact(lambda facts: facts.name_with_owner),
        "owner": lambda repository, _: repository.owner,
        "primaryLanguage": _fact(lambda facts: Language(facts.database_id, 0, "Python")),
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
    "License": {"key": lambda license_, _: license_.name.lower()},
}

AVATAR_URL: Resolver = _avatar_url
"""The resolver of `avatarUrl`, which every kind of account has."""
