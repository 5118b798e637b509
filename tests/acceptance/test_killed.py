"""A run may be killed between any two instructions; the next one goes on and nothing is lost."""

import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from itertools import cycle

import pytest

from contributor_backfill.sandbox import (
    Limits,
    ListSizes,
    RepositoryOptions,
    Sandbox,
    WorkModel,
    World,
)
from tests.support.captures import REPOSITORY
from tests.support.commands import Commands
from tests.support.databases import Database
from tests.support.truth import differences

KILLS = 25
"""On each transport."""
PULL_REQUESTS = 250
LONG = ListSizes(2.0, tails=(101, 120, 140, 160, 180, 250, 350, 1_200))
WALK = ("progressive-backfill", "--chunk-size", "2")
FEEDS = (
    ("progressive-backfill",),
    ("capture-reviews",),
    ("capture-comments",),
    ("sync-historical", "--force", "--days", "10000"),
    ("reconcile", "--full"),
)
SMALL_PAGES = """
    insert into backfill_page_sizes (repository_id, query, page_size, failed_size)
    select r.id, small.query, small.size, small.size + 1 from repositories r, (values
      ('lists', 1), ('review_comments', 10), ('pull_requests', 4), ('reconciliation', 10)
    ) as small (query, size)
    on conflict (repository_id, query) do update
    set page_size = excluded.page_size, failed_size = excluded.failed_size
"""
COMMITTED = """
    select (select coalesce(sum(api_calls_made), 0) from backfill_chunks)
      + (select coalesce(sum(requests), 0) from backfill_feeds)
"""
BY_DAY = """
    select source, sum(chunks)::int as chunks, sum(pull_requests)::int as pull_requests,
      sum(row_count)::int as rows, sum(points)::int as points, sum(requests)::int as requests,
      sum(milliseconds)::int as milliseconds
    from backfill_days where source = 'backfill' group by source
    union all
    select source, null, null, null, sum(points)::int, sum(requests)::int, sum(milliseconds)::int
    from backfill_days where source <> 'backfill' group by source
    order by source
"""
BY_CHUNK_AND_FEED = """
    select 'backfill' as source, count(*) filter (where status = 'completed')::int as chunks,
      sum(cardinality(pr_numbers))::int as pull_requests, sum(row_count)::int as rows,
      sum(points)::int as points, sum(api_calls_made)::int as requests,
      sum(fetch_milliseconds)::int as milliseconds
    from backfill_chunks where completed_at is not null
    union all
    select feed, null, null, null, points::int, requests::int, milliseconds::int
    from backfill_feeds
    order by source
"""


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Lists of every length, behind a latency that leaves time to kill somebody."""
    world = World.of(
        [
            RepositoryOptions(
                pull_requests=PULL_REQUESTS,
                reviews=LONG,
                comments=LONG,
                review_comments=ListSizes(2.0, tails=(130, 250)),
            )
        ]
    )
    limits = Limits(hourly_points=100_000, hourly_requests=100_000, points_a_minute=None)
    slow = WorkModel(latency_milliseconds=30)
    with Sandbox(world, limits=limits, work_model=slow) as sandbox:
        yield sandbox


def test_after_many_kills_every_row_equals_the_source(
    either_commands: Commands, sandbox: Sandbox, database: Database, asked: Callable[[], int]
) -> None:
    chance = random.Random(20_250_630)
    assert either_commands.run("track", REPOSITORY).returncode == 0
    looked_up = asked()
    killed: dict[str, int] = {}
    feeds = cycle(FEEDS)

    while sum(killed.values()) < KILLS:
        database.rows(SMALL_PAGES)
        walks = database.value("select status from progressive_backfill_state") == "active"
        command = WALK if walks and chance.random() < 0.5 else next(feeds)
        if _is_killed_at_work(either_commands.start(*command), asked, chance):
            killed[command[0]] = killed.get(command[0], 0) + 1
    at_the_end = [either_commands.run(*command) for command in FEEDS]

    assert killed.keys() == {command[0] for command in FEEDS}, killed
    assert differences(database, sandbox.export(REPOSITORY), whole=True) == []
    chunks = database.rows("select pr_numbers from backfill_chunks where status = 'completed'")
    numbers = [number for chunk in chunks for number in chunk["pr_numbers"]]
    assert len(numbers) == len(set(numbers)) == PULL_REQUESTS
    assert database.rows(BY_DAY) == database.rows(BY_CHUNK_AND_FEED)
    read_again = asked() - looked_up - database.value(COMMITTED)
    assert read_again <= KILLS, "a kill costs one request at most"
    for done in at_the_end:
        assert done.returncode == 0, (done.args, done.stdout, done.stderr)


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("command", [WALK, ("capture-comments",)])
def test_a_run_that_is_asked_to_end_gives_its_lease_back_at_once(
    command: tuple[str, ...],
    sent: signal.Signals,
    commands: Commands,
    sandbox: Sandbox,
    database: Database,
    asked: Callable[[], int],
) -> None:
    commands.run("track", REPOSITORY)
    if command is not WALK:
        commands.run("capture-chunk", "--chunk-size", "100")
    database.rows(SMALL_PAGES)
    process = commands.start(*command)
    _wait_for_a_request(asked, asked(), process)

    process.send_signal(sent)
    _, talk = process.communicate(timeout=120)

    assert process.returncode == 130
    assert "Traceback" not in talk
    assert (
        database.value("""
        select count(*) from (
          select lease_expires_at from progressive_backfill_state
          union all select lease_expires_at from backfill_feeds) leases
        where lease_expires_at is not null
    """)
        == 0
    )
    assert commands.run("progressive-backfill").returncode == 0
    assert differences(database, sandbox.export(REPOSITORY), whole=True) == []


def _is_killed_at_work(
    process: subprocess.Popen[str], asked: Callable[[], int], chance: random.Random
) -> bool:
    """Kill a run between its first request and about a dozen later, if it lives so long."""
    before = asked()
    while asked() == before and process.poll() is None:
        time.sleep(0.005)
    time.sleep(chance.uniform(0.0, 0.4))
    is_at_work = process.poll() is None
    process.kill()
    output, talk = process.communicate()
    assert is_at_work or process.returncode in {0, 4}, (output, talk)
    return is_at_work


def _wait_for_a_request(
    asked: Callable[[], int], before: int, process: subprocess.Popen[str]
) -> None:
    deadline = time.monotonic() + 300
    while asked() == before:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.005)
