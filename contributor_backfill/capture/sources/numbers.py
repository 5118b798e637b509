"""Ask for pull requests by number."""

from dataclasses import replace

from contributor_backfill.capture.fetcher import (
    Ask,
    Attempt,
    Deferred,
    Failed,
    Fetched,
    Fetcher,
    ParsedResponse,
)
from contributor_backfill.capture.source import Limits, Step
from contributor_backfill.capture.sources.pages import awaited, by_node_id, execute
from contributor_backfill.domain.harvest import Commit, Harvest, Number, split, trimmed_page
from contributor_backfill.domain.page_planner import PagePlanner, chunk_size
from contributor_backfill.domain.records import Page
from contributor_backfill.domain.sources import Claim
from contributor_backfill.domain.types import Repository
from contributor_backfill.github.client import GitHubClient
from contributor_backfill.github.faults import Unusable
from contributor_backfill.github.pull_requests import (
    NumbersRequest,
    connections,
    read_numbers,
)
from contributor_backfill.github.records import passed_over
from contributor_backfill.github.tokens import Resource

Numbered = tuple[Page, tuple[Number, ...]]


def asking_for_numbers(
    client: GitHubClient, repository: Repository, numbers: tuple[int, ...]
) -> Ask[Numbered]:
    """Return what asks for the first of these pull requests, as many as the plan has."""

    def ask(attempt: Attempt) -> ParsedResponse[Numbered]:
        return by_node_id(client, repository, lambda node_id: asked(attempt, node_id))

    def asked(attempt: Attempt, node_id: str) -> ParsedResponse[Numbered]:
        request = NumbersRequest(
            node_id=node_id,
            numbers=numbers[: attempt.first],
            detail=attempt.detail,
            with_labels=repository.with_labels,
            left_out=repository.left_out,
            awaited=awaited(repository),
        )
        executed = execute(client, request)
        page, others = read_numbers(executed.response, executed.request)
        page = executed.noting(page)
        if attempt.first == 1:
            # What is withheld of one says nothing of the others.
            page = replace(page, left_out=repository.left_out)
        left = executed.response.rate_limit
        charged = connections(request.with_labels, request.detail)
        return ParsedResponse((page, others), left, executed.points, charged)

    return ask


class Numbers:
    """Capture pull requests by number. One that gives nothing is put off, and the others go on."""

    def __init__(self, client: GitHubClient, fetcher: Fetcher) -> None:
        self._client = client
        self._fetcher = fetcher
        self._was_put_off = False

    def step(
        self, claim: Claim, numbers: tuple[int, ...], limits: Limits
    ) -> Step | Deferred | Failed:
        """Capture the first of these pull requests, which moves no pass on."""
        fetched = self._fetch(claim, numbers, limits)
        if isinstance(fetched, Failed) and isinstance(fetched.fault, Unusable) and numbers[1:]:
            # GitHub does not say which of them it is about.
            fetched = self._fetch(claim, numbers[:1], limits)
        if isinstance(fetched, Deferred):
            return fetched
        if isinstance(fetched, Failed):
            return self._put_off(claim, numbers[0], fetched)
        self._was_put_off = False
        commits = _commits(fetched.content, claim)
        return Step(commits, fetched, Resource.GRAPHQL, keeps_page_size=False)

    def _fetch(
        self, claim: Claim, numbers: tuple[int, ...], limits: Limits
    ) -> Fetched[Numbered] | Deferred | Failed:
        size = PagePlanner(min(len(numbers), chunk_size(claim.repository.total)))
        ask = asking_for_numbers(self._client, claim.repository, numbers)
        return self._fetcher.fetch(ask, size, limits.deadline)

    def _put_off(self, claim: Claim, number: int, failed: Failed) -> Step | Failed:
        """Record a pull request that gives nothing. After two in a row it is GitHub that fails."""
        if self._was_put_off or not failed.may_be_one_item:
            self._was_put_off = False
            return failed
        self._was_put_off = True
        lost = passed_over(f"number {number}", {"number": number}, str(failed.fault))
        commit = Commit(Harvest((lost,)), claim.position)
        fetched = Fetched(commit.harvest, failed.page_size, None, 1, 0, failed.requests, 0)
        return Step((commit,), fetched, Resource.GRAPHQL, keeps_page_size=False)


def _commits(found: Numbered, claim: Claim) -> tuple[Commit, ...]:
    page, others = found
    page = trimmed_page(page, claim.repository.storage)
    *first, last = (batch.harvest for batch in split(page))
    harvests = (*first, replace(last, numbers=others))
    return tuple(Commit(harvest, claim.position, page=page) for harvest in harvests)
