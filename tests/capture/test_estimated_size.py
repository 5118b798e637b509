"""The megabytes of an estimate are those that a capture then takes."""

from random import Random

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.db.postgres import PostgresTransport
from contributor_backfill.domain.storage import Storage, Wish, Wishes
from contributor_backfill.operations.estimate import estimate_capture
from contributor_backfill.sandbox import Limits, ListSizes, RepositoryOptions, Sandbox, World
from tests.support.captures import REPOSITORY, SYNC, rig
from tests.support.databases import new_database

SIZE = """
    select sum(pg_total_relation_size(oid)) from pg_class
    where relkind = 'r' and relnamespace = 'public'::regnamespace
"""
UNLIMITED = Limits(hourly_points=10**6, hourly_requests=10**6, points_a_minute=None)


@pytest.mark.parametrize("place", [0, 2])
def test_a_capture_takes_about_the_megabytes_of_its_estimate(postgres: str, place: int) -> None:
    database = new_database(postgres, migrated=True)
    transport = PostgresTransport(database.conninfo)
    world = World.of([RepositoryOptions(pull_requests=1_000, comments=ListSizes(5.0), seed=9)])
    with Sandbox(world, limits=UNLIMITED) as sandbox:
        work = rig(sandbox, Gateway(transport))
        found = estimate_capture(work.client(), work.clock, Random(5), REPOSITORY)
        storage, megabytes = found.megabytes[place]
        before = database.value(SIZE)
        work.gateway.wishes = Wishes(option=_wish(storage))
        work.track()
        work.run(minutes=600)
        work.serve(SYNC, minutes=600)
        taken = float(database.value(SIZE) - before) / 1_000_000
    transport.close()

    assert 0.85 * megabytes.low <= taken <= 1.15 * megabytes.high, (taken, megabytes)


def _wish(storage: Storage) -> Wish:
    return Wish(storage.bodies, storage.diff_hunks)
