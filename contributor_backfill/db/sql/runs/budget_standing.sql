-- How the month stands against its caps. A month is one of the calendar, in UTC.
--
-- {"month", "resumes_at", "is_paused", "terms": {"dollars_per_minute", "included_minutes"} | null,
--  "caps": [{"measure", "cap", "used", "share", "state": "ok" | "warning" | "paused"}]}, fullest first
-- A run under way counts with what its heartbeat told; its minutes count when it is over.
create or replace function public.backfill_budget_standing_v1(p_now timestamptz) returns jsonb
language sql stable
as $$
  with month as (
    select b.begins::date as day, b.begins at time zone 'UTC' as begins_at,
      (b.begins + interval '1 month') at time zone 'UTC' as ends_at
    from (select date_trunc('month', p_now at time zone 'UTC') as begins) b
  ), used as (
    select coalesce(sum(d.minutes), 0) as minutes, coalesce(sum(d.points), 0) as points,
      coalesce(sum(d.paid), 0) as paid
    from month
    cross join lateral backfill_runs_by_day_v1(
      month.day, (month.ends_at at time zone 'UTC')::date) d
    where exists (select from backfill_budget b where coalesce(b.minutes, b.dollars, b.points) > 0)
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
      case when m.used >= m.cap then 'paused' when m.used >= m.cap * {policy.NEARLY_FULL} then 'warning'
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

-- What the runs that began on these days used, without the last day: as it was added up, else added up now.
create or replace function public.backfill_runs_by_day_v1(p_from date, p_until date)
returns table (day date, minutes bigint, points bigint, paid bigint)
language sql stable
set enable_seqscan = off
as $$
  select k.day, k.minutes, k.points, k.paid from backfill_run_days k
  where k.day >= p_from and k.day < p_until
  union all
  select d.day, u.minutes, u.points, u.paid
  from (
    select s.day::date as day
    from generate_series(p_from::timestamp, p_until::timestamp - interval '1 day', '1 day') s (day)
  ) d
  cross join lateral (
    select sum(r.billed_minutes) as minutes, sum(r.points)::bigint as points,
      -- Unknown is taken for private: a cap that is reached too early costs nothing.
      sum(r.billed_minutes) filter (where r.workflow_is_private is not false) as paid
    from backfill_runs r
    where r.started_at >= d.day::timestamp at time zone 'UTC'
      and r.started_at < (d.day + 1)::timestamp at time zone 'UTC'
    having count(*) > 0
  ) u
  where not exists (select from backfill_run_days k where k.day = d.day)
$$;

-- Add up what the runs of the days that are over used, so that it need not be added up at each beginning
-- of a run. Left to another time while somebody changes a run: the sum might not have the change.
create or replace function public.backfill_keep_run_days_v1(p_now timestamptz) returns void
language plpgsql
as $$
declare
  today date := (p_now at time zone 'UTC')::date;
begin
  if pg_try_advisory_xact_lock(hashtext('backfill_run_days')) then
    insert into backfill_run_days (day, minutes, points, paid)
    select d.day, coalesce(d.minutes, 0), coalesce(d.points, 0), coalesce(d.paid, 0)
    from backfill_runs_by_day_v1(date_trunc('month', today)::date, today) d
    on conflict (day) do nothing;
  end if;
end
$$;

-- A run that changes makes the sum of its day void.
create or replace function public.backfill_forget_run_day_v1() returns trigger
language plpgsql security definer
as $$
begin
  if tg_op = 'UPDATE' and (old.started_at, old.points, old.billed_minutes, old.workflow_is_private)
    is not distinct from (new.started_at, new.points, new.billed_minutes, new.workflow_is_private)
  then
    return null;
  end if;
  perform pg_advisory_xact_lock_shared(hashtext('backfill_run_days'));
  delete from backfill_run_days d
  where d.day in ((old.started_at at time zone 'UTC')::date, (new.started_at at time zone 'UTC')::date);
  return null;
end
$$;
create or replace trigger backfill_forget_run_day
  after insert or update or delete on public.backfill_runs
  for each row execute function public.backfill_forget_run_day_v1();

-- By how many millions of bytes the database grew since the month began: since the last sample of its
-- size before that, else since its first one. Without a sample nobody can tell, and it is 0.
create or replace function public.backfill_month_growth_v1(p_month date) returns numeric
language sql stable
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
as $$
  select jsonb_build_object('ok', true, 'budget', backfill_budget_standing_v1(p_now))
$$;

-- Whether a cap is set at all.
create or replace function public.backfill_has_budget_v1() returns boolean
language sql stable
as $$
  select exists (
    select from backfill_budget b
    where coalesce(b.minutes, b.dollars, b.points, b.megabytes) is not null)
$$;

-- Whether the repository whose workflow runs is private, if it is one that is tracked; else null.
create or replace function public.backfill_workflow_is_private_v1(p_full_name text) returns boolean
language sql stable
as $$
  select r.is_private
  from repositories r
  join backfill_repositories b on b.repository_id = r.id
  where lower(r.full_name) = lower(p_full_name)
  limit 1
$$;
