"""A fleet of many repositories, filled in by SQL from the real tables.

Every repository has been captured and reconciled. Of a hundred, five are under way, two have
failed, one is paused, three have a list left to read, and forty were last synced more than twelve
hours ago. The first one may be a giant.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.databases import Database

FILL = """
    -- Neither triggers nor foreign keys: what is filled in is known to fit.
    set local session_replication_role = replica;
    insert into contributors (github_id, username, last_updated_at)
    select n, 'user-' || n, now() from generate_series(1, {contributors}) n;
    insert into repositories (github_id, full_name, owner, name)
    select n, 'owner-' || n % 97 || '/repository-' || n, 'owner-' || n % 97, 'repository-' || n
    from generate_series(1, {repositories}) n;
    insert into backfill_repositories (repository_id, node_id, pull_requests_total, total_seen_at,
      tracked_at, priority, counted_at, count_is_due, completeness, reconciled_at)
    select r.id, 'R_' || r.github_id, size.many, now(), now() - interval '90 days',
      (array['medium', 'medium', 'high', 'low'])[1 + r.github_id % 4], now(), false,
      jsonb_build_object('is_complete', r.github_id % 20 > 0,
        'pull_requests', jsonb_build_object('stored', size.many, 'total', size.many),
        'reviews', jsonb_build_object('stored', 3 * size.many, 'total', 3 * size.many),
        'comments', jsonb_build_object('stored', size.many, 'total', size.many),
        'review_comments', jsonb_build_object('stored', 2 * size.many, 'total', 2 * size.many),
        'reconciled_at', now()),
      now() - interval '2 days'
    from repositories r, lateral (
      select case r.github_id when 1 then {giant} else {pull_requests} end as many) size;
    insert into progressive_backfill_state (repository_id, total_prs, processed_prs, status,
      walk_started_at, walk_watermark, last_served_at, last_processed_cursor, consecutive_errors,
      last_error, last_error_at)
    select r.id, b.pull_requests_total, b.pull_requests_total,
      case when r.github_id % 20 = 0 then 'active' when r.github_id % 50 = 3 then 'failed'
        when r.github_id % 100 = 7 then 'paused' else 'completed' end,
      now() - interval '60 days', now() - interval '60 days',
      now() - r.github_id % 500 * interval '1 minute', 'cursor',
      case when r.github_id % 50 = 3 then 3 else 0 end,
      case when r.github_id % 50 = 3 then 'GitHub answered 404' end,
      case when r.github_id % 50 = 3 then now() end
    from repositories r join backfill_repositories b on b.repository_id = r.id;
    insert into backfill_feeds (repository_id, feed, watermark, synced_at, last_served_at, etag,
      items_per_hour, points, requests, milliseconds)
    select r.id, feed, at.moment, at.moment, at.moment, 'etag', 0.5 + r.github_id % 9, 40, 60, 900
    from repositories r, unnest(array[
        'pull_requests', 'review_comments', 'lists', 'refresh', 'refresh_comments']) feed,
      lateral (select now() - (r.github_id % 20 * interval '1 hour')) at (moment);
    insert into backfill_page_sizes (repository_id, query, page_size, items_per_point)
    select r.id, query, 25, 5 + r.github_id % 30
    from repositories r, unnest(array['pull_requests', 'pull_requests_page']) query;
    insert into pull_requests (github_id, number, title, state, repository_id, author_id,
      head_branch, created_at, updated_at, repository_full_name, author_login, changed_files)
    select r.github_id * 1000000 + n, n, 'Mend the thing number ' || n, 'merged', r.id, c.id,
      'topic', now() - n * interval '1 hour', now() - n * interval '1 hour', r.full_name,
      c.username, 3
    from repositories r
    join backfill_repositories b on b.repository_id = r.id
    cross join lateral generate_series(1, b.pull_requests_total) n
    join contributors c on c.github_id = 1 + (r.github_id * 31 + n) % {contributors};
    insert into backfill_pull_requests (pull_request_id, repository_id, number, node_id,
      source_updated_at, reviews_total, comments_total, all_comments_total, review_comments_total,
      review_threads_total, assignees_total, labels_total, captured_at, reviews_stored,
      comments_stored, review_comments_stored, verified_at)
    select p.id, p.repository_id, p.number, 'PR_' || p.github_id, p.updated_at, 3, 1, 3, 2, 1, 0, 0,
      now() - interval '40 days', 3, 1, 2, now() - interval '2 days'
    from pull_requests p;
    insert into reviews (github_id, pull_request_id, author_id, reviewer_id, repository_id, state,
      body, submitted_at)
    select p.github_id * 3 + n, p.id, p.author_id, p.author_id, p.repository_id, 'APPROVED',
      'Fine.', p.updated_at
    from pull_requests p, generate_series(0, 2) n;
    insert into comments (github_id, pull_request_id, commenter_id, repository_id, body,
      created_at, updated_at, comment_type)
    select p.github_id * 3 + n, p.id, p.author_id, p.repository_id, 'Why this one?', p.updated_at,
      p.updated_at, case when n = 0 then 'issue_comment' else 'review_comment' end
    from pull_requests p, generate_series(0, 2) n;
    insert into backfill_continuations (pull_request_id, repository_id, connection, cursor,
      created_at)
    select p.id, p.repository_id, 'reviews', 'middle', now()
    from pull_requests p join repositories r on r.id = p.repository_id
    where r.github_id % 33 = 2 and p.number = 1;
    insert into backfill_numbers (repository_id, number, meaning)
    select b.repository_id, b.pull_requests_total + n, 'issue'
    from backfill_repositories b, generate_series(1, b.pull_requests_total / 10) n;
    insert into backfill_deletions (pull_request_id, kind, github_id)
    select p.id, 'reviews', p.github_id * 3 from pull_requests p where p.number % 500 = 1;
    insert into backfill_chunks (repository_id, backfill_state_id, chunk_number, status, pr_numbers,
      started_at, completed_at, points, api_calls_made, fetch_milliseconds)
    select s.repository_id, s.id, n,
      case when s.status = 'active' and n = size.chunks then 'pending' else 'completed' end,
      array[n, n + 1, n + 2], at.moment - interval '4 seconds',
      case when s.status <> 'active' or n < size.chunks then at.moment end, 1, 1, 3000 + n % 500
    from progressive_backfill_state s
    cross join lateral (select greatest(2, s.total_prs * 3 / 10) as chunks) size
    cross join lateral generate_series(1, size.chunks) n
    cross join lateral (select now() - n * interval '60 days' / size.chunks) at (moment);
    insert into backfill_days
    select r.id, (now() at time zone 'UTC')::date - n, 'pull_requests', 9, 261, 2000, 9, 10, 27000
    from repositories r, generate_series(0, 29) n;
    insert into backfill_runs (id, command, holder, workflow_repository, workflow_run_id,
      run_attempt, url, started_at,
      heartbeat_at, ended_at, outcome, error, seconds, chunks, points, requests, row_count,
      billed_minutes, settled_by, quota_limit, quota_remaining, quota_reset_at)
    select gen_random_uuid(),
      (array['progressive-backfill', 'sync-historical', 'recover'])[1 + n % 3], 'runner/1/' || n,
      'me/site', n / 3, 1, 'https://github.com/me/site/actions/runs/' || n, at.moment, at.moment,
      at.moment + interval '200 seconds', case when n % 40 = 0 then 'failed' else 'done' end,
      case when n % 40 = 0 then 'owner/name-' || n || ': GitHub answered ' || 500 + n % 4 end,
      100 + n % 200, n % 90, n % 100, n % 110, n, 4, 'run', 1000, n % 1000,
      now() + interval '30 minutes'
    from generate_series(1, {runs}) n,
      lateral (select now() - interval '60 days' * n / {runs}) at (moment);
    insert into backfill_database_sizes (day, bytes)
    select (now() at time zone 'UTC')::date - n, 400000000 - n * 1000000
    from generate_series(0, 29) n;
    insert into backfill_workflow_runs (workflow_repository, run_id, run_attempt, workflow, event,
      status, conclusion, created_at, started_at, completed_at)
    select r.workflow_repository, r.workflow_run_id, 1, 'backfill.yml', 'schedule', 'completed',
      'success', min(r.started_at), min(r.started_at), max(r.ended_at)
    from backfill_runs r group by 1, 2;
    insert into backfill_workflow_jobs (workflow_repository, job_id, run_id, run_attempt, name,
      status, conclusion, started_at, completed_at, billed_minutes)
    select w.workflow_repository, w.run_id, w.run_id, 1, 'capture', 'completed', 'success',
      w.started_at, w.completed_at, 4
    from backfill_workflow_runs w;
    -- Ten jobs for each repository, of which one waits, and one of every other was dead.
    insert into progressive_capture_jobs (job_type, repository_id, processor_type, status,
      time_range_days, metadata, created_at)
    select 'historical-pr-sync', r.id, (array['inngest', 'github_actions'])[1 + n % 2],
      case n when 1 then 'pending' else 'completed' end, 30, jsonb_build_object('place', n),
      now() - n * interval '3 days'
    from repositories r, generate_series(1, 10) n;
    insert into backfill_jobs (job_id, repository_id, priority, estimated_work, decision, reason,
      decided_at, state, claimed_at, dispatched_at, dead_at, dead_reason)
    select j.id, j.repository_id, (array['medium', 'high', 'low'])[1 + r.github_id % 3], 10,
      j.processor_type, 'small', j.created_at, case when n = 1 then 'waiting'
        when n = 2 and r.github_id % 2 = 0 then 'dead' else 'dispatched' end,
      case when n > 1 then j.created_at end, case when n > 1 then j.created_at end,
      case when n = 2 and r.github_id % 2 = 0 then j.created_at end,
      case when n = 2 and r.github_id % 2 = 0 then 'It was refused.' end
    from progressive_capture_jobs j
    join repositories r on r.id = j.repository_id
    cross join lateral (select (j.metadata ->> 'place')::int) place (n);
    insert into backfill_interventions (made_at, actor, action, repository_id, repository, before,
      after, call_id)
    select now() - n * interval '9 days', 'me', 'resume', r.id, r.full_name,
      '{{"status": "paused"}}', '{{"status": "active"}}', gen_random_uuid()
    from repositories r, generate_series(1, 5) n;
    insert into backfill_rejects (repository_id, kind, github_id, number, sqlstate, message, source)
    select r.id, 'pull_requests', r.github_id * 1000000 + n, n, '22001', 'value too long', '{{}}'
    from repositories r, generate_series(1, 3) n where r.github_id % 50 = 9;
    insert into backfill_doubts (repository_id, pull_request_id, kind, github_id, next_attempt_at)
    select p.repository_id, p.id, 'reviews', p.github_id * 3 + 1, now() + interval '1 hour'
    from pull_requests p join repositories r on r.id = p.repository_id
    where r.github_id % 33 = 5 and p.number = 2;
    insert into backfill_alerts (repository_id, kind, severity, title, fingerprint)
    select r.id, 'failed', 'error', 'failed', 'f' from repositories r where r.github_id % 50 = 3;
    insert into backfill_budget (points, minutes) values (100000000, 100000000);
