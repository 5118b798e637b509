"""`sync-runs` against a repository whose workflows the sandbox knows."""

from collections.abc import Iterator

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.sandbox import Sandbox
from tests.support.captures import Rig, rig
from tests.support.run_syncs import Sync, site, sync_of


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with site() as sandbox:
        yield sandbox


@pytest.fixture
def work(sandbox: Sandbox, gateway: Gateway) -> Rig:
    return rig(sandbox, gateway)


@pytest.fixture
def sync(work: Rig) -> Sync:
    return sync_of(work)
