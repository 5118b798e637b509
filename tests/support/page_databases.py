"""Databases of which a page is drawn to be looked at: from empty to two thousand repositories."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.db.postgres import PostgresTransport
from contributor_backfill.domain.prices import DEFAULT_PRICES
from contributor_backfill.reports.html import write_page
from contributor_backfill.reports.snapshot import snapshot
from scripts.bench_snapshot import FILL
from tests.support.databases import Database

LIMIT_MEGABYTES = 500
FLEETS = {
    "empty": "",
    "fifty": FILL.format(repositories=50, chunks=30_000, runs=2_000),
    "troubled": FILL.format(repositories=30, chunks=9_000, runs=1_500),
    "large": FILL.format(repositories=2_000, chunks=60_000, runs=20_000),
}
# What pull requests say of the work: a year of them in each of the first repositories.
WORK = """
    set local session_replication_role = replica;
    insert into contributors (github_id, username, is_bot, last_updated_at)
    select n, (array['ada', 'grace', 'linus', 'barbara', 'alan', 'renovate[bot]', 'edsger',
      'margaret', 'donald', 'frances', 'ken'])[n], n = 6, now() from generate_series(1, 11) n;
    insert into pull_requests (github_id, number, title, state, repository_id, author_id,
      head_branch, created_at, updated_at, repository_full_name, author_login, merged, merged_at)
    select r.github_id * 100000 + n, n, 'Mend the thing number ' || n, 'merged', r.id, c.id,
      'topic', at.moment, at.moment, r.full_name, c.username, n % 6 > 0,
      case when n % 6 > 0 then at.moment + n % 90 * interval '1 hour' end
    from repositories r, generate_series(1, 400) n,
      lateral (select now() - (400 - n) * (0.7 + n % 7 * 0.05) * interval '1 day') at (moment),
      lateral (select 1 + (n * n + n / 9) % 11 as id) w
    join contributors c on c.github_id = w.id
    where r.github_id <= 60;
    insert into reviews (github_id, pull_request_id, author_id, reviewer_id, repository_id, state,
      submitted_at)
    select p.github_id, p.id, c.id, c.id, p.repository_id, 'APPROVED',
      p.created_at + (2 + p.number % 40) * interval '1 hour'
    from pull_requests p, lateral (select 1 + p.number % 10 as id) w
    join contributors c on c.github_id = w.id
    where p.number % 4 > 0;
    analyze;
    select backfill_count_activity_v1(1000000, now());
"""
TROUBLE = """
    insert into backfill_alerts (repository_id, kind, severity, title, fingerprint, opened_at)
    select r.id, kind.name, 'error', r.full_name || ': ' || kind.words, '',
      now() - interval '3 hours'
    from repositories r, (values ('failed', 'cannot be read'),
      ('rejects', 'rows could not be stored')) kind (name, words)
    where r.github_id in (2, 4);
    insert into backfill_alerts (kind, severity, title, fingerprint, opened_at)
    values ('schedule_late', 'warning', 'the schedule is late', '', now() - interval '5 hours'),
      ('database_size', 'error', 'the database is nearly full', '', now() - interval '1 day');
    update progressive_backfill_state s set status = 'failed', consecutive_errors = 3,
      last_error = 'GitHub does not show owner/repository: it was deleted or made private.',
      last_error_at = now()
    from repositories r where r.id = s.repository_id and r.github_id % 7 = 2;
    update progressive_backfill_state s set status = 'paused',
      resume_at = now() + interval '2 hours', next_attempt_reason = 'three errors in a row',
      consecutive_errors = 3, last_error = 'GitHub answered 502 three times.', last_error_at = now()
    from repositories r where r.id = s.repository_id and r.github_id % 7 = 3;
    update backfill_runs set outcome = 'failed', error = 'GitHub answered 502.'
    where outcome = 'done' and started_at > now() - interval '6 hours';
    insert into backfill_routing (target, is_stopped) values (0.25, true)
    on conflict (is_only) do update set is_stopped = true;
    insert into backfill_database_sizes (day, bytes)
    select (now() at time zone 'UTC')::date - n, 480000000 - n * 9000000
    from generate_series(0, 29) n on conflict (day) do update set bytes = excluded.bytes;
"""


def page_of(kind: str, database: Database, directory: Path) -> Path:
    """Fill a database that holds nothing and write the page of it."""
    if FLEETS[kind]:
        database.rows(FLEETS[kind])
        database.rows(WORK)
    if kind == "troubled":
        database.rows(TROUBLE)
    transport = PostgresTransport(database.conninfo, read_only=True)
    with closing(transport):
        document = Gateway(transport).read_snapshot()
    shown = snapshot(document, DEFAULT_PRICES, datetime.now(UTC), limit_megabytes=LIMIT_MEGABYTES)
    return write_page(shown, directory)
