-- What captures brought in the last thirty days, day by day, and the last two hundred pages of backfills,
-- oldest first: [completed_at, full_name, pull requests, milliseconds of GitHub's response, points].
create or replace function public.backfill_snapshot_captures_v1(p_now timestamptz)
returns jsonb
language sql stable
as $$
  with days as (
    select d.day,
      coalesce(sum(d.pull_requests) filter (where d.source = 'backfill'), 0) as backfilled,
      coalesce(sum(d.pull_requests) filter (where d.source <> 'backfill'), 0) as synced,
      sum(d.row_count) as rows, sum(d.points) as points, sum(d.requests) as requests,
      coalesce(sum(d.chunks) filter (where d.source = 'backfill'), 0) as chunks,
      round(sum(d.milliseconds) filter (where d.source = 'backfill')
        / nullif(sum(d.chunks) filter (where d.source = 'backfill'), 0), 1) as chunk_milliseconds
    from backfill_days d
    where d.day > (p_now at time zone 'UTC')::date - {policy.SHOWN_DAYS}
    group by d.day
  ), pages as (
    select c.completed_at, c.repository_id, coalesce(c.pr_count, 0) as pull_requests,
      coalesce(c.fetch_milliseconds, 0) as milliseconds, coalesce(c.points, 0) as points
    from backfill_chunks c
    where c.status = 'completed' and c.completed_at is not null
    order by c.completed_at desc limit 200
  )
  select jsonb_build_object(
    'days', (select coalesce(jsonb_agg(to_jsonb(d) order by d.day), '[]') from days d),
    'chunks', (
      select coalesce(jsonb_agg(jsonb_build_array(date_trunc('second', p.completed_at), r.full_name,
        p.pull_requests, p.milliseconds, p.points) order by p.completed_at), '[]')
      from pages p join repositories r on r.id = p.repository_id),
    'milliseconds_p50', percentile_cont(0.5) within group (order by p.milliseconds),
    'milliseconds_p95', percentile_cont(0.95) within group (order by p.milliseconds),
    'size_p50', percentile_cont(0.5) within group (order by p.pull_requests),
    'size_p95', percentile_cont(0.95) within group (order by p.pull_requests))
  from pages p
$$;
