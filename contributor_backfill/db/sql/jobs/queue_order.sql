-- Settle when it is a job's turn: by priority, then round and round the repositories, so that no repository's
-- second job comes before another's first of the same priority, then by age. Who comes later begins at the turn
-- that was served last, so nobody waits for a repository that was quiet for long.
create or replace function public.backfill_take_turn_v1() returns trigger
language plpgsql
set enable_seqscan = off
as $$
begin
  new.turn := greatest(1,
    (select max(b.turn) + 1 from backfill_jobs b
      where b.priority = new.priority
        and coalesce(b.repository_id, '00000000-0000-0000-0000-000000000000')
          = coalesce(new.repository_id, '00000000-0000-0000-0000-000000000000')),
    (select b.turn from backfill_jobs b
      where b.priority = new.priority and b.claimed_at is not null
      order by b.claimed_at desc limit 1));
  return new;
end
$$;
create or replace trigger backfill_take_turn
  before insert on public.backfill_jobs
  for each row execute function public.backfill_take_turn_v1();

-- The first jobs that may be handed over to these processors now, in the order in which they go.
create or replace function public.backfill_due_jobs_v2(
  p_processors text[],
  p_limit int,
  p_now timestamptz
) returns setof backfill_jobs
language sql stable
-- Of each processor the index has them in their order, and no more are read than are asked for.
set enable_seqscan = off
set enable_bitmapscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set enable_sort = off
as $$
  select d.* from unnest(p_processors) p (name)
  cross join lateral (
    select b.* from backfill_jobs b
    join progressive_capture_jobs j on j.id = b.job_id
    left join backfill_repositories r on r.repository_id = j.repository_id
    where b.decision = p.name and j.status = 'pending' and r.untracked_at is null
      and b.state in ('waiting', 'sending') and (b.state = 'waiting' or b.lease_expires_at <= p_now)
      and coalesce(b.next_attempt_at <= p_now, true)
    order by array_position('{critical,high,medium,low}'::text[], b.priority), b.turn, b.place
    limit p_limit) d
  order by array_position('{critical,high,medium,low}'::text[], d.priority), d.turn, d.place
  limit p_limit
$$;

-- The queue as it is shown: what waits in its order, then what is under way, then what is dead, at most
-- p_limit of each. Returns {"jobs": [...], "totals": {state: count}, "undecided": count}.
create or replace function public.backfill_read_queue_v1(
  p_limit int default 50,
  p_now timestamptz default now()
) returns jsonb
language sql stable
-- A table that was never analyzed looks small, and is read again for each row of another.
set enable_nestloop = off
as $$
  with shown as (
    select b.*, j.job_type, j.status, j.time_range_days, j.created_at, j.error, r.full_name,
      case when b.state in ('waiting', 'sending') then 1 when b.state = 'dispatched' then 2 else 3 end
        as part
    from backfill_jobs b
    join progressive_capture_jobs j on j.id = b.job_id
    left join repositories r on r.id = b.repository_id
    left join backfill_repositories t on t.repository_id = j.repository_id
    where (b.state = 'dead'
        or (b.state <> 'skipped' and j.status in ('pending', 'processing')))
      and t.untracked_at is null
  ), numbered as (
    select s.*, row_number() over (partition by s.part order by
      case when s.part = 1 then array_position('{critical,high,medium,low}'::text[], s.priority) end,
      case when s.part = 1 then s.turn end, case when s.part = 1 then s.place end,
      s.dead_at desc nulls last, s.dispatched_at, s.job_id) as line
    from shown s
  )
  select jsonb_build_object(
    'ok', true,
    'jobs', coalesce((
      select jsonb_agg(jsonb_build_object(
        'job_id', n.job_id, 'job_type', n.job_type, 'repository', n.full_name,
        'days', n.time_range_days, 'priority', n.priority, 'processor', n.decision,
        'reason', n.reason,
        'state', case n.status when 'processing' then 'running' else n.state end,
        'estimated_work', n.estimated_work, 'attempts', n.attempts, 'created_at', n.created_at,
        'next_attempt_at', case when n.next_attempt_at > p_now then n.next_attempt_at end,
        'dispatched_at', n.dispatched_at, 'error', coalesce(n.dead_reason, n.last_error))
        order by n.part, n.line)
      from numbered n where n.line <= p_limit), '[]'),
    'totals', (
      select coalesce(jsonb_object_agg(t.state, t.count), '{}')
      from (select s.state, count(*) from shown s group by s.state) t),
    'undecided', (
      select count(*) from progressive_capture_jobs j
      where j.status = 'pending' and j.processor_type in ('undecided', 'unknown', '')
        and (j.repository_id is null or not backfill_is_untracked_v1(j.repository_id))))
$$;
