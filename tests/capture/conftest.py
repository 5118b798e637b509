"""A sandbox of three hundred pull requests, and a rig on it whose clock is the sandbox's."""

from collections.abc import Iterator

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.sandbox import Limits, RepositoryOptions, Sandbox, World
from tests.support.captures import Rig, rig


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
