"""Compare what is stored with GitHub's own totals, by queries that ask for nothing else.

Wide queries sometimes leave nested items out without an error, so their own totals prove nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from contributor_backfill.capture.engine import Sources
from contributor_backfill.capture.fetcher import (
    Ask,
    Attempt,
    Deferred,
    Failed,
    Fetched,
    Fetcher,
    ParsedResponse,
)
from contributor_backfill.capture.report import Progress
from contributor_backfill.capture.source import Limits, Source, Step
from contributor_backfill.capture.sources.pages import by_node_id
from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.clock import Clock
from contributor_backfill.domain.harvest import Commit, Harvest, Number
from contributor_backfill.domain.page_planner import PagePlanner
from contributor_backfill.domain.records import Page
from contributor_backfill.domain.sources import Claim, Position, SourceName
from contributor_backfill.github import totals
from contributor_backfill.github.client import GitHubClient
from contributor_backfill.github.faults import Gone
from contributor_backfill.github.http import Response
from contributor_backfill.github.review_comments import comment_path
from contributor_backfill.github.tokens import Resource

if TYPE_CHECKING:
    from contributor_backfill.domain.types import RepositoryId

LISTING = PagePlanner(totals.LARGEST_PAGE)
ONE = PagePlanner(1, fixed=True)
T = TypeVar("T")
Outcome = Step | Deferred | Failed


def sources_of(
    gateway: Gateway, client: GitHubClient, clock: Clock, progress: Progress, sample: int | None
) -> Sources:
    """Return what reconciles: a sample, or everything."""
    fetcher = Fetcher(client, clock, progress)
    source = (
        WholeReconciliation(gateway, client, fetcher)
        if sample is None
        else SampleReconciliation(gateway, client, fetcher, sample)
    )
    return lambda _: source


class WholeReconciliation(Source):
    """Read GitHub's whole list of totals, then ask about what it leaves open."""

    name = SourceName.RECONCILIATION

    def __init__(self, gateway: Gateway, client: GitHubClient, fetcher: Fetcher) -> None:
        self._client = client
        self._fetcher = fetcher
        self._questions = QuestionSteps(gateway, client, fetcher)

    def next(self, claim: Claim, limits: Limits) -> Step | Deferred | Failed:
        """Ask for the next page of totals, or the next question."""
        position = claim.position
        assert position is not None, "a claim of this source begins a pass"
        if position.is_listed:
            return self._questions.next(claim, position.started_at, limits, finishes=True)
        ask = asking_for_totals(self._client, claim, position)
        size = claim.page_size or LISTING
        fetched = self._fetcher.fetch(ask, size, limits.deadline, has_ladder=False)
        if isinstance(fetched, Deferred | Failed):
            return fetched
        head = fetched.content.head
        following = replace(
            position,
            cursor=head.end_cursor,
            is_listed=not head.has_next_page,
            changed=position.changed + len(fetched.content.counts),
            total=head.total if position.total is None else position.total,
        )
        commit = Commit(Harvest(counts=fetched.content.counts), following, page=head)
        return Step((commit,), fetched, Resource.GRAPHQL)


class SampleReconciliation(Source):
    """Ask for the totals of pull requests at random, and what some unexplained numbers are."""

    name = SourceName.RECONCILIATION

    def __init__(self, gateway: Gateway, client: GitHubClient, fetcher: Fetcher, size: int) -> None:
        self._gateway = gateway
        self._client = client
        self._fetcher = fetcher
        self._size = size
        self._questions = QuestionSteps(gateway, client, fetcher)
        self._drawn: dict[RepositoryId, list[tuple[str, ...]]] = {}
        self._explained: set[RepositoryId] = set()

    def next(self, claim: Claim, limits: Limits) -> Step | Deferred | Failed:
        """Ask for the next part of the sample, or the next question."""
        repository_id = claim.repository.repository_id
        if repository_id not in self._drawn:
            sample = self._gateway.sample_repository(repository_id, self._size)
            self._drawn[repository_id] = _batches(sample.node_ids)
            numbers = sample.numbers
        else:
            numbers = ()
        if repository_id not in self._explained:
            self._explained.add(repository_id)
            return self._questions.explain(claim, numbers, limits)
        if self._drawn[repository_id]:
            node_ids = self._drawn[repository_id].pop()
            return self._questions.count(claim, node_ids, limits)
        return self._questions.next(claim, None, limits, finishes=False)


def asking_for_totals(
    client: GitHubClient, claim: Claim, position: Position
) -> Ask[totals.TotalsPage]:
    """Return what asks for the page of totals at a position."""

    def ask(attempt: Attempt) -> ParsedResponse[totals.TotalsPage]:
        return by_node_id(client, claim.repository, lambda node_id: asked(attempt, node_id))

    def asked(attempt: Attempt, node_id: str) -> ParsedResponse[totals.TotalsPage]:
        largest = totals.LARGEST_WITH_COMMENTS if position.with_comments else totals.LARGEST_PAGE
        variables = {
            "repository": node_id,
            "first": min(attempt.first, largest),
            "after": position.cursor,
            "withComments": position.with_comments,
        }
        response = client.execute(totals.page_query(), variables)
        page = totals.read_page(response, position.cursor)
        return ParsedResponse(page, response.rate_limit, response.points, connections=1)

    return ask


