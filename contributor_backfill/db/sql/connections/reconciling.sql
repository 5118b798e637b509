-- What reconcile has to ask GitHub next, of one repository:
--
-- doubtful   node ids of pull requests whose stored comments are not as many as GitHub's total of both
--            kinds, or of all where that total misleads: the comments' own total is to be asked for
-- vanished   numbers that are stored but were not in GitHub's list, which began at `p_since`
-- parents    GitHub's ids of comments that somebody replied to and that are not stored
create or replace function public.backfill_next_questions_v1(
  p_repository_id uuid,
  p_since timestamptz default null,
  p_asked_parents bigint[] default '{}',
  p_limit int default 50
) returns jsonb
language sql stable
as $$
  select jsonb_build_object(
    'ok', true,
    'doubtful', (
      select coalesce(jsonb_agg(d.node_id), '[]') from (
        select b.node_id from backfill_pull_requests b
        cross join (select backfill_totals_mislead_v1(p_repository_id) as mislead offset 0) m
        where b.repository_id = p_repository_id
          and (m.mislead
            or b.all_comments_total <> b.comments_stored + b.review_comments_stored)
          and b.verified_at is not null
          and (b.counted_at >= b.verified_at) is not true
          and not exists (
            select from backfill_deletions d
            where d.pull_request_id = b.pull_request_id and d.kind = 'pull_requests')
        order by b.number desc limit p_limit) d),
    'vanished', (
      select coalesce(jsonb_agg(v.number), '[]') from (
        select p.number from pull_requests p
        left join backfill_pull_requests b on b.pull_request_id = p.id
        where p_since is not null and p.repository_id = p_repository_id
          and p.created_at < p_since
          and (greatest(b.verified_at, b.captured_at) >= p_since) is not true
          and not exists (
            select from backfill_numbers n
            where n.repository_id = p_repository_id and n.number = p.number)
          and not exists (
            select from backfill_deletions d
            where d.pull_request_id = p.id and d.kind = 'pull_requests')
        order by p.number desc limit p_limit) v),
    'parents', (
      select coalesce(jsonb_agg(w.parent_github_id), '[]') from (
        select distinct r.parent_github_id from backfill_replies r
        where r.repository_id = p_repository_id and not r.parent_is_gone
          and r.parent_github_id <> all (p_asked_parents)
          and not exists (
            select from backfill_rejects j
            where j.repository_id = p_repository_id and j.kind = 'review_comments'
              and j.github_id = r.parent_github_id)
        order by 1 limit p_limit) w))
$$;

-- A random sample: node ids of stored pull requests, and numbers below the highest that nobody has asked
-- GitHub about.
create or replace function public.backfill_sample_repository_v1(
  p_repository_id uuid,
  p_size int
) returns jsonb
language sql stable
as $$
  select jsonb_build_object(
    'ok', true,
    'node_ids', (
      select coalesce(jsonb_agg(s.node_id), '[]') from (
        select b.node_id from backfill_pull_requests b
        where b.repository_id = p_repository_id order by random() limit p_size) s),
    'numbers', (
      select coalesce(jsonb_agg(g.number), '[]') from (
        select g as number from generate_series(1, (
          select max(p.number) from pull_requests p where p.repository_id = p_repository_id)) g
        where not exists (
            select from pull_requests p
            where p.repository_id = p_repository_id and p.number = g)
          and not exists (
            select from backfill_numbers n
            where n.repository_id = p_repository_id and n.number = g)
        order by random() limit least(p_size, 100)) g))
$$;

-- Take down that pull requests and comments are gone from GitHub: stored pull requests by number, and
-- comments that somebody replied to by GitHub's id. A node id that does not resolve any more may be an old
-- one: its pull request is queued to be asked for by its number.
create or replace function public.backfill_note_gone_v1(
  p_repository_id uuid,
  p_numbers int[] default '{}',
  p_node_ids text[] default '{}',
  p_parents bigint[] default '{}',
  p_now timestamptz default now()
) returns jsonb
language plpgsql
as $$
begin
  perform backfill_want_number_v1(
    p_repository_id, b.pull_request_id, 'GitHub did not find it by its id', p_now)
  from backfill_pull_requests b
  where b.repository_id = p_repository_id and b.node_id = any (p_node_ids);
  perform backfill_note_pull_requests_gone_v1(
    array(
      select p.id from pull_requests p
      where p.repository_id = p_repository_id and p.number = any (p_numbers)),
    p_now);
  update backfill_replies r set parent_is_gone = true
  where r.repository_id = p_repository_id and r.parent_github_id = any (p_parents);
  return jsonb_build_object('ok', true);
