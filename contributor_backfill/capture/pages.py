"""Ask for a page of a repository's pull requests, in a backfill's order or in a sync's."""

from collections.abc import Callable
from typing import TypeVar

from contributor_backfill.capture.fetching import Ask, Attempt, Reply
from contributor_backfill.domain.page_planning import Load
from contributor_backfill.domain.records import Captured, Page
from contributor_backfill.domain.types import PAGE_QUERY, Repository
from contributor_backfill.github.client import GitHubClient
from contributor_backfill.github.documents import query_text
from contributor_backfill.github.faults import Gone
from contributor_backfill.github.pages import PageRequest, read_page
from contributor_backfill.github.repositories import node_id_of
from contributor_backfill.github.retrying import Detail

T = TypeVar("T")


def asking_for_page(
    client: GitHubClient, repository: Repository, cursor: str | None, order_by: str
) -> Ask[Page]:
    """Return what asks for the page after a cursor."""

    def ask(attempt: Attempt) -> Reply[Page] | None:
        return by_node_id(client, repository, lambda node_id: asked(attempt, node_id))

    def asked(attempt: Attempt, node_id: str) -> Reply[Page] | None:
        request = PageRequest(
            node_id=node_id,
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
        load = load_of(page) if request.detail is Detail.FULL else None
        return Reply(page, answer.rate_limit, answer.points, request.connections, load)

    return ask


def load_of(page: Page) -> Load | None:
    """Return what GitHub worked for; None where some of it did not come, or there was nothing."""
    if not page.items or not page.complete:
        return None
    own = [each.pull_request for each in page.items if each.pull_request]
    texts = [each.body for each in own]
    texts += [review.body for each in page.items for review in each.reviews]
    texts += [comment.body for each in page.items for comment in each.comments]
    return Load(
        pull_requests=len(page.items),
        nodes=sum(map(_nodes, page.items)),
        kilobytes=sum(len(text or "") for text in texts) / 1024,
        changed_files=sum(each.changed_files or 0 for each in own),
    )


def _nodes(captured: Captured) -> int:
    own = captured.pull_request
    has_assignee = own is not None and own.assignee_github_id is not None
    return 1 + len(captured.reviews) + len(captured.comments) + has_assignee


def by_node_id(client: GitHubClient, repository: Repository, ask: Callable[[str], T]) -> T:
    """Ask by a repository's node id, which is looked up by name where the stored one leads nowhere.

    GitHub has changed its node ids before. Raises `Gone` when the name leads nowhere either, or to
    another repository.
    """
    known = repository.node_id
    if known:
        try:
            return ask(known)
        except Gone:
            found = node_id_of(client, repository.full_name, repository.github_id)
            if found == known:
                raise
            return ask(found)
    return ask(node_id_of(client, repository.full_name, repository.github_id))
