"""Ask for a page of a repository's pull requests, in a backfill's order or in a sync's."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Generic, TypeVar

from contributor_backfill.capture.fetcher import (
    Ask,
    Attempt,
    Deferred,
    Failed,
    Fetched,
    Fetcher,
    ParsedResponse,
)
from contributor_backfill.capture.source import Limits, Source
from contributor_backfill.domain.harvest import trimmed_page
from contributor_backfill.domain.page_planner import PagePlanner, chunk_size
from contributor_backfill.domain.records import Page
from contributor_backfill.domain.sources import Claim
from contributor_backfill.domain.types import Repository
from contributor_backfill.github.client import GitHubClient
from contributor_backfill.github.documents import Detail
from contributor_backfill.github.faults import Gone
from contributor_backfill.github.http import Response
from contributor_backfill.github.pull_requests import (
    NumbersRequest,
    PageRequest,
    connections,
    read_page,
    to_leave_out,
    withheld,
)
from contributor_backfill.github.repositories import node_id_of

R = TypeVar("R", PageRequest, NumbersRequest)
T = TypeVar("T")


class PullRequestPages(Source):
    """Fetch pages of a repository's pull requests. `order_by` is how GitHub orders them.

    A pull request that lets nothing through is passed over in the end.
    """

    order_by: ClassVar[str]

    def __init__(
        self, client: GitHubClient, fetcher: Fetcher, *, fixed_size: int | None = None
    ) -> None:
        self._client = client
        self._fetcher = fetcher
        self._fixed_size = fixed_size

    def points(self, claim: Claim, limits: Limits) -> int:
        """Say what the next page costs."""
        return self._plan(claim, limits).cost(connections(claim.repository.with_labels))

    def _page(
        self, claim: Claim, limits: Limits, cursor: str | None
    ) -> Fetched[Page] | Deferred | Failed:
        """Fetch the page after a cursor, with what is kept of its texts."""
        repository = claim.repository
        ask = asking_for_page(self._client, repository, cursor, self.order_by)
        size = self._plan(claim, limits)
        fetched = self._fetcher.fetch(ask, size, limits.deadline, last_step=Detail.CURSORS)
        if isinstance(fetched, Fetched):
            page = trimmed_page(fetched.content, repository.storage)
            return replace(fetched, content=page)
        return fetched

    def _plan(self, claim: Claim, limits: Limits) -> PagePlanner:
        """Return the next page's size: the calculator's where more costs more than is left."""
        if self._fixed_size is not None:
            return PagePlanner(self._fixed_size, fixed=True)
        calculated = chunk_size(
            claim.repository.total, limits.remaining, claim.average_changed_files
        )
        plan = claim.page_size or PagePlanner(calculated)
        cost = plan.cost(connections(claim.repository.with_labels))
        if limits.points is None or cost <= limits.points:
            return plan
        # A smaller page for the last points is better than none.
        return replace(plan, size=min(plan.size, calculated))


def asking_for_page(
    client: GitHubClient, repository: Repository, cursor: str | None, order_by: str
) -> Ask[Page]:
    """Return what asks for the page after a cursor."""

    def ask(attempt: Attempt) -> ParsedResponse[Page] | None:
        return by_node_id(client, repository, lambda node_id: asked(attempt, node_id))

    def asked(attempt: Attempt, node_id: str) -> ParsedResponse[Page] | None:
        request = PageRequest(
            node_id=node_id,
            first=attempt.first,
            after=cursor,
            detail=attempt.detail,
            with_labels=repository.with_labels,
            order_by=order_by,
            left_out=repository.left_out,
            awaited=awaited(repository),
        )
        executed = execute(client, request)
        page = executed.noting(read_page(executed.response, executed.request))
        if attempt.alone:
            # What is withheld of one says nothing of the others.
            page = replace(page, left_out=repository.left_out)
        # Not even the first came whole: the fetcher asks for it alone.
        if not page.items and not page.complete:
            return None
        is_whole = request.detail is Detail.FULL and page.complete
        items = len(page.items) if is_whole else None
        left = executed.response.rate_limit
        charged = connections(request.with_labels, request.detail)
        return ParsedResponse(page, left, executed.points, charged, items or None)

    return ask


def awaited(repository: Repository) -> tuple[str, ...]:
    """Return the fields that were withheld before, and are asked for again."""
    return tuple(name for name in repository.withheld if name not in repository.left_out)


@dataclass(frozen=True)
class Executed(Generic[R]):
    """A response and the request that brought it. The rest is of all requests until then."""

    response: Response
    request: R
    points: int
    withheld: Mapping[str, str]

    def noting(self, page: Page) -> Page:
        """Return a page with what was withheld of it at first."""
        return replace(page, withheld={**self.withheld, **page.withheld})


def execute(client: GitHubClient, request: R) -> Executed[R]:
    """Send a query, and again without the fields for which GitHub gives pull requests as null."""
    points = 0
    found: dict[str, str] = {}
    while True:
        response = client.execute(request.query, request.variables)
        points += response.points
        more: set[str] = to_leave_out(response) - set(request.left_out)
        if not more:
            return Executed(response, request, points, found)
        found |= {k: v for k, v in withheld(response.errors).items() if k in more}
        request = replace(request, left_out=tuple(sorted({*request.left_out, *more})))


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
