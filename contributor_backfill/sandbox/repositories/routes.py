"""REST's document of a repository."""

from collections.abc import Sequence

from contributor_backfill.sandbox import responses
from contributor_backfill.sandbox.repositories.records import Repository
from contributor_backfill.sandbox.responses import Answer
from contributor_backfill.sandbox.rest.documents import Document, RestWriter
from contributor_backfill.sandbox.rest.visit import Route, Visit


def _repository(visit: Visit) -> Answer:
    return responses.of_json(200, _document(visit.writer, visit.repository, visit.moment))


def _document(writer: RestWriter, repository: Repository, moment: str) -> Document:
    """Return the document; as elsewhere, its open issues count pull requests too."""
    facts = repository.facts
    open_pull_requests = repository.order("CREATED_AT", frozenset({"OPEN"})).numbers
    open_issues = facts.open_issues + len(open_pull_requests)
    return {
        **writer.repository_in_short(),
        "issues_url": f"{writer.url}/issues{{/number}}",
        "pulls_url": f"{writer.url}/pulls{{/number}}",
        "created_at": facts.created_at,
        "updated_at": facts.updated_at,
        "pushed_at": facts.pushed_at or moment,
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


ROUTES: Sequence[Route] = (Route("GET", "", _repository, "metadata"),)
