"""At a run each half hour no repository is more than an hour behind GitHub."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from contributor_backfill.capture.engine import Holder
from contributor_backfill.capture.freshness import FreshnessProbe
from contributor_backfill.capture.report import Silence
from contributor_backfill.db.gateway import Gateway
from contributor_backfill.db.postgres import PostgresTransport
from contributor_backfill.db.transport import TimeTellingTransport
from contributor_backfill.domain.bounds import Bounds
from contributor_backfill.sandbox import Sandbox
from tests.support.captures import DUE, Rig, SharedClock
from tests.support.databases import Database
from tests.support.fleet import changed, serving, synced

MANY = 8
HOURS = 14
HALF_AN_HOUR = timedelta(minutes=30)


@pytest.fixture
def fleet() -> Iterator[Sandbox]:
    with serving(MANY) as sandbox:
        yield sandbox


@pytest.fixture
def work(fleet: Sandbox, database: Database) -> Iterator[Rig]:
    """A fleet on a clock that is moved for GitHub, the database and us alike."""
    synced(fleet, database)
    clock = SharedClock(fleet.clock)
    transport = PostgresTransport(database.conninfo)
    yield Rig(fleet, Gateway(TimeTellingTransport(transport, clock)), clock)
    transport.close()


def a_run(work: Rig) -> int:
    """Capture as a scheduled run does; return how many turns it took."""
    deadline = work.clock.now() + timedelta(minutes=5)
    bounds = Bounds(deadline, None, None, deadline)
    probe = FreshnessProbe(work.gateway, work.client(), work.clock, Silence(), "test")
    engine = work.engine(Holder("test", lambda _: False))
    reports = engine.capture(DUE, bounds, probe)
    assert not any(report.failed for report in reports)
    return sum(len(report.turns) for report in reports)


def test_every_change_is_stored_within_the_half_hour_and_what_is_quiet_is_left_alone(
    work: Rig, fleet: Sandbox, database: Database
) -> None:
    chance = random.Random(12)  # which repositories change is no secret
    names = sorted(fleet.world.names())
    quiet, busy = names[:4], names[4:]
    waits: list[int] = []
    touched: set[str] = set()
    for _ in range(2 * HOURS):
        now = work.clock.now()
        waits.append(work.gateway.read_behind().worst_seconds or 0)
        a_run(work)
        for name in touched:
            assert_stored(fleet, database, name)
        touched = {name for name in busy if chance.random() < 0.3}
        for name in touched:
            changed(fleet, name)
        left = HALF_AN_HOUR - (work.clock.now() - now)
        fleet.clock.advance(left.total_seconds())

    # The first is of before there were runs.
    assert max(waits[1:]) <= 3_600
    served = database.rows("""
        select r.full_name, f.feed, f.step from backfill_feeds f
        join repositories r on r.id = f.repository_id
        where f.feed <> 'lists'
    """)
    steps = {(row["full_name"], row["feed"]): row["step"] for row in served}
    assert all(steps[name, "pull_requests"] == 0 for name in quiet), "nothing to sync"
    assert all(steps[name, "review_comments"] == 1 for name in quiet), "every twelve hours"


def assert_stored(fleet: Sandbox, database: Database, name: str) -> None:
    """The newest change of a repository is stored, with its comments."""
    (newest, *_) = sorted(fleet.export(name), key=lambda line: line["updated_at"], reverse=True)
    (row,) = database.rows(
        """
        select p.updated_at, (select count(*) from comments c where c.pull_request_id = p.id
          and c.comment_type = 'issue_comment') as comments
        from pull_requests p join repositories r on r.id = p.repository_id
        where r.full_name = %s and p.number = %s
        """,
        *(name, newest["number"]),
    )
    assert row["updated_at"] == datetime.fromisoformat(newest["updated_at"])
    assert row["comments"] == len(newest["comments"])
