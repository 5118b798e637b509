-- What was used from one moment until another: by command, day, repository, and on Inngest.
--
-- {"from", "until",
--  "commands": [{"command", "runs", "jobs", "billed_minutes", "points", "requests", "rows", "bytes",
--                "seconds"}],
--  "days": [{"day", "billed_minutes", "points", "requests", "rows", "bytes"}] (in UTC, ran on),
--  "visibility": {"private", "public", "unknown"} (billed minutes, by the workflows' repository),
--  "repositories": [{"full_name", "points", "requests", "rows", "milliseconds"}] (the 50 dearest),
--  "repositories_total": {"repositories", "points", "requests", "rows", "milliseconds"},
--  "inngest": see backfill_inngest_usage_v1}
-- A job's minutes are those of the first run that it held; "jobs" counts the runs that have some.
create or replace function public.backfill_usage_v1(p_from timestamptz, p_until timestamptz)
returns jsonb
language sql stable
as $$
  with used as materialized (
    select r.command, (r.started_at at time zone 'UTC')::date as day,
      r.workflow_is_private as is_private,
      count(*) as runs, count(*) filter (where r.billed_minutes > 0) as jobs,
      coalesce(sum(r.billed_minutes), 0) as billed_minutes, sum(r.points) as points,
      sum(r.requests) as requests, sum(r.row_count) as row_count, sum(r.bytes) as bytes,
      coalesce(sum(r.seconds), 0) as seconds
    from backfill_runs r
    where r.started_at >= p_from and r.started_at < p_until
    group by 1, 2, 3
  ), commands as (
    select u.command, sum(u.runs) as runs, sum(u.jobs) as jobs,
      sum(u.billed_minutes) as billed_minutes, sum(u.points) as points,
      sum(u.requests) as requests, sum(u.row_count) as rows, sum(u.bytes) as bytes,
      round(sum(u.seconds)::numeric, 1) as seconds
    from used u group by u.command
  ), days as (
    select u.day, sum(u.billed_minutes) as billed_minutes, sum(u.points) as points,
      sum(u.requests) as requests, sum(u.row_count) as rows, sum(u.bytes) as bytes
    from used u group by u.day
  )
  select jsonb_build_object(
    'from', p_from, 'until', p_until,
    'commands', (
      select coalesce(jsonb_agg(to_jsonb(c) order by c.billed_minutes desc, c.points desc, c.command),
        '[]') from commands c),
    'days', (select coalesce(jsonb_agg(to_jsonb(d) order by d.day), '[]') from days d),
    'visibility', (
      select jsonb_build_object(
        'private', coalesce(sum(u.billed_minutes) filter (where u.is_private), 0),
        'public', coalesce(sum(u.billed_minutes) filter (where not u.is_private), 0),
        'unknown', coalesce(sum(u.billed_minutes) filter (where u.is_private is null), 0))
      from used u),
    'inngest', backfill_inngest_usage_v1(p_from, p_until)
  ) || backfill_repository_usage_v1(p_from, p_until)
$$;

-- What each repository took, by the days of its captures: the fifty dearest, and all of them.
create or replace function public.backfill_repository_usage_v1(
  p_from timestamptz,
  p_until timestamptz
) returns jsonb
language sql stable
as $$
  with used as materialized (
    select d.repository_id, sum(d.points) as points, sum(d.requests) as requests,
      sum(d.row_count) as rows, sum(d.milliseconds) as milliseconds
    from backfill_days d
    where d.day >= (p_from at time zone 'UTC')::date
      and d.day < ((p_until - interval '1 microsecond') at time zone 'UTC')::date + 1
    group by d.repository_id
  ), dearest as (
    select r.full_name, u.points, u.requests, u.rows, u.milliseconds
    from used u
    join repositories r on r.id = u.repository_id
    order by u.milliseconds desc, u.points desc, r.full_name
    limit 50
  )
  select jsonb_build_object(
    'repositories', (
      select coalesce(jsonb_agg(to_jsonb(d) order by d.milliseconds desc, d.points desc, d.full_name),
        '[]') from dearest d),
    'repositories_total', (
      select jsonb_build_object('repositories', count(*), 'points', coalesce(sum(u.points), 0),
        'requests', coalesce(sum(u.requests), 0), 'rows', coalesce(sum(u.rows), 0),
        'milliseconds', coalesce(sum(u.milliseconds), 0))
      from used u))
$$;

-- What Inngest was given to run, by the records of its jobs: a job that was handed over is one run.
--
-- {"runs", "steps", "executions", "types": [{"job_type", "runs", "without_steps", "steps"}]}
-- "steps" are those that metadata tells, as a number or a list; "executions" is runs and these steps.
create or replace function public.backfill_inngest_usage_v1(
  p_from timestamptz,
  p_until timestamptz
) returns jsonb
language sql stable
as $$
  with jobs as (
    select j.job_type, case jsonb_typeof(j.metadata -> 'steps')
        when 'number' then least(greatest((j.metadata ->> 'steps')::numeric, 0), 1000000)
        when 'array' then jsonb_array_length(j.metadata -> 'steps') end as steps
    from progressive_capture_jobs j
    where j.processor_type = 'inngest' and j.created_at >= p_from and j.created_at < p_until
      and j.status in ('processing', 'completed', 'failed')
  ), types as (
    select j.job_type, count(*) as runs, count(*) filter (where j.steps is null) as without_steps,
      coalesce(sum(j.steps), 0) as steps
    from jobs j group by j.job_type
  )
  select jsonb_build_object(
    'runs', coalesce(sum(t.runs), 0), 'steps', coalesce(sum(t.steps), 0),
    'executions', coalesce(sum(t.runs + t.steps), 0),
    'types', coalesce(jsonb_agg(to_jsonb(t) order by t.job_type), '[]'))
  from types t
$$;

-- What `costs` shows: what was used, and how the budget stands.
create or replace function public.backfill_read_costs_v1(
  p_from timestamptz,
  p_until timestamptz,
  p_now timestamptz default now()
) returns jsonb
language sql stable
as $$
  select jsonb_build_object('ok', true, 'usage', backfill_usage_v1(p_from, p_until),
    'budget', backfill_budget_standing_v1(p_now))
$$;
