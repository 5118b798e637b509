"""What it costs to know that a fleet is current: points, requests, database calls, seconds.

The installed command syncs whatever is due: of a fleet where nothing changed, then of one where one
repository of a hundred did. Prints JSON.
"""

import tempfile
from pathlib import Path
from typing import Any

from scripts.bench_rig import measured
from tests.support.commands import Commands, variables_for
from tests.support.databases import Database, new_database, server_in_memory
from tests.support.fleet import an_hour_passes, changed, serving, synced

SPENT = """
    select points, requests, database_calls as "database calls", outcome, seconds
    from backfill_runs order by started_at desc limit 1
"""
NOT_CURRENT = """
    select count(*) from backfill_repositories b
    left join backfill_freshness n on n.repository_id = b.repository_id
    left join backfill_feeds f on f.repository_id = b.repository_id and f.feed = 'pull_requests'
    where (greatest(n.current_at, f.synced_at) > now() - interval '10 minutes') is not true
"""


def fresh_figures(repositories: int) -> dict[str, Any]:
    """Return what two runs of the same command take, and how many repositories are not current."""
    with (
        serving(repositories) as sandbox,
        server_in_memory() as server,
        tempfile.TemporaryDirectory() as directory,
    ):
        database = new_database(server, migrated=True)
        synced(sandbox, database)
        database.rows("analyze")
        commands = Commands(variables_for(sandbox, database), Path(directory))
        quiet = _run(commands, database)
        moved = max(1, repositories // 100)
        for name in sorted(sandbox.world.names())[:: repositories // moved][:moved]:
            changed(sandbox, name)
        an_hour_passes(database)
        busy = _run(commands, database)
    return {
        "repositories": repositories,
        "nothing changed": quiet,
        "one of a hundred changed": {"changed": moved, **busy},
    }


def _run(commands: Commands, database: Database) -> dict[str, Any]:
    usage = measured(commands, "sync-historical")
    (spent,) = database.rows(SPENT)
    return {
        **spent,
        "cpu seconds": round(usage.cpu_seconds, 2),
        "not current": database.value(NOT_CURRENT),
        "median and worst behind": database.value("select backfill_read_behind_v1()"),
    }
