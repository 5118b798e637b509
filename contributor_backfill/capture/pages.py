"""Ask for a page of a repository's pull requests, in a backfill's order or in a sync's."""

from contributor_backfill.capture.fetching import Ask, Attempt, Reply
from contributor_backfill.domain.records import Page
from contributor_backfill.domain.types import PAGE_QUERY, Repository
from contributor_backfill.github.client import GitHubClient
from contributor_backfill.github.documents import query_text
from contributor_backfill.github.pages import PageRequest, read_page
from contributor_backfill.github.repositories import node_id_of


def asking_for_page(
    client: GitHubClient, repository: Repository, cursor: str | None, order_by: str
) -> Ask[Page]:
    """Return what asks for the page after a cursor."""

    def ask(attempt: Attempt) -> Reply[Page] | None:
        request = PageRequest(
            node_id=node_id(client, repository),
            first=attempt.first,
            after=cursor,
            detail=attempt.detail,
            with_labels=repository.with_labels,
            order_by=order_by,
        )
        answer = client.execute(query_text(PAGE_QUERY), request.variables)
        page = read_page(answer, request)
        if not page.items and not page.complete:
            return None
        return Reply(page, answer.rate_limit, answer.points, request.connections)

    return ask


def node_id(client: GitHubClient, repository: Repository) -> str:
    """Return the node id of a repository, asked for where it is not known yet."""
    return repository.node_id or node_id_of(client, repository.full_name, repository.github_id)
