"""REST's documents of issues, of pull requests in their part as issues, and of labels."""

from typing import Any

from contributor_backfill.sandbox.issues.labels import GREY, Label
from contributor_backfill.sandbox.issues.records import Issue
from contributor_backfill.sandbox.pull_requests.items import IssueComment
from contributor_backfill.sandbox.pull_requests.records import PullRequest
from contributor_backfill.sandbox.rest.documents import (
    Document,
    RestWriter,
    association,
)


def thread_document(writer: RestWriter, thread: Issue | PullRequest) -> Document:
    """Return the document of an issue or pull request, which REST lists as issues alike."""
    url = f"{writer.url}/issues/{thread.number}"
    return {
        "url": url,
        "repository_url": writer.url,
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "html_url": f"{writer.html_url}/{page_of(thread)}/{thread.number}",
        "id": writer.repository.issue_id(thread.number),
        "node_id": thread.node_id,
        "number": thread.number,
        "title": thread.title,
        "user": writer.user(thread.author_id),
        "labels": [_named(writer, name) for name in thread.labels],
        "state": "open" if thread.state == "OPEN" else "closed",
        "locked": isinstance(thread, Issue) and thread.locked,
        "assignees": [],
        "milestone": None,
        "comments": len(thread.comments),
        "created_at": thread.created_at,
        "updated_at": thread.updated_at,
        "closed_at": thread.closed_at,
        "author_association": association(thread.author_id),
        "body": thread.body or None,
        **_by_kind(writer, thread),
    }


def comment_document(writer: RestWriter, comment: IssueComment, page: str) -> Document:
    """Return the document of a comment below a `page` of issues or of pull requests."""
    place = f"{writer.html_url}/{page}/{comment.number}"
    return {
        "url": f"{writer.url}/issues/comments/{comment.database_id}",
        "html_url": f"{place}#issuecomment-{comment.database_id}",
        "issue_url": f"{writer.url}/issues/{comment.number}",
        "id": comment.database_id,
        "node_id": comment.node_id,
        "user": writer.user(comment.author_id),
        "created_at": comment.created_at,
        "updated_at": comment.updated_at,
        "author_association": association(comment.author_id),
        "body": comment.body,
    }


def label_document(writer: RestWriter, label: Label) -> Document:
    """Return the document of a label."""
    return {
        "id": label.database_id,
        "node_id": label.node_id,
        "url": f"{writer.url}/labels/{label.name}",
        "name": label.name,
        "color": label.color,
        "default": False,
        "description": label.description,
    }


def page_of(thread: Issue | PullRequest) -> str:
    """Return the part of an address that tells issues from pull requests."""
    return "issues" if isinstance(thread, Issue) else "pull"


def _by_kind(writer: RestWriter, thread: Issue | PullRequest) -> dict[str, Any]:
    """Return what only issues have, or the key that tells pull requests from them."""
    if isinstance(thread, Issue):
        reason = thread.state_reason
        return {"state_reason": reason.lower() if reason else None}
    links = {
        "url": f"{writer.url}/pulls/{thread.number}",
        "html_url": f"{writer.html_url}/pull/{thread.number}",
        "merged_at": thread.merged_at,
    }
    return {"state_reason": None, "draft": thread.is_draft, "pull_request": links}


def _named(writer: RestWriter, name: str) -> Document:
    """Return the document of a label by its name, which a real list may bring along."""
    repository_id = writer.repository.facts.database_id
    known = writer.repository.labels.get(name)
    return label_document(writer, known or Label(repository_id, 0, name, GREY, None))
