"""Changes of issues that somebody else makes than the client under test."""

from collections.abc import Mapping
from typing import Any

from contributor_backfill.domain.errors import InvalidInput, NotFound
from contributor_backfill.sandbox.world import issue_writing
from contributor_backfill.sandbox.world.change_targets import (
    Change,
    Document,
    repository_of,
    text_of,
    texts_of,
    user_of,
)
from contributor_backfill.sandbox.world.issues import Issue
from contributor_backfill.sandbox.world.populace import World
from contributor_backfill.sandbox.world.repository import Repository

_STATES = ("OPEN", "CLOSED")


def _add_issue(world: World, change: Document, moment: str) -> dict[str, Any]:
    repository = repository_of(world, change)
    issue = issue_writing.open_issue(
        repository,
        title=change["title"],
        body=text_of(change, "body", ""),
        labels=texts_of(change, "labels", ()),
        author_id=_author_id(world, change),
        moment=moment,
    )
    return {"number": issue.number}


def _update_issue(world: World, change: Document, moment: str) -> dict[str, Any]:
    """Change `title`, `body`, `state` or `labels`, given under `set`."""
    repository, issue = _issue_of(world, change)
    values = dict(change.get("set", {}))
    unknown = values.keys() - {"title", "body", "state", "labels"}
    if unknown:
        raise InvalidInput(f"Nobody can set {', '.join(sorted(unknown))} of an issue.")
    if values.get("state", "OPEN") not in _STATES:
        raise InvalidInput(f"An issue cannot be {values['state']!r}.")
    issue_writing.edit_issue(repository, issue, values, moment)
    return {"number": issue.number}


def _add_issue_comment(world: World, change: Document, moment: str) -> dict[str, Any]:
    repository, issue = _issue_of(world, change)
    comment = issue_writing.add_comment(
        repository,
        issue,
        text_of(change, "body", "A comment."),
        _author_id(world, change),
        moment,
    )
    return {"number": issue.number, "full_database_id": comment.database_id}


def _enable_issues(world: World, change: Document, _: str) -> dict[str, Any]:
    issues = repository_of(world, change).issues
    issues.enabled = bool(change["enabled"])
    return {"enabled": issues.enabled}


def _author_id(world: World, change: Document) -> int | None:
    """Return the user named by `login`, or a bystander."""
    if "login" in change:
        return user_of(world, change).account_id
    return repository_of(world, change).source.lists.people.users[0]


def _issue_of(world: World, change: Document) -> tuple[Repository, Issue]:
    repository = repository_of(world, change)
    issue = repository.issue(change["number"])
    if issue is None:
        raise NotFound(f"There is no issue {change['number']}.")
    return repository, issue


CHANGES: Mapping[str, Change] = {
    "add_issue": _add_issue,
    "update_issue": _update_issue,
    "add_issue_comment": _add_issue_comment,
    "enable_issues": _enable_issues,
}
