"""Ask for pull requests by number."""

from dataclasses import replace
from datetime import datetime

from contributor_backfill.capture.fetching import (
    Ask,
    Attempt,
    Deferred,
    Failed,
    Fetcher,
    Reply,
)
from contributor_backfill.capture.pages import awaited, by_node_id, execute
from contributor_backfill.capture.steps import Part, Resource, Step
from contributor_backfill.domain.batching import split
from contributor_backfill.domain.chunking import chunk_size
from contributor_backfill.domain.feeds import FeedClaim
from contributor_backfill.domain.harvest import Harvest, Number
from contributor_backfill.domain.records import Page
from contributor_backfill.domain.trimming import trimmed_page
from contributor_backfill.domain.types import PageSize, Repository
from contributor_backfill.github.client import GitHubClient
from contributor_backfill.github.numbers import NumbersRequest, read_numbers

Numbered = tuple[Page, tuple[Number, ...]]


def asking_for_numbers(
    client: GitHubClient, repository: Repository, numbers: tuple[int, ...]
) -> Ask[Numbered]:
    """Return what asks for the first of these pull requests, as many as the plan has."""

    def ask(attempt: Attempt) -> Reply[Numbered]:
        return by_node_id(client, repository, lambda node_id: asked(attempt, node_id))

    def asked(attempt: Attempt, node_id: str) -> Reply[Numbered]:
        request = NumbersRequest(
            node_id=node_id,
            numbers=numbers[: attempt.first],
            detail=attempt.detail,
            with_labels=repository.with_labels,
            left_out=repository.left_out,
            awaited=awaited(repository),
        )
        executed = execute(client, request)
        page, others = read_numbers(executed.answer, executed.request)
        page = executed.noting(page)
        if attempt.first == 1:
            # What is withheld of one says nothing of the others.
            page = replace(page, left_out=repository.left_out)
        left = executed.answer.rate_limit
        return Reply((page, others), left, executed.points, request.connections)

    return ask


def numbered_step(
    client: GitHubClient,
    fetcher: Fetcher,
    claim: FeedClaim,
    numbers: tuple[int, ...],
    deadline: datetime,
) -> Step | Deferred | Failed:
    """Capture the first of these pull requests, which moves no pass on."""
    size = PageSize(min(len(numbers), chunk_size(claim.repository.total)))
    ask = asking_for_numbers(client, claim.repository, numbers)
    fetched = fetcher.fetch(ask, size, deadline)
    if isinstance(fetched, Deferred | Failed):
        return fetched
    parts = _parts(fetched.content, claim)
    return Step(parts, fetched, Resource.GRAPHQL, plan_is_ours=False)


def _parts(found: Numbered, claim: FeedClaim) -> tuple[Part, ...]:
    page, others = found
    page = trimmed_page(page, claim.repository.storage)
    *first, last = (Harvest(batch.items) for batch in split(page))
    harvests = (*first, replace(last, numbers=others))
    return tuple(Part(each, claim.position, page=page) for each in harvests)
