"""Several runs at once on one repository end like one run alone."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.db.postgres import PostgresTransport
from contributor_backfill.db.transport import Transport
from contributor_backfill.domain.budget import Stop
from contributor_backfill.sandbox import Sandbox
from tests.support.captures import REPOSITORY, rig
from tests.support.commands import Commands
from tests.support.databases import Database
from tests.support.truth import differences


@pytest.mark.parametrize("processes", [2, 4])
def test_processes_at_once_commit_no_page_twice(
    processes: int, commands: Commands, sandbox: Sandbox, database: Database
) -> None:
    commands.run("track", REPOSITORY)

    def work() -> list[int]:
        codes = []
        while database.value("select status from progressive_backfill_state") != "completed":
            codes.append(commands.run("progressive-backfill", "--max-chunks", "4").returncode)
        return codes

    with ThreadPoolExecutor(processes) as pool:
        codes = [pool.submit(work) for _ in range(processes)]

    assert {code for each in codes for code in each.result()} == {0}
    _assert_captured_once(database, sandbox)


def test_runs_that_take_each_others_leases_commit_no_page_twice(
    sandbox: Sandbox, database: Database, open_gateway: Callable[[Transport], Gateway]
) -> None:
    """With leases that end at once, every claim takes the walk from whoever is in its middle."""
    rig(sandbox, open_gateway(PostgresTransport(database.conninfo))).track()

    def work(holder: str) -> set[Stop]:
        mine = rig(sandbox, open_gateway(PostgresTransport(database.conninfo)))
        stops = set()
        while database.value("select status from progressive_backfill_state") == "active":
            report = mine.run(chunks=6, chunk_size=20, lease_seconds=0, holder=holder)
            stops |= {turn.stop for turn in report.turns if turn.stop}
        return stops

    with ThreadPoolExecutor(4) as pool:
        stops = set().union(*pool.map(work, ["a", "b", "c", "d"]))

    assert Stop.LEASE in stops, "the runs must have met"
    _assert_captured_once(database, sandbox)


def _assert_captured_once(database: Database, sandbox: Sandbox) -> None:
    assert differences(database, sandbox.export(REPOSITORY)) == []
    chunks = database.rows("select pr_numbers from backfill_chunks where status = 'completed'")
    numbers = [number for chunk in chunks for number in chunk["pr_numbers"]]
    assert len(numbers) == len(set(numbers)) == 1_000
