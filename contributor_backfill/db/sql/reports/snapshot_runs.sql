-- Runs: those under way and the last sixty, how each command's runs of thirty days ended, why some failed,
-- and of how many the end is known, by their own or GitHub's word ("known"), or nothing but that they fell
-- silent ("unknown"). Quantiles are of each command's last thousand runs that ended.
create or replace function public.backfill_snapshot_runs_v1(p_now timestamptz) returns jsonb
language sql stable
as $$
  with under_way as (
    select r.id from backfill_runs r where r.outcome = 'running' order by r.heartbeat_at desc limit 60
  ), last as (
    select r.id from backfill_runs r where r.started_at <= p_now order by r.started_at desc limit 60
  ), counted as materialized (
    select r.command, count(*) as runs,
      count(*) filter (where r.outcome = 'running') as running,
      count(*) filter (where r.outcome = 'done') as done,
      count(*) filter (where r.outcome = 'deferred') as deferred,
      count(*) filter (where r.outcome = 'failed') as failed,
      count(*) filter (where r.outcome = 'lost') as lost,
      count(*) filter (where r.settled_by in ('run', 'github')) as known,
      count(*) filter (where r.settled_by = 'silence') as unknown
    from backfill_runs r
    where r.started_at > p_now - make_interval(days => {policy.SHOWN_DAYS}) and r.started_at <= p_now
    group by r.command
  ), commands as (
    select c.command, c.runs, c.running, c.done, c.deferred, c.failed, c.lost,
      round((c.done + c.deferred)::numeric / nullif(c.runs - c.running, 0), 4) as share_ended_well,
      q.seconds[1] as seconds_p50, q.seconds[2] as seconds_p95,
      q.chunks[1] as chunks_p50, q.chunks[2] as chunks_p95
    from counted c
    cross join lateral (
      select percentile_cont(array[0.5, 0.95]) within group (order by r.seconds) as seconds,
        percentile_cont(array[0.5, 0.95]) within group (order by r.chunks) as chunks
      from (
        select r.seconds, r.chunks from backfill_runs r
        where r.command = c.command and r.outcome <> 'running'
          and r.started_at > p_now - make_interval(days => {policy.SHOWN_DAYS}) and r.started_at <= p_now
        order by r.started_at desc limit 1000
      ) r
    ) q
  ), today as (
    select count(*) as started, count(*) filter (where r.outcome = 'running') as running,
      count(*) filter (where r.settled_by in ('run', 'github')) as known,
      count(*) filter (where r.settled_by = 'silence') as unknown
    from backfill_runs r
    where r.started_at > p_now - interval '{policy.LAST_DAY}' and r.started_at <= p_now
  ), observed as (
    select 24 as hours, t.* from today t
    union all
    select 720, coalesce(sum(c.runs), 0), coalesce(sum(c.running), 0), coalesce(sum(c.known), 0),
      coalesce(sum(c.unknown), 0)
    from counted c
  )
  select jsonb_build_object(
    'recent', (
      select coalesce(jsonb_agg(jsonb_build_object('command', r.command, 'repository', r.repository,
        'started_at', r.started_at, 'ended_at', r.ended_at, 'outcome', r.outcome,
        'stop_reason', r.stop_reason, 'url', r.url) order by r.started_at desc, r.id), '[]')
      from backfill_runs r
      where r.id in (select u.id from under_way u union select l.id from last l)),
    'commands', (
      select coalesce(jsonb_agg(to_jsonb(c) order by c.runs desc, c.command), '[]')
      from commands c),
    'errors', backfill_snapshot_errors_v1(p_now),
    'observability', (select jsonb_agg(to_jsonb(o) order by o.hours) from observed o))
$$;

-- Why runs and pages of backfills failed in the last thirty days: the twenty most frequent reasons,
-- among the newest two thousand failures of each.
create or replace function public.backfill_snapshot_errors_v1(p_now timestamptz) returns jsonb
language sql stable
as $$
  with failures as materialized (
    (select 'run' as kind, coalesce(r.ended_at, r.heartbeat_at) as at, r.repository, r.url,
      left(coalesce(r.error, case when r.outcome = 'lost' then 'The run was lost.' end,
        r.stop_reason, 'No reason is on record.'), 500) as error
    from backfill_runs r
    where r.outcome in ('failed', 'lost')
      and r.started_at > p_now - make_interval(days => {policy.SHOWN_DAYS}) and r.started_at <= p_now
    order by r.started_at desc limit 2000)
    union all
    (select 'page', c.completed_at, f.full_name, null,
      left(coalesce(c.error, 'No reason is on record.'), 500)
    from backfill_chunks c
    left join repositories f on f.id = c.repository_id
    where c.status = 'failed'
      and c.completed_at > p_now - make_interval(days => {policy.SHOWN_DAYS}) and c.completed_at <= p_now
    order by c.completed_at desc limit 2000)
  ), same as (
    select f.kind, backfill_error_words_v1(f.error) as words, count(*) as count,
      min(f.at) as first_seen_at, max(f.at) as last_seen_at,
      (array_agg(f.error order by f.at desc))[1] as example,
      (array_agg(f.url order by f.at desc) filter (where f.url is not null))[1] as url,
      (array_agg(distinct f.repository order by f.repository)
        filter (where f.repository is not null))[1:10] as repositories,
      count(distinct f.repository) as repository_count
    from failures f
    group by 1, 2
    order by count(*) desc, max(f.at) desc limit 20
  )
  select coalesce(jsonb_agg(to_jsonb(s) || jsonb_build_object(
    'repositories', coalesce(s.repositories, '{}')) order by s.count desc, s.last_seen_at desc), '[]')
  from same s
$$;

-- An error's words without what differs each time: addresses, ids, repositories, numbers.
create or replace function public.backfill_error_words_v1(p_error text) returns text
language sql immutable
as $$
  select left(regexp_replace(p_error,
    'https?://[^\s''"]+|[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}|\m[0-9a-f]{12,}\M'
    '|\m[A-Za-z0-9-]+/[A-Za-z0-9_.-]*[A-Za-z0-9_]|\d+', '*', 'g'), 200)
$$;
