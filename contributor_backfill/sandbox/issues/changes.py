"""Changes of issues, by a client over HTTP and by somebody else."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from contributor_backfill.domain.errors import InvalidInput, NotFound
from contributor_backfill.sandbox.change import (
    Change,
    Changes,
)
from contributor_backfill.sandbox.issues.records import Departure, Issue
from contributor_backfill.sandbox.pull_requests.records import IssueComment, PullRequest
from contributor_backfill.sandbox.repositories import Repository

_STATES = ("OPEN", "CLOSED")


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
        # What is given goes before what the state brings along: a client may set the reason too.
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


def _add_issue(change: Change) -> dict[str, Any]:
    repository = change.repository()
    issue = open_issue(
        repository,
        title=change["title"],
        body=change.text("body", ""),
        labels=change.texts("labels", ()),
        author_id=_author_id(change),
        moment=change.moment,
    )
    return {"number": issue.number}


def _update_issue(change: Change) -> dict[str, Any]:
    """Change `title`, `body`, `state` or `labels`, given under `set`."""
    repository, issue = _issue_of(change)
    values = dict(change.get("set", {}))
    unknown = values.keys() - {"title", "body", "state", "labels"}
    if unknown:
        raise InvalidInput(f"Nobody can set {', '.join(sorted(unknown))} of an issue.")
    if values.get("state", "OPEN") not in _STATES:
        raise InvalidInput(f"An issue cannot be {values['state']!r}.")
    edit_issue(repository, issue, values, change.moment)
    return {"number": issue.number}


def _add_issue_comment(change: Change) -> dict[str, Any]:
    repository, issue = _issue_of(change)
    comment = add_comment(
        repository,
        issue,
        change.text("body", "A comment."),
        _author_id(change),
        change.moment,
    )
    return {"number": issue.number, "full_database_id": comment.database_id}


def _lock_issue(change: Change) -> dict[str, Any]:
    """Lock an issue, or unlock it with `locked` false."""
    repository, issue = _issue_of(change)
    locked = bool(change.get("locked", True))
    edit_issue(repository, issue, {"locked": locked}, change.moment)
    return {"number": issue.number, "locked": locked}


def _delete_issue(change: Change) -> dict[str, Any]:
    repository, issue = _issue_of(change)
    repository.issues.depart(issue.number, Departure(is_deleted=True))
    return {"number": issue.number}


def _transfer_issue(change: Change) -> dict[str, Any]:
    """Move an issue to the repository `to`, or without one to where the client sees nothing."""
    repository, issue = _issue_of(change)
    if change.get("to") is None:
        repository.issues.depart(issue.number, Departure())
        return {"number": issue.number}
    target = change.world.repository(change["to"])
    number, target_id = target.next_number, target.facts.database_id
    moved = replace(
        issue, repository_id=target_id, number=number, database_id=target.issue_id(number)
    )
    target.put_issue(moved)
    # The old number goes on leading to the new one, as every link to it does on GitHub.
    repository.issues.depart(issue.number, Departure(False, target_id, number))
    return {"number": number}


def _enable_issues(change: Change) -> dict[str, Any]:
    issues = change.repository().issues
    issues.enabled = bool(change["enabled"])
    return {"enabled": issues.enabled}


def _author_id(change: Change) -> int | None:
    """Return the user named by `login`, or a bystander."""
    if "login" in change.values:
        return change.user().account_id
    return change.repository().source.lists.people.users[0]


def _issue_of(change: Change) -> tuple[Repository, Issue]:
    repository = change.repository()
    issue = repository.issue(change["number"])
    if issue is None:
        raise NotFound(f"There is no issue {change['number']}.")
    return repository, issue


CHANGES: Changes = {
    "add_issue": _add_issue,
    "update_issue": _update_issue,
    "add_issue_comment": _add_issue_comment,
    "lock_issue": _lock_issue,
    "delete_issue": _delete_issue,
    "transfer_issue": _transfer_issue,
    "enable_issues": _enable_issues,
}
