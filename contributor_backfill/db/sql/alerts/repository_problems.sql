-- The problems of each repository that its own rows show, whatever runs there are.
create or replace function public.backfill_repository_problems_v1(p_now timestamptz)
returns table (repository_id uuid, kind text, severity text, detail jsonb)
language sql stable
as $$
  with subjects as (
    select r.id, s.id as state_id, s.status, coalesce(s.consecutive_errors, 0) as consecutive_errors,
      s.pause_count, s.resume_at, s.last_error, s.last_error_at, b.access, b.access_reason,
      b.access_noted_at, (r.is_private and b.may_be_published is not true) is true as is_secret,
      coalesce(backfill_is_paused_v1(b, p_now), false)
        or (s.status = 'paused' and s.resume_at is null) is true as is_paused,
      (s.status = 'failed') is true or (b.access <> 'ok') is true as is_failed
    from repositories r
    left join backfill_repositories b on b.repository_id = r.id
    -- Without a beginning it is an earlier implementation's, and has never been tried here.
    left join progressive_backfill_state s
      on s.repository_id = r.id and s.walk_started_at is not null
    where (b.repository_id is not null or s.id is not null) and b.untracked_at is null
  )
  select s.id, 'failed' as kind, 'error', jsonb_build_object(
    'access', s.access, 'error', coalesce(s.access_reason, s.last_error),
    'since', coalesce(s.access_noted_at, s.last_error_at))
  from subjects s
  where s.is_failed and not s.is_paused
  union all
  -- Also while it is paused: what is stored is read all the same.
  select s.id, 'published' as kind, 'error', jsonb_build_object(
    'roles', e.roles, 'relations', e.relations)
  from subjects s
  cross join (
    select jsonb_agg(distinct f.role) as roles, jsonb_agg(distinct f.relation) as relations
    from backfill_find_readers_v1() f) e
  where s.is_secret and e.roles is not null
  union all
  -- Also while it tries again after a pause: it is over when a page was captured.
  select s.id, 'paused_by_errors' as kind, 'warning', jsonb_build_object(
    'pauses', s.pause_count, 'resume_at', s.resume_at, 'errors', s.consecutive_errors,
    'error', s.last_error, 'error_at', s.last_error_at)
  from subjects s
  where s.pause_count > 0 and s.consecutive_errors >= 3 and s.status in ('active', 'paused')
    and not s.is_paused and not s.is_failed
  union all
  select e.id, 'errors' as kind, 'warning', jsonb_build_object('parts', jsonb_agg(
    jsonb_build_object('what', e.what, 'errors', e.errors, 'error', e.last_error,
      'error_at', e.last_error_at) order by e.what))
  from (
    select s.id, 'backfill' as what, s.consecutive_errors as errors, s.last_error, s.last_error_at
    from subjects s
    where s.status = 'active' and s.pause_count = 0 and not s.is_paused and not s.is_failed
    union all
    select s.id, f.feed, f.consecutive_errors, f.last_error, f.last_error_at
    from subjects s join backfill_feeds f on f.repository_id = s.id
    where not s.is_paused and not s.is_failed
  ) e
  where e.errors >= 3
  group by e.id
  union all
  -- Given up, and no later chunk has brought what it stood for.
  select s.id, 'dead_chunks' as kind, 'error', jsonb_build_object(
    'count', count(*), 'error', (array_agg(c.error order by c.chunk_number desc))[1],
    'since', min(c.completed_at))
  from subjects s
  join backfill_chunks c on c.backfill_state_id = s.state_id
  where c.status = 'failed' and c.retry_count >= {policy.LOSSES_OF_A_CHUNK} and s.status <> 'completed'
    and not s.is_paused and not s.is_failed
    and not exists (
      select from backfill_chunks later
      where later.backfill_state_id = c.backfill_state_id
        and later.chunk_number > c.chunk_number and later.status = 'completed')
  group by s.id
  union all
  select k.repository_id, 'rejects' as kind, 'warning', jsonb_build_object(
    'count', sum(k.many), 'kinds', jsonb_object_agg(k.kind, k.many),
    'error', (array_agg(k.message order by k.last_seen_at desc))[1], 'since', min(k.first_seen_at))
  from (
    select j.repository_id, j.kind, count(*) as many, min(j.first_seen_at) as first_seen_at,
      max(j.last_seen_at) as last_seen_at,
      (array_agg(j.message order by j.last_seen_at desc))[1] as message
    from backfill_rejects j
    -- A text that was clipped is stored, and there is nothing to be done.
    where not (j.sqlstate = '22001' and not j.refused)
      and not backfill_is_untracked_v1(j.repository_id)
    group by 1, 2
  ) k
  group by k.repository_id
$$;
