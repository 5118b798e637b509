"""Reviews and comments, from GraphQL nodes and REST documents."""

from dataclasses import dataclass
from typing import Any

from contributor_backfill.domain.records import Account, Comment, Review, ReviewComment
from contributor_backfill.github.accounts import Node, account, rest_account
from contributor_backfill.github.texts import clean


@dataclass(frozen=True)
class Place:
    """The pull request that an item hangs on, and when GitHub says that it last changed."""

    github_id: int
    number: int
    updated_at: str | None


def review(node: Node, of: Place) -> tuple[Account, Review]:
    """Return a review and its author."""
    author = account(node["author"])
    return author, Review(
        github_id=int(node["fullDatabaseId"]),
        pull_request_github_id=of.github_id,
        pull_request_number=of.number,
        author_github_id=author.github_id,
        state=node["state"],
        body=clean(node["body"]),
        submitted_at=node["submittedAt"],
        commit_id=(node.get("commit") or {}).get("oid"),
        source_updated_at=of.updated_at,
    )


def comment(node: Node, of: Place) -> tuple[Account, Comment]:
    """Return a comment of the conversation and its author."""
    author = account(node["author"])
    return author, Comment(
        github_id=int(node["fullDatabaseId"]),
        pull_request_github_id=of.github_id,
        pull_request_number=of.number,
        author_github_id=author.github_id,
        body=clean(node["body"]) or "",
        created_at=node["createdAt"],
        updated_at=node["updatedAt"],
        source_updated_at=of.updated_at,
    )


def review_comment(document: dict[str, Any]) -> tuple[Account, ReviewComment]:
    """Return an inline comment and its author. The number of its pull request ends an address."""
    author = rest_account(document["user"])
    return author, ReviewComment(
        github_id=int(document["id"]),
        pull_request_number=int(document["pull_request_url"].rpartition("/")[2]),
        author_github_id=author.github_id,
        body=clean(document["body"]) or "",
        created_at=document["created_at"],
        updated_at=document["updated_at"],
        position=document.get("position"),
        original_position=document.get("original_position"),
        diff_hunk=clean(document.get("diff_hunk")),
        path=clean(document.get("path")),
        commit_id=document.get("commit_id"),
        original_commit_id=document.get("original_commit_id"),
        in_reply_to_github_id=document.get("in_reply_to_id"),
    )
