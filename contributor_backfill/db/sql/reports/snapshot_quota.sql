-- GitHub's quota by who holds the token: the repository whose workflows ran, else the machine. What was
-- left is as the last run heard of it; "hours" are the points of the runs that began in each of the last
-- 24 hours, oldest first.
create or replace function public.backfill_snapshot_quota_v1(p_now timestamptz) returns jsonb
language sql stable
as $$
  with runs as materialized (
    select coalesce(r.workflow_repository, split_part(r.holder, '/', 1)) as holder, r.points,
      least(23, floor(extract(epoch from p_now - r.started_at) / 3600))::int as hours_ago,
      r.quota_limit, r.quota_remaining, r.quota_reset_at, r.heartbeat_at, r.url
    from backfill_runs r
    where r.started_at > p_now - interval '{policy.LAST_DAY}' and r.started_at <= p_now
  ), hours as (
    select h.holder, jsonb_agg(h.points order by h.hours_ago desc) as points
    from (
      select n.holder, ago.hours_ago, coalesce(sum(r.points), 0) as points
      from (select distinct holder from runs) n
      cross join generate_series(0, 23) ago (hours_ago)
      left join runs r on r.holder = n.holder and r.hours_ago = ago.hours_ago
      group by n.holder, ago.hours_ago
    ) h
    group by h.holder
  ), heard as (
    select distinct on (r.holder) r.*
    from runs r where r.quota_remaining is not null
    order by r.holder, r.heartbeat_at desc
  )
  select coalesce(jsonb_agg(jsonb_build_object('holder', h.holder, 'limit', l.quota_limit,
    'remaining', l.quota_remaining, 'reset_at', l.quota_reset_at, 'measured_at', l.heartbeat_at,
    'url', l.url, 'hours', h.points) order by h.holder), '[]')
  from hours h
  left join heard l on l.holder = h.holder
$$;
