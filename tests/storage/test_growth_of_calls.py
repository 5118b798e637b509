"""No call reads more of a large fleet than it must: counted in rows and pages, not in time.

The same is asked of a small and a large fleet, with statistics and without any, as after a restore.
"""

from collections.abc import Iterator

import pytest

from tests.support.databases import Database, copy_of, drop, new_database
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


@pytest.fixture(scope="module")
def filled(postgres: str) -> Iterator[Fleets]:
    """Yield a small and a large fleet that are only copied: to fill one takes much longer."""
    small, large = (new_database(postgres, migrated=True) for _ in GIANTS)
    for database, (size, giant) in zip((small, large), GIANTS.items(), strict=True):
        fill_fleet(database, size, PULL_REQUESTS, giant)
    yield small, large
    for database in (small, large):
        drop(postgres, database)


@pytest.fixture(scope="module", params=["with statistics", "without statistics"])
def fleets(request: pytest.FixtureRequest, postgres: str, filled: Fleets) -> Iterator[Fleets]:
    """Yield copies of the two fleets, that nobody changes for good."""
    small, large = (copy_of(database, postgres) for database in filled)
    if request.param == "without statistics":
        small.rows(FORGET)
        large.rows(FORGET)
    yield small, large
    for database in (small, large):
        drop(postgres, database)


def most_rows(call: Call, small: float) -> float:
    """Return how many rows of the large fleet a call may read, from those of the small one."""
    return small * 1.2 + 400 if call.scope is Scope.ONE else small * GROWTH * 1.2 + 400


def most_buffers(call: Call, small: float) -> float:
    """Return the same of pages, of which another plan reads twice as many for the same rows."""
    return small * 1.2 + 600 if call.scope is Scope.ONE else small * GROWTH * 2 + 2_000


@pytest.mark.parametrize("name", CALLS)
def test_a_call_reads_no_more_than_what_it_is_about(name: str, fleets: Fleets) -> None:
    call = CALLS[name]
    small, large = (look(fleet, call) for fleet in fleets)

    assert large["rows"] <= most_rows(call, small["rows"]), large["scanned"]
    assert large["buffers"] <= most_buffers(call, small["buffers"])
