"""The sandbox's world as plain JSON, without any cleaning: the independent truth of tests."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

from contributor_backfill.sandbox.accounts import Account
from contributor_backfill.sandbox.messages import encode
from contributor_backfill.sandbox.pull_requests.records import (
    IssueComment,
    Item,
    PullRequest,
    Review,
    ReviewComment,
    ReviewThread,
    comments_of,
)
from contributor_backfill.sandbox.repositories import Repository
from contributor_backfill.sandbox.world import World

Document = dict[str, Any]


def lines(world: World, repository: Repository) -> Iterator[bytes]:
    """Yield one line for every pull request, newest first."""
    for document in documents(world, repository):
        yield encode(document) + b"\n"


def documents(world: World, repository: Repository) -> Iterator[Document]:
    """Yield everything about every pull request, newest first."""
    for pull_request in repository.newest_first():
        yield pull_request_document(world, repository, pull_request)


def pull_request_document(
    world: World, repository: Repository, pull_request: PullRequest
) -> Document:
    """Return everything about one pull request."""
    facts = repository.facts
    plain = {name: getattr(pull_request, name) for name in _PULL_REQUEST_FIELDS}
    assignees = [world.account(account_id) for account_id in pull_request.assignee_ids]
    return {
        "repository": {
            "node_id": facts.node_id,
            "database_id": facts.database_id,
            "name_with_owner": facts.name_with_owner,
        },
        "node_id": pull_request.node_id,
        "full_database_id": pull_request.database_id,
        **plain,
        "url": facts.item_url(pull_request),
        "author": account_document(world.account(pull_request.author_id)),
        "merged_by": account_document(world.account(pull_request.merged_by_id)),
        "assignees": [account_document(account) for account in assignees if account],
        "labels": list(pull_request.labels),
        "reviews": [_review(world, review, pull_request) for review in pull_request.reviews],
        "comments": [_item(world, comment) for comment in pull_request.comments],
        "review_threads": [_thread(thread) for thread in pull_request.review_threads],
        "review_comments": [
            {**_review_comment(world, comment), "review_full_database_id": comment.review_id}
            for comment in pull_request.review_comments
        ],
    }


def account_document(account: Account | None) -> Document | None:
    """Return everything about an account; None for a deleted one."""
    if account is None:
        return None
    return {
        "kind": account.kind,
        "login": account.login,
        "database_id": account.database_id,
        "user_database_id": account.user.database_id if account.user else None,
        "name": None if account.kind == "Bot" else account.name,
        "created_at": account.created_at,
        "avatar_url": account.avatar_url,
        "url": account.url,
    }


_PULL_REQUEST_FIELDS = (
    "number",
    "title",
    "body",
    "state",
    "is_draft",
    "merged",
    "base_ref_name",
    "head_ref_name",
    "created_at",
    "updated_at",
    "closed_at",
    "merged_at",
    "additions",
    "deletions",
    "changed_files",
    "commits",
    "mergeable",
    "merge_state_status",
    "total_comments_count",
)


_SAID_OTHERWISE = frozenset(
    {"repository_id", "number", "database_id", "author_id", "review_id", "reply_to_id", "edited_at"}
)

_PLAIN_FIELDS: Mapping[type[Item], Sequence[str]] = {
    kind: [field.name for field in fields(kind) if field.name not in _SAID_OTHERWISE]
    for kind in (Review, IssueComment, ReviewComment)
}


def _item(world: World, item: Item) -> Document:
    """Return everything that an item holds, with its author in place of an id."""
    return {
        "full_database_id": item.database_id,
        **{name: getattr(item, name) for name in _PLAIN_FIELDS[type(item)]},
        "author": account_document(world.account(item.author_id)),
    }


def _review(world: World, review: Review, pull_request: PullRequest) -> Document:
    comments = [_review_comment(world, c) for c in comments_of(review, pull_request)]
    return {**_item(world, review), "comments": comments}


def _review_comment(world: World, comment: ReviewComment) -> Document:
    return {**_item(world, comment), "reply_to_full_database_id": comment.reply_to_id}


def _thread(thread: ReviewThread) -> Document:
    return {
        "node_id": thread.node_id,
        "is_resolved": thread.is_resolved,
        "comment_full_database_ids": [comment.database_id for comment in thread.comments],
    }


def dispatches(repository: Repository) -> list[Document]:
    """Return every workflow dispatch, oldest first."""
    return [asdict(dispatch) for dispatch in repository.actions.dispatches]


def issues(world: World, repository: Repository) -> list[Document]:
    """Return every issue that somebody wrote or touched, by number, with its comments."""
    return [
        {
            "number": issue.number,
            "title": issue.title,
            "body": issue.body,
            "state": issue.state,
            "state_reason": issue.state_reason,
            "labels": list(issue.labels),
            "author": _login(world, issue.author_id),
            "created_at": issue.created_at,
            "updated_at": issue.updated_at,
            "closed_at": issue.closed_at,
            "comments": [
                {
                    "full_database_id": comment.database_id,
                    "body": comment.body,
                    "author": _login(world, comment.author_id),
                    "created_at": comment.created_at,
                }
                for comment in issue.comments
            ],
        }
        for issue in sorted(repository.issues, key=lambda issue: issue.number)
    ]


def _login(world: World, account_id: int | None) -> str | None:
    account = world.account(account_id)
    return account.login if account else None
