-- How the month stands against its caps. A month is one of the calendar, in UTC.
--
-- {"month", "resumes_at", "is_paused", "terms": {"dollars_per_minute", "included_minutes"} | null,
--  "caps": [{"measure", "cap", "used", "share", "state": "ok" | "warning" | "paused"}]}, fullest first
-- A run under way counts with what its heartbeat told; its minutes count when it is over.
create or replace function public.backfill_budget_standing_v1(p_now timestamptz) returns jsonb
language sql stable
set search_path = public, pg_temp
as $$
  with month as (
    select b.begins::date as day, b.begins at time zone 'UTC' as begins_at,
      (b.begins + interval '1 month') at time zone 'UTC' as ends_at
    from (select date_trunc('month', p_now at time zone 'UTC') as begins) b
  ), used as (
    select coalesce(sum(r.billed_minutes), 0) as minutes, coalesce(sum(r.points), 0) as points,
      -- Unknown is taken for private: a cap that is reached too early costs nothing.
      coalesce(sum(r.billed_minutes) filter (where r.workflow_is_private is not false), 0) as paid
    from month, backfill_runs r
    where r.started_at >= month.begins_at and r.started_at < month.ends_at
      and exists (select from backfill_budget b where coalesce(b.minutes, b.dollars, b.points) > 0)
  ), measured as (
    select m.*
    from backfill_budget b, used u, month, lateral (values
      ('minutes', b.minutes, u.minutes::numeric),
      ('dollars', b.dollars, greatest(0, u.paid - b.included_minutes) * b.dollars_per_minute),
      ('points', b.points, u.points::numeric),
      ('megabytes', b.megabytes,
        case when b.megabytes is not null then backfill_month_growth_v1(month.day) end)
    ) m (measure, cap, used)
    where m.cap is not null
  ), standing as (
    select m.measure, m.cap, round(m.used, 4) as used, round(m.used / m.cap, 4) as share,
      case when m.used >= m.cap then 'paused' when m.used >= m.cap * 0.8 then 'warning'
        else 'ok' end as state
    from measured m
  )
  select jsonb_build_object(
    'month', month.day, 'resumes_at', month.ends_at,
    'is_paused', exists (select from standing s where s.state = 'paused'),
    'terms', (
      select jsonb_build_object('dollars_per_minute', b.dollars_per_minute,
        'included_minutes', b.included_minutes)
      from backfill_budget b where b.dollars is not null),
    'caps', (
      select coalesce(jsonb_agg(to_jsonb(s) order by s.share desc, s.measure), '[]')
      from standing s))
  from month
$$;

-- By how many millions of bytes the database grew since the month began: since the last sample of its
-- size before that, else since its first one. Without a sample nobody can tell, and it is 0.
create or replace function public.backfill_month_growth_v1(p_month date) returns numeric
language sql stable
set search_path = public, pg_temp
as $$
  select greatest(0, pg_database_size(current_database()) - coalesce(
    (select s.bytes from backfill_database_sizes s where s.day <= p_month order by s.day desc limit 1),
    (select s.bytes from backfill_database_sizes s where s.day > p_month order by s.day limit 1),
    pg_database_size(current_database()))) / 1000000.0
$$;

-- How the month stands, for `budget` and `status`.
create or replace function public.backfill_read_budget_v1(p_now timestamptz default now())
returns jsonb
language sql stable
set search_path = public, pg_temp
as $$
  select jsonb_build_object('ok', true, 'budget', backfill_budget_standing_v1(p_now))
$$;

-- Whether a cap is set at all.
create or replace function public.backfill_has_budget_v1() returns boolean
language sql stable
set search_path = public, pg_temp
as $$
  select exists (
    select from backfill_budget b
    where coalesce(b.minutes, b.dollars, b.points, b.megabytes) is not null)
$$;

-- Whether the repository whose workflow runs is private, if it is one that is tracked; else null.
create or replace function public.backfill_workflow_is_private_v1(p_full_name text) returns boolean
language sql stable
set search_path = public, pg_temp
as $$
  select r.is_private
  from repositories r
  join backfill_repositories b on b.repository_id = r.id
  where lower(r.full_name) = lower(p_full_name)
  limit 1
$$;
