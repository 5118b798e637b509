-- How routing stands: the share of GitHub Actions in the estimated work of the last thirty days against
-- its target, and the jobs of each processor. Only what `route` decided counts.
create or replace function public.backfill_routing_standing_v1(p_now timestamptz) returns jsonb
language sql stable
as $$
  with settings as (
    select backfill_routing_settings_v1() as s
  ), recent as materialized (
    select b.decision, b.state, b.estimated_work, b.dispatched_at, b.last_error, b.dead_reason,
      b.decided_at, j.status, j.error
    from backfill_jobs b
    join progressive_capture_jobs j on j.id = b.job_id
    where b.decided_at > p_now - interval '{policy.ROUTING_WINDOW}' or b.state in ('waiting', 'sending')
  ), processors as (
    select p.name,
      count(*) filter (where r.state in ('waiting', 'sending') and r.status = 'pending') as waiting,
      count(*) filter (where r.status = 'processing'
        or (r.state = 'dispatched' and r.status = 'pending')) as running,
      count(*) filter (where r.status = 'completed') as completed,
      count(*) filter (where r.status = 'failed' and r.state <> 'dead') as failed,
      count(*) filter (where r.state = 'dead') as dead,
      coalesce(sum(r.estimated_work), 0) as work,
      max(r.dispatched_at) as last_dispatched_at,
      (array_agg(coalesce(r.dead_reason, r.last_error, r.error) order by r.decided_at desc)
        filter (where coalesce(r.dead_reason, r.last_error, r.error) is not null))[1] as last_error
    from unnest(array['inngest', 'github_actions']) p (name)
    left join recent r on r.decision = p.name
    group by p.name
  )
  select jsonb_build_object(
    'target', s -> 'target',
    'target_low', greatest((s ->> 'target')::numeric - {policy.ACTIONS_BAND}, 0),
    'target_high', least((s ->> 'target')::numeric + {policy.ACTIONS_BAND}, 1),
    'is_stopped', s -> 'is_stopped',
    'share', (
      -- Of jobs that Actions got none of, its share is nothing, not unknown.
      select round((coalesce(sum(r.estimated_work) filter (where r.decision = 'github_actions'), 0)
        / nullif(sum(r.estimated_work), 0))::numeric, 4)
      from recent r where r.decision <> 'skip'),
    'window_jobs', (select count(*) from recent r where r.decision <> 'skip'),
    'processors', (
      select jsonb_agg(jsonb_build_object('processor', p.name, 'waiting', p.waiting,
        'running', p.running, 'completed', p.completed, 'failed', p.failed, 'dead', p.dead,
        'work', p.work, 'last_dispatched_at', p.last_dispatched_at, 'last_error', p.last_error)
        order by p.name desc)
      from processors p),
    'undecided', (
      select count(*) from progressive_capture_jobs j
      where j.status = 'pending' and j.processor_type in ('undecided', 'unknown', '')),
    'skipped', (select count(*) from recent r where r.decision = 'skip'))
  from settings
$$;
