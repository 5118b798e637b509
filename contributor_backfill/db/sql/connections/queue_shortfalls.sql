-- Queue the lists that hold less or more than GitHub counts and were not read alone since that count,
-- and the pull requests of which something was left out. Review comments are judged once their source
-- has come past the count.
create or replace function public.backfill_queue_shortfalls_v1(
  p_repository_id uuid,
  p_connections text[],
  p_now timestamptz
) returns void
language sql
as $$
  select backfill_judge_totals_v1(p_repository_id);

  -- What a list that was read to its end brought is its total, whatever was derived before. No more in one
  -- transaction than it can bear.
  update backfill_pull_requests b
  set review_comments_total = b.review_comments_stored, review_comments_read_at = u.synced_at
  from (
    select l.pull_request_id, f.synced_at
    from backfill_unequal_lists_v2(p_repository_id, '{review_comments}') l
    join backfill_feeds f on f.repository_id = p_repository_id and f.feed = 'review_comments'
    where l.misleads limit 5000) u
  where b.pull_request_id = u.pull_request_id;

  insert into backfill_continuations (pull_request_id, repository_id, connection, reason, created_at)
  select b.pull_request_id, p_repository_id, b.connection, 'GitHub counts others than are stored',
    p_now
  from backfill_unequal_lists_v2(p_repository_id, p_connections) b
  where not b.misleads
  order by b.pull_request_id, b.connection
  on conflict (pull_request_id, connection) do nothing;

  -- Labels come with their pull request, so it is captured once more.
  insert into backfill_numbers (repository_id, number, meaning, reason, next_attempt_at, noted_at)
  select p_repository_id, b.number, 'wanted', 'its labels came short', p_now, p_now
  from backfill_continuations c
  join backfill_pull_requests b on b.pull_request_id = c.pull_request_id
  where c.repository_id = p_repository_id and c.connection = 'labels'
  on conflict (repository_id, number) do nothing;
  delete from backfill_continuations c
  where c.repository_id = p_repository_id and c.connection = 'labels';

  insert into backfill_numbers (repository_id, number, meaning, reason, next_attempt_at, noted_at)
  select p_repository_id, b.number, 'wanted', 'something was left out of its capture', p_now, p_now
  from backfill_pull_requests b
  where b.repository_id = p_repository_id and b.missing_fields <> '{}'
  on conflict (repository_id, number) do nothing
$$;