"""
BIG = (
    "pull_requests",
    "reviews",
    "comments",
    "backfill_pull_requests",
    "backfill_chunks",
    "backfill_days",
    "backfill_numbers",
    "backfill_runs",
)
INDEXES = """
    select pg_get_indexdef(i.indexrelid) as made, i.indexrelid::regclass::text as name
    from pg_index i
    where i.indrelid = any (%s::regclass[])
      and not exists (select from pg_constraint c where c.conindid = i.indexrelid)
"""


def fill_fleet(
    database: Database, repositories: int, pull_requests: int, giant: int | None = None
) -> None:
    """Fill an empty migrated database: so many repositories with so many pull requests each.

    The first repository has as many as `giant` says.
    """
    with _without_indexes(database):
        database.rows(
            FILL.format(
                repositories=repositories,
                pull_requests=pull_requests,
                giant=pull_requests if giant is None else giant,
                contributors=min(20_000, 50 + repositories * 10),
                runs=50 * repositories,
            )
        )
    database.rows("vacuum analyze")
    database.rows("select backfill_check_due_v1(%s)", repositories)
    database.rows("select backfill_keep_run_days_v1(now())")
    database.rows("vacuum analyze backfill_due")


@contextmanager
def _without_indexes(database: Database) -> Iterator[None]:
    """Drop what slows writing down while many rows are written, and make it again."""
    indexes = database.rows(INDEXES, list(BIG))
    for index in indexes:
        database.rows(f"drop index {index['name']}")
    yield
    for index in indexes:
        database.rows(index["made"])
