"""A small world on a clock that stands still, and a client that asks it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import pytest

from contributor_backfill.sandbox import (
    Limits,
    ListSizes,
    RepositoryOptions,
    Sandbox,
    SandboxClock,
    WorkModel,
    World,
)
from tests.sandbox.client import SITE, Client

SMALL = RepositoryOptions(
    pull_requests=40,
    reviews=ListSizes(1.0, tails=(101,)),
    comments=ListSizes(1.0, tails=(120,)),
    oddity_every=3,
)

REVIEWED = RepositoryOptions(pull_requests=40, review_comments=ListSizes.exactly(3), oddity_every=3)


@pytest.fixture
def open_client() -> Iterator[Callable[..., Client]]:
    """Give a function that opens sandboxes, which end with the test."""
    with ExitStack() as running:

        def open_one(
            options: RepositoryOptions = SMALL,
            limits: Limits | None = None,
            work_model: WorkModel | None = None,
            others: Sequence[RepositoryOptions] = (),
            **further: Any,
        ) -> Client:
            clock = SandboxClock(datetime(2026, 1, 31, 8, tzinfo=UTC))
            world = World.of([options, *others])
            sandbox = running.enter_context(
                Sandbox(world, limits=limits, work_model=work_model, clock=clock, **further)
            )
            client = Client(sandbox)
            running.callback(client.session.close)
            return client

        yield open_one


@pytest.fixture
def reviewed_client(open_client: Callable[..., Client]) -> Client:
    """Give a client of a small world with three comments on every reviewed diff."""
    return open_client(REVIEWED)


@pytest.fixture
def open_site(open_client: Callable[..., Client]) -> Callable[..., Client]:
    """Give a function that opens a small world with a site: a repository with a workflow alone."""

    def open_one(**further: Any) -> Client:
        site = RepositoryOptions(SITE, pull_requests=0)
        client = open_client(REVIEWED, others=[site], **further)
        client.sandbox.change(
            "add_workflow",
            repository=SITE,
            file="backfill.yml",
            name="Backfill",
            inputs=["repository", "limit"],
            jobs=["plan", "capture"],
        )
        return client

    return open_one


@pytest.fixture
def site(open_site: Callable[..., Client]) -> Client:
    """Give a client of a small world with a site."""
    return open_site()


@pytest.fixture
def client(open_client: Callable[..., Client]) -> Client:
    """Give a client of a small world."""
    return open_client()
