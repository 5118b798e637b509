-- Problems that show in the records of runs.
create or replace function public.backfill_run_problems_v1(p_interval interval, p_now timestamptz)
returns table (repository_id uuid, kind text, severity text, detail jsonb)
language sql stable
as $$
  select null::uuid, 'lost_runs' as kind, 'warning', jsonb_build_object(
    'count', count(*), 'since', min(r.started_at),
    'command', (array_agg(r.command order by r.started_at desc))[1],
    'url', (array_agg(r.url order by r.started_at desc))[1])
  from backfill_runs r
  where r.outcome = 'lost' and r.ended_at > p_now - interval '{policy.LOST_RUNS_SHOWN}' and r.ended_at <= p_now
  having count(*) > 0
  union all
  select null, 'failed_runs' as kind, 'error', jsonb_build_object(
    'count', sum(c.many), 'since', min(c.since), 'commands', jsonb_agg(jsonb_build_object(
      'command', c.command, 'count', c.many, 'error', c.error, 'url', c.url) order by c.command))
  from (
    select r.command, count(*) as many, min(r.started_at) as since,
      (array_agg(r.error order by r.started_at desc))[1] as error,
      (array_agg(r.url order by r.started_at desc))[1] as url
    from backfill_runs r
    where r.outcome = 'failed' and r.started_at between p_now - interval '{policy.FAILED_RUNS_SHOWN}' and p_now
      -- A name that was misspelled at a terminal is nobody's alarm.
      and (r.workflow_run_id is not null or r.command not in ('track', 'estimate'))
      and not exists (
        select from backfill_runs later
        where later.command = r.command and later.started_at > r.started_at
          and later.outcome in ('done', 'deferred'))
    group by r.command
    having count(*) >= 3
      -- That is told by its own name, below.
      and coalesce((array_agg(r.stop_reason order by r.started_at desc))[1], '')
        !~ 'database refuses'
  ) c
  having count(*) > 0
  union all
  -- The newest end of each command, where it was the database that ended it.
  (select null, 'database_refuses' as kind, 'error', jsonb_build_object(
    'command', r.command, 'error', r.error, 'since', r.started_at, 'url', r.url)
  from (
    select distinct on (e.command) e.command, e.error, e.started_at, e.url, e.stop_reason
    from backfill_runs e
    where e.outcome <> 'running' and e.started_at between p_now - interval '{policy.FAILED_RUNS_SHOWN}' and p_now
    order by e.command, e.started_at desc
  ) r
  where r.stop_reason ~ 'database refuses'
  order by r.started_at desc
  limit 1)
  union all
  select null, 'quota' as kind, 'warning', jsonb_build_object(
    'runs', q.many, 'points', q.points, 'since', q.since, 'url', q.url)
  from (
    select count(*) as many, sum(r.points) as points, min(r.started_at) as since,
      bool_and(r.outcome = 'deferred' and coalesce(r.stop_reason ~ 'quota|rate limited', false))
        as every_one,
      (array_agg(r.url order by r.started_at desc))[1] as url
    from backfill_runs r
    where r.command = 'progressive-backfill' and r.outcome <> 'running'
      and r.ended_at > p_now - greatest(interval '{policy.QUOTA_SHORT}', 4 * p_interval) and r.ended_at <= p_now
  ) q
  where q.many >= 3 and q.every_one
    and q.since <= p_now - greatest(interval '{policy.QUOTA_SHORT}', 4 * p_interval) / 2
    -- Runs that end for quota after they have spent it are as they should be.
    and q.points < 20 * q.many
  union all
  select null, 'schedule_late' as kind, 'warning', jsonb_build_object(
    'last_at', s.last_at, 'since', s.last_at + p_interval, 'url', s.url)
  from (
    select max(r.started_at) as last_at, count(*) as many,
      (array_agg(r.url order by r.started_at desc))[1] as url
    from backfill_runs r
    where r.command = 'progressive-backfill' and r.event = 'schedule'
      and r.started_at > p_now - interval '{policy.SCHEDULE_SEEN}' - 2 * p_interval and r.started_at <= p_now
  ) s
  where s.many >= 2 and s.last_at < p_now - 2 * p_interval
    -- Whoever starts the workflow: it is not late.
    and not exists (
      select from backfill_runs r
      where r.command = 'progressive-backfill' and r.started_at <= p_now
        and greatest(r.started_at, r.ended_at) >= p_now - 2 * p_interval)
    -- Nothing is waited for where a person paused everything.
    and exists (
      select from backfill_repositories b
      left join progressive_backfill_state p on p.repository_id = b.repository_id
      where not backfill_is_paused_v1(b, p_now)
        and (p.status = 'paused' and p.resume_at is null) is not true)
$$;
