-- All problems that there are now, of repositories and of all of them together:
-- [{"repository_id", "full_name", "kind", "severity", "detail"}], the gravest first.
--
-- p_interval_minutes      how often runs are scheduled
-- p_database_limit_bytes  how large the database may become; 0: whatever it wants
create or replace function public.backfill_find_problems_v1(
  p_interval_minutes double precision default 30,
  p_database_limit_bytes bigint default 0,
  p_sources text[] default '{lists,pull_requests,review_comments}',
  p_connections text[] default '{reviews,comments,review_comments}',
  p_hours double precision default {policy.RHYTHM_HOURS},
  p_now timestamptz default now()
) returns jsonb
language sql stable
as $$
  with pace as (select make_interval(secs => p_interval_minutes * 60) as span),
  found as materialized (
    select * from backfill_repository_problems_v1(p_now)
    union all
    select w.* from pace,
      backfill_waiting_problems_v1(p_sources, p_connections, p_hours, pace.span, p_now) w
    union all
    select r.* from pace, backfill_run_problems_v1(pace.span, p_now) r
    union all
    select * from backfill_database_problems_v1(p_database_limit_bytes)
    union all
    select * from backfill_job_problems_v1(p_now)
    union all
    select * from backfill_budget_problems_v1(p_now)
  )
  select jsonb_build_object('ok', true, 'problems', coalesce(jsonb_agg(jsonb_build_object(
    'repository_id', f.repository_id, 'full_name', r.full_name, 'kind', f.kind,
    'severity', f.severity, 'detail', f.detail)
    order by f.severity, r.full_name nulls first, f.kind), '[]'))
  from found f
  left join repositories r on r.id = f.repository_id
  -- Where nothing succeeds at all, that says more than how late the schedule is.
  where (f.kind <> 'schedule_late' or not exists (select from found s where s.kind = 'silence'))
    -- What waited for the budget was not passed over, nor is it on the day after.
    and (f.kind <> 'stuck' or not exists (
      select from backfill_runs r
      where r.command = 'progressive-backfill' and r.stop_reason = 'budget'
        and r.started_at > p_now - interval '{policy.AFTER_A_REACHED_BUDGET}' and r.started_at <= p_now))
$$;

-- The database is nearly full: from four fifths on a warning, from 95 % on an error.
create or replace function public.backfill_database_problems_v1(p_limit_bytes bigint)
returns table (repository_id uuid, kind text, severity text, detail jsonb)
language sql stable
as $$
  select null::uuid, 'database_size' as kind,
    case when size.bytes >= p_limit_bytes * {policy.FULL} then 'error' else 'warning' end,
    jsonb_build_object('bytes', size.bytes, 'limit_bytes', p_limit_bytes,
      'percent', floor(size.bytes * 100.0 / p_limit_bytes))
  from (select pg_database_size(current_database()) as bytes) size
  where p_limit_bytes > 0 and size.bytes >= p_limit_bytes * {policy.NEARLY_FULL}
$$;
