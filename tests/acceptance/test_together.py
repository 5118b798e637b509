"""Several runs at once on one repository end like one run alone."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, repeat

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.db.postgres import PostgresTransport
from contributor_backfill.db.transport import Transport
from contributor_backfill.domain.bounds import Stop
from contributor_backfill.sandbox import Sandbox
from tests.acceptance.conftest import PULL_REQUESTS
from tests.support.captures import REPOSITORY, rig
from tests.support.commands import Commands
from tests.support.databases import Database
from tests.support.truth import differences

TAKEN_OVER = 8
"""The turns of each run that another one may take over."""
COMMITTED = """
    select (select coalesce(sum(api_calls_made), 0) from backfill_chunks)
      + (select coalesce(sum(requests), 0) from backfill_feeds)
"""


@pytest.mark.parametrize("processes", [2, 4])
def test_processes_at_once_commit_no_page_twice(
    processes: int,
    commands: Commands,
    sandbox: Sandbox,
    database: Database,
    asked: Callable[[], int],
) -> None:
    commands.run("track", REPOSITORY)
    looked_up = asked()

    def work() -> set[int]:
        codes = set()
        while json.loads(commands.run("status", "--json").stdout)[0]["state"] != "complete":
            codes.add(commands.run("progressive-backfill", "--max-chunks", "12").returncode)
        return codes

    with ThreadPoolExecutor(processes) as pool:
        codes = [pool.submit(work) for _ in range(processes)]

    assert set().union(*(future.result() for future in codes)) == {0}
    _assert_captured_once(database, sandbox)
    # Whoever came first asked once whether anything moved, the others not again.
    probed = 1
    assert asked() - looked_up - probed == database.value(COMMITTED), "no request was made in vain"


def test_commands_of_every_kind_at_once_lose_nothing(
    commands: Commands, sandbox: Sandbox, database: Database
) -> None:
    commands.run("track", REPOSITORY)
    kinds = [
        ("progressive-backfill",),
        ("capture-reviews",),
        ("capture-comments", "--repository", REPOSITORY),
        ("sync-historical", "--force", "--days", "10000"),
        ("reconcile", "--full", "--repair"),
    ]

    with ThreadPoolExecutor(len(kinds)) as pool:
        done = list(pool.map(lambda kind: commands.run(*kind), kinds * 2))
    for _ in range(2):
        commands.run("progressive-backfill")
    last = commands.run("reconcile", "--full")

    assert {result.returncode for result in done} <= {0, 4}, done
    assert last.returncode == 0, last.stdout
    assert differences(database, sandbox.export(REPOSITORY), whole=True) == []


def test_runs_that_take_each_others_leases_commit_no_page_twice(
    sandbox: Sandbox, database: Database, open_gateway: Callable[[Transport], Gateway]
) -> None:
    """With leases that end at once, every claim takes over from whoever is in its middle.

    At last they hold: four runs that take from each other alone might never come to a commit.
    """
    rig(sandbox, open_gateway(PostgresTransport(database.conninfo))).track()

    def walk(holder: str) -> set[Stop | None]:
        mine = rig(sandbox, open_gateway(PostgresTransport(database.conninfo)))
        leases = chain(repeat(0, TAKEN_OVER), repeat(60))
        stops: set[Stop | None] = set()
        while database.value("select status from progressive_backfill_state") == "active":
            report = mine.run(chunks=6, chunk_size=20, lease_seconds=next(leases), holder=holder)
            stops |= {turn.stop for turn in report.turns}
        return stops

    def feed(holder: str) -> set[Stop | None]:
        mine = rig(sandbox, open_gateway(PostgresTransport(database.conninfo)))
        stops: set[Stop | None] = set()
        leases = chain(repeat(0, TAKEN_OVER), repeat(60))
        while (report := mine.serve(steps=3, lease_seconds=next(leases), holder=holder)).turns:
            stops |= {turn.stop for turn in report.turns}
        return stops

    with ThreadPoolExecutor(4) as pool:
        walks = set().union(*pool.map(walk, ["a", "b", "c", "d"]))
        feeds = set().union(*pool.map(feed, ["a", "b", "c", "d"]))

    assert Stop.LEASE in walks & feeds, "the runs must have met"
    assert Stop.ERROR not in walks | feeds
    _assert_captured_once(database, sandbox)


def _assert_captured_once(database: Database, sandbox: Sandbox) -> None:
    assert differences(database, sandbox.export(REPOSITORY), whole=True) == []
    chunks = database.rows("select pr_numbers from backfill_chunks where status = 'completed'")
    numbers = [number for chunk in chunks for number in chunk["pr_numbers"]]
    assert len(numbers) == len(set(numbers)) == PULL_REQUESTS
