"""A sandbox of three hundred pull requests, and a rig on it whose clock is the sandbox's."""

from collections.abc import Callable, Iterator

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


Captured = Callable[[str, Callable[[Rig], None]], Rig]


@pytest.fixture
def stored_once(
    request: pytest.FixtureRequest, sandbox: Sandbox, gateway: Gateway, database: Database
) -> Captured:
    """Capture a repository the first time; from then on bring the same rows back."""
    # Worlds differ by module and size; the same one is invented the same each time.
    has_its_own = "sandbox" in vars(request.module)
    world = request.module.__name__.rpartition(".")[2] if has_its_own else "common"
    repository = sandbox.world.find(REPOSITORY)
    assert repository is not None
    size = len(list(repository.newest_first()))

    def capturing(state: str, capture: Callable[[Rig], None]) -> Rig:
        work = rig(sandbox, gateway)
        name = f"{state}_{world}_{size}"
        if not database.bring_back(name):
            work.track()
            capture(work)
            database.keep(name)
        return work

    return capturing


def backfill(work: Rig) -> None:
    assert not work.run().failed


def everything(work: Rig) -> None:
    backfill(work)
    assert not work.serve().failed


@pytest.fixture
def backfilled(stored_once: Captured) -> Rig:
    """A repository whose backfill is done; no other source had a turn."""
    return stored_once("backfilled", backfill)


@pytest.fixture
def whole(stored_once: Captured) -> Rig:
    """A repository that is stored whole."""
    return stored_once("whole", everything)


@pytest.fixture
def kept(stored_once: Captured, database: Database) -> Rig:
    """A repository that is stored whole, with the day of its capture long past."""

    def a_day_ago(work: Rig) -> None:
        everything(work)
        a_day_passes(database)

    return stored_once("kept", a_day_ago)


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
