"""REST's documents of repositories and of people, in GitHub's shapes."""

from collections.abc import Sequence
from urllib.parse import quote

from contributor_backfill.sandbox.accounts import NOBODY, VIEWER, Account
from contributor_backfill.sandbox.rest.call import Call, Document, Route

GHOST = Account("User", 10_137, "ghost", None, "2008-05-13T06:14:25Z")
"""The account that REST shows in place of a deleted one."""

_ASSOCIATIONS = ("CONTRIBUTOR", "MEMBER", "NONE", "COLLABORATOR")


def user_document(call: Call, account_id: int | None) -> Document | None:
    """Return the document of an account; the ghost's for one that was deleted."""
    if account_id == NOBODY:
        return None
    return account_document(call, call.world.account(account_id) or GHOST)


def account_document(call: Call, account: Account) -> Document:
    """Return the document of an account; an enterprise's is its user's."""
    account = account.user or account
    login = account.rest_login or account.login
    if account.kind == "Bot" and not account.rest_login:
        login += "[bot]"
    return {
        "login": login,
        "id": account.database_id,
        "node_id": account.node_id,
        "avatar_url": account.avatar_url,
        "gravatar_id": "",
        "url": f"{call.api}/users/{quote(login)}",
        "html_url": account.url,
        "type": account.kind,
        "user_view_type": "public",
        "site_admin": False,
    }


def association(account_id: int | None) -> str:
    """Return what an author is to the repository. Every token is its owner's."""
    if account_id == VIEWER.account_id:
        return "OWNER"
    return _ASSOCIATIONS[account_id % len(_ASSOCIATIONS)] if account_id else "NONE"


def short_repository_document(call: Call) -> Document:
    """Return the document of the repository as it stands in other documents."""
    facts = call.repository.facts
    return {
        "id": facts.database_id,
        "node_id": facts.node_id,
        "name": facts.name,
        "full_name": facts.name_with_owner,
        "private": facts.is_private,
        "owner": account_document(call, call.repository.owner),
        "html_url": call.html_url,
        "description": f"A rehearsal of {facts.name}.",
        "fork": False,
        "url": call.url,
    }


def _repository_document(call: Call) -> Document:
    """Return the document; as elsewhere, its open issues count pull requests too."""
    repository, facts = call.repository, call.repository.facts
    open_pull_requests = repository.order("CREATED_AT", frozenset({"OPEN"})).numbers
    open_issues = facts.open_issues + len(open_pull_requests)
    return {
        **short_repository_document(call),
        "issues_url": f"{call.url}/issues{{/number}}",
        "pulls_url": f"{call.url}/pulls{{/number}}",
        "created_at": facts.created_at,
        "updated_at": facts.updated_at,
        "pushed_at": facts.pushed_at or call.moment,
        "homepage": None,
        "size": 2_048,
        "stargazers_count": 42,
        "watchers_count": 42,
        "language": "Python",
        "has_issues": repository.issues.enabled,
        "has_projects": True,
        "has_downloads": True,
        "has_wiki": False,
        "has_pages": False,
        "has_discussions": False,
        "forks_count": 7,
        "archived": facts.is_archived,
        "disabled": False,
        "open_issues_count": open_issues,
        "license": {"key": "mit", "name": "MIT License", "spdx_id": "MIT"},
        "topics": ["rehearsal", "sandbox"],
        "visibility": "private" if facts.is_private else "public",
        "forks": 7,
        "open_issues": open_issues,
        "watchers": 42,
        "default_branch": facts.default_branch,
    }


ROUTES: Sequence[Route] = (Route("GET", "", _repository_document, "metadata"),)
