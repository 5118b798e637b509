"""Reviews and comments, from GraphQL nodes and REST documents."""

from dataclasses import dataclass
from typing import Any

from contributor_backfill.domain.records import Account, Comment, Review, ReviewComment
from contributor_backfill.github.accounts import Node, account, rest_account
from contributor_backfill.github.readable import moment, needed, whole
from contributor_backfill.github.texts import clean


@dataclass(frozen=True)
class Place:
    """The pull request that an item hangs on, and when GitHub says that it last changed."""

    github_id: int
    number: int
    updated_at: str | None


def review(node: Node, of: Place) -> tuple[Account, Review]:
    """Return a review and its author."""
    author = account(node.get("author"))
    return author, Review(
        github_id=whole(node, "fullDatabaseId"),
        pull_request_github_id=of.github_id,
        pull_request_number=of.number,
        author_github_id=author.github_id,
        state=needed(node, "state"),
        body=clean(node.get("body")),
        submitted_at=needed(node, "submittedAt"),
        commit_id=(node.get("commit") or {}).get("oid"),
        source_updated_at=of.updated_at,
    )


def comment(node: Node, of: Place) -> tuple[Account, Comment]:
    """Return a comment of the conversation and its author."""
    author = account(node.get("author"))
    return author, Comment(
        github_id=whole(node, "fullDatabaseId"),
        pull_request_github_id=of.github_id,
        pull_request_number=of.number,
        author_github_id=author.github_id,
        body=clean(node.get("body")) or "",
        created_at=needed(node, "createdAt"),
        updated_at=needed(node, "updatedAt"),
        source_updated_at=of.updated_at,
    )


def review_comment(document: dict[str, Any]) -> tuple[Account, ReviewComment]:
    """Return an inline comment and its author. The number of its pull request ends an address."""
    author = rest_account(document.get("user"))
    return author, ReviewComment(
        github_id=whole(document, "id"),
        pull_request_number=number_of(document),
        author_github_id=author.github_id,
        body=clean(document.get("body")) or "",
        created_at=moment(document, "created_at"),
        updated_at=moment(document, "updated_at"),
        position=document.get("position"),
        original_position=document.get("original_position"),
        diff_hunk=clean(document.get("diff_hunk")),
        path=clean(document.get("path")),
        commit_id=document.get("commit_id"),
        original_commit_id=document.get("original_commit_id"),
        in_reply_to_github_id=document.get("in_reply_to_id"),
    )


def number_of(document: dict[str, Any]) -> int:
    """Return the number of the pull request that an inline comment hangs on."""
    address = needed(document, "pull_request_url")
    return whole({"pull_request_url": address.rpartition("/")[2]}, "pull_request_url", bits=31)
