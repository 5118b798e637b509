"""A fleet of many repositories, filled in by SQL from the real tables.

Every repository has been captured and reconciled. Of a hundred, five are under way, two have
failed, one is paused, three have a list left to read, and forty were last synced more than twelve
hours ago.
"""

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
      tracked_at, priority, counted_at, completeness, reconciled_at)
    select r.id, 'R_' || r.github_id, {pull_requests}, now(), now() - interval '90 days',
      (array['medium', 'medium', 'high', 'low'])[1 + r.github_id % 4], now(),
      jsonb_build_object('is_complete', r.github_id % 20 > 0,
        'pull_requests', jsonb_build_object('stored', {pull_requests}, 'total', {pull_requests}),
        'reviews', jsonb_build_object('stored', 3 * {pull_requests}, 'total', 3 * {pull_requests}),
        'comments', jsonb_build_object('stored', {pull_requests}, 'total', {pull_requests}),
        'review_comments',
          jsonb_build_object('stored', 2 * {pull_requests}, 'total', 2 * {pull_requests}),
        'reconciled_at', now()),
      now() - interval '2 days'
    from repositories r;
    insert into progressive_backfill_state (repository_id, total_prs, processed_prs, status,
      walk_started_at, walk_watermark, last_served_at, last_processed_cursor, consecutive_errors,
      last_error, last_error_at)
    select r.id, {pull_requests}, {pull_requests},
      case when r.github_id % 20 = 0 then 'active' when r.github_id % 50 = 3 then 'failed'
        when r.github_id % 100 = 7 then 'paused' else 'completed' end,
      now() - interval '60 days', now() - interval '60 days',
      now() - r.github_id % 500 * interval '1 minute', 'cursor',
      case when r.github_id % 50 = 3 then 3 else 0 end,
      case when r.github_id % 50 = 3 then 'GitHub answered 404' end,
      case when r.github_id % 50 = 3 then now() end
    from repositories r;
    insert into backfill_feeds (repository_id, feed, watermark, synced_at, last_served_at, etag,
      items_per_hour, points, requests, milliseconds)
    select r.id, feed, at.moment, at.moment, at.moment, 'etag', 0.5 + r.github_id % 9, 40, 60, 900
    from repositories r, unnest(array['pull_requests', 'review_comments', 'lists']) feed,
      lateral (select now() - (r.github_id % 20 * interval '1 hour')) at (moment);
    insert into backfill_page_sizes (repository_id, query, page_size, items_per_point)
    select r.id, query, 25, 5 + r.github_id % 30
    from repositories r, unnest(array['pull_requests', 'pull_requests_page']) query;
    insert into pull_requests (github_id, number, title, state, repository_id, author_id,
      head_branch, created_at, updated_at, repository_full_name, author_login, changed_files)
    select r.github_id * 1000000 + n, n, 'Mend the thing number ' || n, 'merged', r.id, c.id,
      'topic', now() - n * interval '1 hour', now() - n * interval '1 hour', r.full_name,
      c.username, 3
    from repositories r, generate_series(1, {pull_requests}) n
    join contributors c on c.github_id = 1 + n % {contributors};
    insert into backfill_pull_requests (pull_request_id, repository_id, number, node_id,
      source_updated_at, reviews_total, comments_total, all_comments_total, review_comments_total,
      review_threads_total, assignees_total, labels_total, captured_at, reviews_stored,
      comments_stored, review_comments_stored, verified_at)
    select p.id, p.repository_id, p.number, 'PR_' || p.github_id, p.updated_at, 3, 1, 3, 2, 1, 0, 0,
      now() - interval '40 days', 3, 1, 2, now() - interval '2 days'
    from pull_requests p;
    insert into reviews (github_id, pull_request_id, author_id, repository_id, state, body,
      submitted_at)
    select p.github_id * 3 + n, p.id, p.author_id, p.repository_id, 'APPROVED', 'Fine.',
      p.updated_at
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
    select r.id, {pull_requests} + n, 'issue'
    from repositories r, generate_series(1, {pull_requests} / 10) n;
    insert into backfill_deletions (pull_request_id, kind, github_id)
    select p.id, 'reviews', p.github_id * 3 from pull_requests p where p.number % 500 = 1;
    insert into backfill_chunks (repository_id, backfill_state_id, chunk_number, status, pr_numbers,
      started_at, completed_at, points, api_calls_made, fetch_milliseconds)
    select s.repository_id, s.id, n,
      case when s.status = 'active' and n = {chunks} then 'pending' else 'completed' end,
      array[n, n + 1, n + 2], at.moment - interval '4 seconds',
      case when s.status <> 'active' or n < {chunks} then at.moment end, 1, 1, 3000 + n % 500
    from progressive_backfill_state s, generate_series(1, {chunks}) n,
      lateral (select now() - n * interval '60 days' / {chunks}) at (moment);
    insert into backfill_days
    select r.id, (now() at time zone 'UTC')::date - n, 'pull_requests', 9, 261, 2000, 9, 10, 27000
    from repositories r, generate_series(0, 29) n;
    insert into backfill_runs (id, command, holder, workflow_repository, url, started_at,
      heartbeat_at, ended_at, outcome, error, seconds, chunks, points, requests, row_count,
      billed_minutes, settled_by, quota_limit, quota_remaining, quota_reset_at)
    select gen_random_uuid(),
      (array['progressive-backfill', 'sync-historical', 'recover'])[1 + n % 3], 'runner/1/' || n,
      'me/site', 'https://github.com/me/site/actions/runs/' || n, at.moment, at.moment,
      at.moment + interval '200 seconds', case when n % 40 = 0 then 'failed' else 'done' end,
      case when n % 40 = 0 then 'owner/name-' || n || ': GitHub answered ' || 500 + n % 4 end,
      100 + n % 200, n % 90, n % 100, n % 110, n, 4, 'run', 1000, n % 1000,
      now() + interval '30 minutes'
    from generate_series(1, {runs}) n,
      lateral (select now() - interval '60 days' * n / {runs}) at (moment);
    insert into backfill_database_sizes (day, bytes)
    select (now() at time zone 'UTC')::date - n, 400000000 - n * 1000000
    from generate_series(0, 29) n;
"""


def fill_fleet(database: Database, repositories: int, pull_requests: int) -> None:
    """Fill an empty migrated database: so many repositories with so many pull requests each."""
    database.rows(
        FILL.format(
            repositories=repositories,
            pull_requests=pull_requests,
            contributors=min(20_000, 50 + repositories * 10),
            chunks=max(2, pull_requests * 3 // 10),
            runs=50 * repositories,
        )
    )
    database.rows("select backfill_check_due_v1(%s)", repositories)
    database.rows("vacuum analyze")
