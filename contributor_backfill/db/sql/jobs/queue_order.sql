-- The jobs that wait to be handed over or are being handed over, in the order in which they go: by
-- priority, then round and round the repositories, so that no repository's second job comes before
-- another's first of the same priority, then by age. What was handed over since the oldest waiting job
-- was added counts as a repository's turn.
create or replace function public.backfill_queue_order_v1()
returns table (job_id uuid, place bigint)
language sql stable
set search_path = public, pg_temp
-- A table that was never analyzed looks small.
set enable_seqscan = off
as $$
  with waiting as materialized (
    select b.job_id, b.repository_id, b.priority, coalesce(j.created_at, b.decided_at) as since,
      array_position('{critical,high,medium,low}'::text[], b.priority) as rank
    from backfill_jobs b
    join progressive_capture_jobs j on j.id = b.job_id
    left join backfill_repositories r on r.repository_id = j.repository_id
    where b.state in ('waiting', 'sending') and j.status = 'pending' and r.untracked_at is null
  ), oldest as (
    select w.priority, min(w.since) as since from waiting w group by w.priority
  ), served as materialized (
    select d.repository_id, d.priority, count(*) as turns
    from oldest o
    join backfill_jobs d on d.priority = o.priority and d.claimed_at >= o.since
    where d.state not in ('waiting', 'sending')
    group by d.repository_id, d.priority
  ), turns as (
    select w.*, coalesce(s.turns, 0)
      + row_number() over (partition by w.rank, w.repository_id order by w.since, w.job_id) as turn
    from waiting w
    left join served s on s.priority = w.priority
      and s.repository_id is not distinct from w.repository_id
  )
  select t.job_id, row_number() over (order by t.rank, t.turn, t.since, t.job_id) from turns t
$$;

-- The queue as it is shown: what waits in its order, then what is under way, then what is dead, at most
-- p_limit of each. Answers {"jobs": [...], "totals": {state: count}, "undecided": count}.
create or replace function public.backfill_read_queue_v1(
  p_limit int default 50,
  p_now timestamptz default now()
) returns jsonb
language sql stable
set search_path = public, pg_temp
as $$
  with shown as (
    select b.*, j.job_type, j.status, j.time_range_days, j.created_at, j.error, r.full_name, q.place as turn,
      case when b.state in ('waiting', 'sending') then 1 when b.state = 'dispatched' then 2 else 3 end
        as part
    from backfill_jobs b
    join progressive_capture_jobs j on j.id = b.job_id
    left join repositories r on r.id = b.repository_id
    left join backfill_repositories t on t.repository_id = j.repository_id
    left join backfill_queue_order_v1() q on q.job_id = b.job_id
    where (b.state = 'dead'
        or (b.state <> 'skipped' and j.status in ('pending', 'processing')))
      and t.untracked_at is null
  ), numbered as (
    select s.*, row_number() over (partition by s.part
      order by s.turn, s.dead_at desc nulls last, s.dispatched_at, s.job_id) as line
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
