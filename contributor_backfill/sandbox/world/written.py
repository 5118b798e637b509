"""What clients brought into a repository over HTTP, as plain JSON for assertions."""

from dataclasses import asdict
from typing import Any

from contributor_backfill.sandbox.repositories.records import Repository
from contributor_backfill.sandbox.world.world import World

Document = dict[str, Any]


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
        for issue in sorted(repository.issues, key=lambda each: each.number)
    ]


def _login(world: World, account_id: int | None) -> str | None:
    account = world.account(account_id)
    return account.login if account else None
