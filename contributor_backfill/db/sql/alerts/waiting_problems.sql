-- Problems that show in work that waits: nothing succeeds, nothing is stored, one repository is passed
-- over.
create or replace function public.backfill_waiting_problems_v1(
  p_sources text[],
  p_connections text[],
  p_hours double precision,
  p_interval interval,
  p_now timestamptz
) returns table (repository_id uuid, kind text, severity text, detail jsonb)
language sql stable
as $$
  with waiting as materialized (
    select * from backfill_waiting_work_v2(p_sources, p_connections, p_hours, p_now)
  ), success as (
    select max(r.ended_at) as at from backfill_runs r
    where r.command = 'progressive-backfill' and r.outcome in ('done', 'deferred')
      -- One that was stopped before it had done anything is none.
      and (r.stop_reason = 'interrupted' and r.row_count = 0) is not true
      and r.ended_at <= p_now
  ), recent as (
    select r.* from backfill_runs r
    where r.command = 'progressive-backfill' and r.ended_at between p_now - 6 * p_interval and p_now
  ), yield as (
    select count(*) filter (where r.outcome = 'done') as done, sum(r.row_count) as stored,
      min(r.started_at) filter (where r.outcome = 'done') as since,
      -- By the database's own word nothing was due when such a run ended.
      count(*) filter (where r.outcome = 'done'
        and (r.repository is null and r.stop_reason = 'nothing due') is not true) as unfinished,
      (array_agg(r.url order by r.started_at desc))[1] as url
    from recent r
  )
  select null::uuid, 'silence' as kind, 'error', jsonb_build_object(
    'last_success_at', success.at, 'repositories', work.repositories,
    'since', greatest(success.at, work.due_at),
    'outcome', last.outcome, 'started_at', last.started_at, 'error', last.error, 'url', last.url)
  from success
  cross join (
    select count(distinct w.repository_id) as repositories, min(w.due_at) as due_at
    from (
      select w.repository_id, w.due_at from waiting w
      union all
      -- Whether anything changed is asked every half hour, also where nothing else is due.
      select d.repository_id, d.due_at
      from backfill_due d
      join backfill_freshness n on n.repository_id = d.repository_id
      join backfill_repositories b on b.repository_id = d.repository_id
      where d.source = 'probe' and d.due_at <= p_now
        and b.untracked_at is null and b.access = 'ok' and not backfill_is_paused_v1(b, p_now)
    ) w
  ) work
  left join lateral (
    select r.* from backfill_runs r where r.command = 'progressive-backfill'
    order by r.started_at desc limit 1) last on true
  where greatest(success.at, work.due_at) < p_now - 2 * p_interval and work.repositories > 0
    and not exists (
      select from backfill_runs r
      where r.outcome = 'running' and r.command = 'progressive-backfill'
        and r.heartbeat_at > p_now - interval '{policy.SILENCE}')
  union all
  select null, 'nothing_stored' as kind, 'error', jsonb_build_object(
    'runs', yield.done, 'since', yield.since, 'url', yield.url,
    'repositories', (select count(distinct w.repository_id) from waiting w))
  from yield
  where yield.done >= 3 and yield.stored = 0
    and exists (
      select from waiting w
      -- It was served in vain, or left alone by runs that did not come to the end of what was due.
      where w.served_at >= yield.since
        or (w.due_at <= yield.since and yield.unfinished >= 3
          -- To find nothing new is what most syncs do.
          and (w.what = 'backfill' or not exists (
            select from backfill_feeds f
            where f.feed in ('pull_requests', 'review_comments') and f.synced_at >= yield.since))))
  union all
  select w.repository_id, 'stuck' as kind, 'error', jsonb_build_object(
    'parts', jsonb_agg(w.what order by w.what), 'since', min(w.due_at),
    'served_at', max(w.served_at))
  from waiting w
  cross join success
  where w.due_at < p_now - greatest(interval '{policy.PASSED_OVER}', 48 * p_interval)
    and success.at >= p_now - 2 * p_interval
  group by w.repository_id
$$;