end
$$;

-- Queue exactly what is missing: pull requests by number, and lists that are not as long as GitHub's; at
-- most `p_limit` of each that are not queued yet. Returns how many are queued, and whether some are "left".
create or replace function public.backfill_queue_drift_v2(
  p_repository_id uuid,
  p_limit int default 10000,
  p_now timestamptz default now()
) returns jsonb
language sql
as $$
  with drift as materialized (
    select * from backfill_find_drift_v1(p_repository_id)
  ), numbers as materialized (
    select d.number, (array_agg(d.reason))[1] as reason,
      bool_or(n.meaning = 'wanted' and n.attempts = 0 and coalesce(n.next_attempt_at <= p_now, true))
        is true as is_queued
    from drift d
    left join backfill_numbers n on n.repository_id = p_repository_id and n.number = d.number
    where d.kind = 'pull_requests' and d.number is not null
    group by d.number
  ), lists as materialized (
    select d.pull_request_id, d.kind, min(d.reason) as reason,
      bool_or(c.cursor is null and c.seen_ids = '{}' and c.attempts = 0 and c.next_attempt_at is null)
        is true as is_queued
    from drift d
    left join backfill_continuations c
      on c.pull_request_id = d.pull_request_id and c.connection = d.kind
    where d.kind <> 'pull_requests' and d.pull_request_id is not null
    group by d.pull_request_id, d.kind
  ), wanted as (
    insert into backfill_numbers as n
      (repository_id, number, meaning, reason, next_attempt_at, noted_at)
    select p_repository_id, d.number, 'wanted', d.reason, p_now, p_now from numbers d
    where not d.is_queued
    order by d.number desc limit p_limit
    on conflict (repository_id, number) do update
    set meaning = 'wanted', attempts = 0, next_attempt_at = p_now,
      reason = case when n.meaning in ('missing', 'wanted') then n.reason else excluded.reason end
    returning n.number
  ), queued as (
    insert into backfill_continuations as c
      (pull_request_id, repository_id, connection, reason, created_at)
    select d.pull_request_id, p_repository_id, d.kind, d.reason, p_now from lists d
    where not d.is_queued
    order by d.pull_request_id, d.kind limit p_limit
    on conflict (pull_request_id, connection) do update
    set cursor = null, seen_ids = '{}', next_attempt_at = null, attempts = 0
    returning c.connection
  )
  select jsonb_build_object('ok', true,
    'wanted', q.numbers + w.many, 'lists', q.lists + l.many,
    'left', q.numbers_left > w.many or q.lists_left > l.many)
  from (select count(*) as many from wanted) w
  cross join (select count(*) as many from queued) l
  cross join lateral (
    select
      (select count(*) filter (where n.is_queued) from numbers n) as numbers,
      (select count(*) filter (where not n.is_queued) from numbers n) as numbers_left,
      (select count(*) filter (where l.is_queued) from lists l) as lists,
      (select count(*) filter (where not l.is_queued) from lists l) as lists_left) q
$$;

-- The repositories to be held against GitHub next, by name: those with a pass under way, then whose last one
-- is the longest ago. Only what is captured whole, and nothing that somebody paused or is at work on.
create or replace function public.backfill_due_reconciliations_v1(
  p_days int default 30,
  p_limit int default 5,
  p_now timestamptz default now()
) returns jsonb
language sql stable
as $$
  select jsonb_build_object(
    'ok', true,
    'full_names', (
      select coalesce(jsonb_agg(d.full_name order by d.place), '[]') from (
        select r.full_name,
          row_number() over (
            order by f.position is null, b.reconciled_at nulls first, b.repository_id) as place
        from backfill_repositories b
        join repositories r on r.id = b.repository_id
        left join progressive_backfill_state s on s.repository_id = b.repository_id
        left join backfill_feeds f
          on f.repository_id = b.repository_id and f.feed = 'reconciliation'
        left join backfill_feeds synced
          on synced.repository_id = b.repository_id and synced.feed = 'pull_requests'
        where not backfill_is_paused_v1(b, p_now)
          and (s.status = 'completed' or (s.status is null and synced.synced_at is not null))
          and (f.position is not null
            or (b.reconciled_at > p_now - make_interval(days => p_days)) is not true)
          and (f.next_attempt_at is null or f.next_attempt_at <= p_now)
          and (f.lease_expires_at is null or f.lease_expires_at <= p_now)
        order by place limit p_limit) d))
$$;
