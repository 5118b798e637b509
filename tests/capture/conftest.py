"""A sandbox of three hundred pull requests, and a rig on it whose clock is the sandbox's."""

from collections.abc import Iterator

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.sandbox import Limits, RepositoryOptions, Sandbox, World
from tests.support.captures import REPOSITORY, Rig, rig
from tests.support.databases import Database
from tests.support.review_comments import BUSY


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(World.of([RepositoryOptions()]), limits=Limits(hourly_points=1_000)) as sandbox:
        yield sandbox


@pytest.fixture
def work(sandbox: Sandbox, gateway: Gateway) -> Rig:
    """A tracked repository, its backfill begun."""
    work = rig(sandbox, gateway)
    work.track()
    return work


@pytest.fixture
def kept(sandbox: Sandbox, gateway: Gateway, database: Database) -> Rig:
    """A repository that is stored whole, with the day of its capture long past.

    One of the same size is always the same, so it is captured once; then its rows are brought back.
    """
    work = rig(sandbox, gateway)
    repository = sandbox.world.find(REPOSITORY)
    assert repository is not None
    name = f"with_{len(list(repository.newest_first()))}_pull_requests"
    if not database.bring_back(name):
        work.track()
        assert not work.run().failed
        assert not work.serve().failed
        a_day_passes(database)
        database.keep(name)
    return work


@pytest.fixture
def busy(gateway: Gateway) -> Iterator[Rig]:
    """A backfill that is done, of a repository with six hundred review comments."""
    with Sandbox(World.of([BUSY])) as sandbox:
        work = rig(sandbox, gateway)
        work.track()
        assert not work.run().failed
        yield work


def a_day_passes(database: Database) -> None:
    """Let everything that the database did lie a day further back."""
    database.rows("""
        update progressive_backfill_state set walk_started_at = walk_started_at - interval '1 day';
        update backfill_feeds set synced_at = synced_at - interval '1 day',
          next_attempt_at = next_attempt_at - interval '1 day'
    """)
