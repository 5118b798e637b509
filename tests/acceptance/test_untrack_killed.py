"""A deletion may be killed between any two instructions; the same command goes on."""

import random
import time

from contributor_backfill.db.gateway import Gateway
from tests.support.commands import Commands
from tests.support.control import ONE, interventions
from tests.support.databases import Database
from tests.support.untracking import fill

TWO = "octo/two"
KILLS = 4
"""On each transport."""
MORE_COMMENTS = """
    insert into comments (github_id, pull_request_id, repository_id, body, created_at, updated_at,
      comment_type)
    select 5000000 + row_number() over (), p.id, p.repository_id, repeat('x', 200), now(), now(),
      'issue_comment'
    from pull_requests p, generate_series(1, 6000) n
    where p.repository_id = %s::uuid
"""


def test_after_many_kills_it_is_gone_and_nothing_else_is(
    either_commands: Commands, gateway: Gateway, database: Database
) -> None:
    chance = random.Random(20_261_129)
    one = fill(gateway, database)
    two = fill(gateway, database, 2, TWO)
    database.rows(MORE_COMMENTS, one)
    counts = "select backfill_count_deletion_v1(%s::uuid) -> 'counts'"
    kept = database.value(counts, two)
    total = sum(database.value(counts, one).values())

    for _ in range(KILLS):
        left = database.value("select count(*) from comments where repository_id = %s", one)
        process = either_commands.start("untrack", ONE, "--delete-data", "--yes")
        while process.poll() is None:
            now = database.value("select count(*) from comments where repository_id = %s", one)
            if now < left:
                break
            time.sleep(0.005)
        time.sleep(chance.uniform(0.0, 0.05))
        process.kill()
        process.communicate()
        if process.returncode == 0:
            break
        (line,) = gateway.read_status(full_name=ONE)
        assert line.status == "being deleted"
    done = either_commands.run("untrack", ONE, "--delete-data", "--yes")

    assert done.returncode in {0, 1}, done.stderr
    assert database.value("select count(*) from repositories where full_name = %s", ONE) == 0
    assert database.value("select count(*) from pull_requests where repository_id = %s", one) == 0
    assert database.value(counts, two) == kept
    ended = [row for row in interventions(database) if row["action"] == "delete_data"]
    assert [sum(row["after"]["deleted"].values()) for row in ended] == [total + 2]
