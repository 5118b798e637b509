-- One look at everything, for `monitor`. Each panel is a function of its own, in snapshot_*.sql.
create or replace function public.backfill_read_snapshot_v1(p_now timestamptz default now())
returns jsonb
language sql stable
as $$
  with month as (
    select m.begins at time zone 'UTC' as begins_at,
      (m.begins + interval '1 month') at time zone 'UTC' as ends_at
    from (select date_trunc('month', p_now at time zone 'UTC') as begins) m
  )
  select jsonb_build_object(
    'ok', true,
    'routing', backfill_routing_standing_v1(p_now),
    'repositories', backfill_snapshot_repositories_v1(p_now),
    'behind', backfill_behind_v1(p_now),
    'captures', backfill_snapshot_captures_v1(p_now),
    'quota', backfill_snapshot_quota_v1(p_now),
    'runs', backfill_snapshot_runs_v1(p_now),
    'usage', backfill_usage_v1(month.begins_at, month.ends_at),
    'budget', backfill_budget_standing_v1(p_now),
    'data', backfill_snapshot_data_v1(p_now),
    'activity', backfill_snapshot_activity_v1(p_now),
    'alerts', backfill_snapshot_alerts_v1(p_now),
    'details', backfill_snapshot_details_v1(200, p_now))
  from month
$$;
