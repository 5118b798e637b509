"""Writing issues and comments: the same for a client over HTTP and for a scripted change."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from contributor_backfill.sandbox.issues.records import Issue
from contributor_backfill.sandbox.pull_requests.items import IssueComment
from contributor_backfill.sandbox.pull_requests.records import PullRequest
from contributor_backfill.sandbox.repositories.records import Repository


def open_issue(
    repository: Repository,
    *,
    title: str,
    body: str | None,
    labels: Iterable[str],
    author_id: int | None,
    moment: str,
) -> Issue:
    """Open an issue under the repository's next number; unknown labels come into being."""
    number = repository.next_number
    issue = Issue(
        repository_id=repository.facts.database_id,
        number=number,
        database_id=repository.issue_id(number),
        created_at=moment,
        updated_at=moment,
        title=title,
        author_id=author_id,
        body=body,
        labels=repository.labels.named(labels),
    )
    repository.put_issue(issue)
    return issue


def edit_issue(repository: Repository, issue: Issue, values: dict[str, Any], moment: str) -> Issue:
    """Give an issue new values; a new state sets what belongs to it."""
    known = dict(values)
    if "labels" in known:
        known["labels"] = repository.labels.named(known["labels"])
    if known.get("state", issue.state) != issue.state:
        known = {**_turned(known["state"], moment), **known}
    edited = replace(issue, updated_at=moment, **known)
    repository.put_issue(edited)
    return edited


def add_comment(
    repository: Repository,
    thread: Issue | PullRequest,
    body: str,
    author_id: int | None,
    moment: str,
) -> IssueComment:
    """Add a comment to an issue or to the conversation of a pull request."""
    comment = IssueComment(
        repository_id=repository.facts.database_id,
        number=thread.number,
        database_id=repository.new_item_id(),
        created_at=moment,
        author_id=author_id,
        body=body,
        updated_at=moment,
    )
    comments = (*thread.comments, comment)
    if isinstance(thread, Issue):
        repository.put_issue(replace(thread, comments=comments, updated_at=moment))
    else:
        repository.put(replace(thread, comments=comments, updated_at=moment))
    return comment


def _turned(state: str, moment: str) -> dict[str, Any]:
    is_closed = state == "CLOSED"
    return {
        "closed_at": moment if is_closed else None,
        "state_reason": "COMPLETED" if is_closed else "REOPENED",
    }
