"""No call reads more of a large fleet than it must: counted in rows and pages, not in time.

The same is asked of a small and a large fleet, with statistics and without any, as after a restore.
"""

from collections.abc import Iterator

import psycopg
import pytest

from tests.support.databases import Database, new_database
from tests.support.growth import CALLS, Call, Scope, look
from tests.support.large_fleet import fill_fleet

SMALL, LARGE = 120, 600
"""Repositories. Both have more than a call about one thing looks at before it decides."""
PULL_REQUESTS = 10
GIANTS = {SMALL: 400, LARGE: 2_000}
"""Pull requests of the first repository, also five times as many."""
GROWTH = LARGE / SMALL
FORGET = """
    delete from pg_statistic
    where starelid in (select oid from pg_class where relnamespace = 'public'::regnamespace);
    update pg_class set reltuples = -1, relpages = 0, relallvisible = 0
    where relnamespace = 'public'::regnamespace and relkind = 'r';
"""
Fleets = tuple[Database, Database]


@pytest.fixture(scope="module", params=["with statistics", "without statistics"])
def fleets(request: pytest.FixtureRequest, postgres: str) -> Iterator[Fleets]:
    """Yield a small and a large fleet, that nobody changes for good."""
    made = {size: new_database(postgres, migrated=True) for size in GIANTS}
    for size, database in made.items():
        fill_fleet(database, size, PULL_REQUESTS, GIANTS[size])
        if request.param == "without statistics":
            database.rows(FORGET)
    yield made[SMALL], made[LARGE]
    with psycopg.connect(postgres, autocommit=True) as connection:
        for database in made.values():
            name = psycopg.conninfo.conninfo_to_dict(database.conninfo)["dbname"]
            database.close()
            connection.execute(f"drop database {name} (force)".encode())


def most_rows(call: Call, small: float) -> float:
    """Return how many rows of the large fleet a call may read, from those of the small one."""
    return small * 1.2 + 400 if call.scope is Scope.ONE else small * GROWTH * 1.2 + 400


def most_buffers(call: Call, small: float) -> float:
    """Return the same of pages, of which another plan reads twice as many for the same rows."""
    return small * 1.2 + 600 if call.scope is Scope.ONE else small * GROWTH * 2 + 2_000


@pytest.mark.parametrize("name", CALLS)
def test_a_call_reads_no_more_than_what_it_is_about(name: str, fleets: Fleets) -> None:
    call = CALLS[name]
    small, large = (look(each, call) for each in fleets)

    assert large["rows"] <= most_rows(call, small["rows"]), large["scanned"]
    assert large["buffers"] <= most_buffers(call, small["buffers"])