def _batches(node_ids: tuple[str, ...]) -> list[tuple[str, ...]]:
    size = totals.LARGEST_WITH_COMMENTS
    return [node_ids[start : start + size] for start in range(0, len(node_ids), size)]


class QuestionSteps:
    """Ask GitHub what the database does not know, and store what it says."""

    def __init__(self, gateway: Gateway, client: GitHubClient, fetcher: Fetcher) -> None:
        self._gateway = gateway
        self._client = client
        self._fetcher = fetcher
        self._asked_for: set[int] = set()

    def next(
        self, claim: Claim, since: datetime | None, limits: Limits, *, finishes: bool
    ) -> Outcome:
        """Ask the next question; without any, end the turn, and the pass if `finishes`."""
        open_questions = self._gateway.next_questions(
            claim.repository.repository_id,
            since,
            self._asked_for,
            totals.LARGEST_WITH_COMMENTS,
        )
        if open_questions.doubtful:
            return self.count(claim, open_questions.doubtful, limits)
        if open_questions.vanished:
            return self.explain(claim, open_questions.vanished, limits)
        if open_questions.parents:
            return self._parent(claim, open_questions.parents[0], limits)
        commit = Commit(Harvest(), claim.position, finished=finishes, ends_turn=not finishes)
        nothing = Fetched(None, ONE, None, first=1, points=0, requests=0, milliseconds=0)
        return Step((commit,), nothing, Resource.GRAPHQL, keeps_page_size=False)

    def count(self, claim: Claim, node_ids: tuple[str, ...], limits: Limits) -> Outcome:
        """Ask for the totals of these pull requests, and of their comments alone."""
        variables = {"ids": list(node_ids)}
        fetched = self._graphql(totals.totals_query(), variables, totals.read_totals, limits)
        if isinstance(fetched, Deferred | Failed):
            return fetched
        shown = {counts.node_id for counts in fetched.content}
        if gone := [node_id for node_id in node_ids if node_id not in shown]:
            # An old id may not resolve any more: only its number settles it.
            self._gateway.note_gone(claim.repository.repository_id, node_ids=gone)
        commit = Commit(Harvest(counts=fetched.content), claim.position)
        return Step((commit,), fetched, Resource.GRAPHQL, keeps_page_size=False)

    def explain(self, claim: Claim, numbers: tuple[int, ...], limits: Limits) -> Outcome:
        """Ask what these numbers are: a pull request that is missing, an issue, or nothing."""
        query = totals.numbers_query(numbers)

        def asked(node_id: str) -> ParsedResponse[tuple[Page, tuple[Number, ...]]]:
            response = self._client.execute(query, {"repository": node_id})
            found = totals.read_numbers(response, numbers)
            return ParsedResponse(found, response.rate_limit, response.points, connections=1)

        def ask(_: Attempt) -> ParsedResponse[tuple[Page, tuple[Number, ...]]]:
            return by_node_id(self._client, claim.repository, asked)

        fetched = self._fetcher.fetch(ask, ONE, limits.deadline, has_ladder=False)
        if isinstance(fetched, Deferred | Failed):
            return fetched
        head, found = fetched.content
        gone = [number.number for number in found if number.meaning == "gone"]
        self._gateway.note_gone(claim.repository.repository_id, numbers=gone)
        commit = Commit(Harvest(numbers=found), claim.position, page=head)
        return Step((commit,), fetched, Resource.GRAPHQL, keeps_page_size=False)

    def _parent(self, claim: Claim, parent: int, limits: Limits) -> Outcome:
        """Ask for a comment to which a stored one replies, and which is not stored itself.

        One that exists is among the comments that are short, so its pull request is found by that.
        """
        # Each is asked for once a run: what is found stays open until its pull request is captured.
        self._asked_for.add(parent)
        path = comment_path(claim.repository.full_name, parent)

        def ask(_: Attempt) -> ParsedResponse[bool]:
            try:
                response = self._client.get(path)
            except Gone:
                return ParsedResponse(content=False, rate_limit=None, points=0, connections=0)
            return ParsedResponse(
                content=True, rate_limit=response.rate_limit, points=0, connections=0
            )

        fetched = self._fetcher.fetch(ask, ONE, limits.deadline, has_ladder=False)
        if isinstance(fetched, Deferred | Failed):
            return fetched
        if not fetched.content:
            self._gateway.note_gone(claim.repository.repository_id, parents=(parent,))
        commit = Commit(Harvest(), claim.position)
        return Step((commit,), fetched, Resource.REST, keeps_page_size=False)

    def _graphql(
        self,
        query: str,
        variables: Mapping[str, Any],
        read: Callable[[Response], T],
        limits: Limits,
    ) -> Fetched[T] | Deferred | Failed:
        """Ask one query of a fixed size."""

        def ask(_: Attempt) -> ParsedResponse[T]:
            response = self._client.execute(query, variables)
            found = read(response)
            return ParsedResponse(found, response.rate_limit, response.points, connections=1)

        return self._fetcher.fetch(ask, ONE, limits.deadline, has_ladder=False)
