"""`recover` beside a capture, and after one that was killed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.db.postgres import PostgresTransport
from contributor_backfill.db.transport import Transport
from contributor_backfill.sandbox import Sandbox
from tests.support.captures import REPOSITORY, Rig
from tests.support.control import age_leases, interventions, recover
from tests.support.databases import Database
from tests.support.truth import differences


class KilledError(Exception):
    """End a run here as `kill -9` would: nothing is given back."""


class DyingTransport:
    """A connection whose process dies right after so many calls."""

    def __init__(self, inner: Transport, calls: int) -> None:
        self._inner = inner
        self._left = calls
        self.calls = 0

    def call(self, function: str, arguments: dict[str, object]) -> dict[str, object]:
        if self._left == 0:
            raise KilledError
        self._left -= 1
        return self._inner.call(function, arguments)

    def close(self) -> None:
        self._inner.close()


def test_a_recovery_beside_a_live_capture_changes_nothing_of_it(
    work: Rig, sandbox: Sandbox, database: Database, open_gateway: Callable[[Transport], Gateway]
) -> None:
    beside = open_gateway(PostgresTransport(database.conninfo))

    with ThreadPoolExecutor(1) as pool:
        capture = pool.submit(lambda: (work.run(chunk_size=10), work.serve()))
        rounds = 0
        while not capture.done():
            recover(beside, minutes=0.02)
            rounds += 1

    walks, feeds = capture.result()
    assert rounds > 5
    assert not walks.failed
    assert not feeds.failed
    assert interventions(database) == []
    assert differences(database, sandbox.export(REPOSITORY), whole=True) == []


@pytest.mark.parametrize("calls", [1, 4])
def test_a_run_that_was_killed_is_recovered_and_nothing_is_lost_or_doubled(
    calls: int, work: Rig, sandbox: Sandbox, database: Database
) -> None:
    dying = Gateway(DyingTransport(PostgresTransport(database.conninfo), calls))
    killed = Rig(work.sandbox, dying, work.clock)
    with pytest.raises(KilledError):
        killed.run(chunk_size=20)
    dying.transport.close()
    assert database.value("select lease_holder from progressive_backfill_state") is not None
    age_leases(database, 31 + 1)

    changes = recover(work.gateway)

    assert [change.action for change in changes] == ["put_back_chunk", "free_lease"]
    assert not work.run().failed
    assert not work.serve().failed
    assert differences(database, sandbox.export(REPOSITORY), whole=True) == []
    numbers = database.rows(
        "select unnest(pr_numbers) as n from backfill_chunks where status = 'completed'"
    )
    assert len(numbers) == len({row["n"] for row in numbers}) == 300
