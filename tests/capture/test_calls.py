"""Each call of a capture, to GitHub and to the database, is listed: none is added unnoticed."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.db.postgres import PostgresTransport
from contributor_backfill.sandbox import Limits, ListSizes, RepositoryOptions, Sandbox, World
from tests.support.captures import Rig, rig
from tests.support.databases import Database

THREE = ListSizes.exactly(3)
REPOSITORY = RepositoryOptions(
    pull_requests=200, reviews=THREE, comments=THREE, review_comments=THREE, oddity_every=0
)


class Counting(PostgresTransport):
    """Count the calls of each function."""

    def __init__(self, conninfo: str) -> None:
        super().__init__(conninfo)
        self.functions: Counter[str] = Counter()

    def call(self, function: str, arguments: dict[str, Any]) -> dict[str, Any]:
        self.functions[function.removeprefix("backfill_")] += 1
        return super().call(function, arguments)


@pytest.fixture
def counting(database: Database) -> Iterator[Counting]:
    transport = Counting(database.conninfo)
    yield transport
    transport.close()


@pytest.fixture
def work(counting: Counting) -> Iterator[Rig]:
    limits = Limits(hourly_points=5_000)
    with Sandbox(World.of([REPOSITORY]), limits=limits) as sandbox:
        yield rig(sandbox, Gateway(counting))


def asked(work: Rig) -> tuple[int, int, int]:
    counters = work.sandbox.counters()
    return counters["points"], counters["graphql_requests"], counters["rest_requests"]


def test_a_backfill_makes_a_claim_and_then_a_call_and_a_request_a_page(
    work: Rig, counting: Counting
) -> None:
    work.track()
    counting.functions.clear()
    before = asked(work)

    report = work.run()

    points, requests, rest = (a - b for a, b in zip(asked(work), before, strict=True))
    pages = report.turns[0].commits
    assert (pages, requests, rest, points) == (7, 7, 0, 7)
    assert counting.functions == {"claim_v1": 1, "commit_v1": pages}


def test_what_follows_a_backfill_makes_a_call_a_request(work: Rig, counting: Counting) -> None:
    work.track()
    work.run()
    counting.functions.clear()
    before = asked(work)

    work.serve()

    points, requests, rest = (a - b for a, b in zip(asked(work), before, strict=True))
    assert (points, requests, rest) == (0, 0, 7)
    pages = {"commit_v1": 7, "numbers_not_stored_v1": 7}
    assert counting.functions == {"claim_v1": 2, **pages}
