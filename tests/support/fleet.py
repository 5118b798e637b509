"""A fleet of small repositories on the sandbox, each of them synced an hour ago."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from psycopg.sql import Literal

from contributor_backfill.capture.freshness import FreshnessProbe, ProbeReport
from contributor_backfill.capture.report import Silence
from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.bounds import Bounds
from contributor_backfill.sandbox import Limits, RepositoryOptions, Sandbox, World
from contributor_backfill.sandbox.options import ListSizes
from tests.support.captures import Rig, rig
from tests.support.databases import Database

SYNCED = """
    -- Neither triggers nor foreign keys: what is filled in is known to fit.
    set local session_replication_role = replica;
    insert into repositories (github_id, full_name, owner, name, is_private)
    select f.github_id, f.full_name, split_part(f.full_name, '/', 1),
      split_part(f.full_name, '/', 2), false
    from jsonb_to_recordset({fleet}::jsonb) f (github_id bigint, full_name text);
    insert into backfill_repositories (repository_id, node_id, pull_requests_total, total_seen_at,
      tracked_at)
    select r.id, f.node_id, 1, now(), now() - interval '90 days'
    from jsonb_to_recordset({fleet}::jsonb) f (github_id bigint, node_id text)
    join repositories r on r.github_id = f.github_id;
    insert into progressive_backfill_state (repository_id, total_prs, processed_prs, status,
      walk_started_at, walk_watermark, last_served_at)
    select r.id, 1, 1, 'completed', now() - interval '60 days', f.newest,
      now() - interval '60 days'
    from jsonb_to_recordset({fleet}::jsonb) f (github_id bigint, newest timestamptz)
    join repositories r on r.github_id = f.github_id;
    insert into backfill_feeds (repository_id, feed, watermark, watermark_is_settled, synced_at,
      last_served_at)
    select r.id, feed, f.newest, true, now() - interval '1 hour', now() - interval '1 hour'
    from jsonb_to_recordset({fleet}::jsonb) f (github_id bigint, newest timestamptz)
    join repositories r on r.github_id = f.github_id
    cross join unnest(array['pull_requests', 'review_comments']) feed;
"""


@contextmanager
def serving(many: int, pull_requests: int = 1) -> Iterator[Sandbox]:
    """Serve a world of so many repositories."""
    options = [
        RepositoryOptions(
            f"octo/number-{place:04}",
            pull_requests=pull_requests,
            seed=place,
            reviews=ListSizes(1.0),
            comments=ListSizes(1.0),
            oddity_every=0,
        )
        for place in range(1, many + 1)
    ]
    limits = Limits(hourly_points=5_000, hourly_requests=5_000, points_a_minute=None)
    with Sandbox(World.of(options), limits=limits) as sandbox:
        yield sandbox


def synced(sandbox: Sandbox, database: Database) -> None:
    """Have every repository of a sandbox on record, synced an hour ago up to its newest change."""
    fleet = [
        {
            "github_id": repository.facts.database_id,
            "full_name": repository.facts.name_with_owner,
            "node_id": repository.facts.node_id,
            "newest": max((pull.updated_at for pull in repository.newest_first()), default=None),
        }
        for repository in sandbox.world.repositories.values()
    ]
    literal = Literal(json.dumps(fleet)).as_string()
    database.rows(SYNCED.replace("{fleet}", literal))
    database.rows("select backfill_check_due_v1(%s)", len(fleet))


def changed(sandbox: Sandbox, name: str) -> None:
    """Have somebody comment on the newest pull request of a repository."""
    newest = next(sandbox.export(name))["number"]
    sandbox.change("add_comment", repository=name, number=newest)


def an_hour_passes(database: Database) -> None:
    """Let what was asked and synced lie an hour back, and everyone be asked about again."""
    database.rows("""
        update backfill_due set due_at = 'epoch' where source = 'probe';
        update backfill_freshness set asked_at = asked_at - interval '1 hour',
          current_at = current_at - interval '1 hour', moved_at = moved_at - interval '1 hour';
        update backfill_feeds set synced_at = synced_at - interval '1 hour'
    """)


def probe(
    work: Rig, *, minutes: float = 5, reserve: int | None = None, points: int | None = None
) -> ProbeReport:
    """Ask about all repositories."""
    deadline = work.clock.now() + timedelta(minutes=minutes)
    asking = FreshnessProbe(work.gateway, work.client(), work.clock, Silence(), "test")
    return asking.run(Bounds(deadline, None, reserve, deadline, points=points))


def fleet_rig(sandbox: Sandbox, gateway: Gateway, database: Database) -> Rig:
    """Return a rig on a fleet that was synced an hour ago."""
    synced(sandbox, database)
    return rig(sandbox, gateway)
