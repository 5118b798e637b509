-- What is known of single repositories beyond their line, of so many at most: those with a backfill under
-- way or an alert, then those that captures brought most of late. Days are of the last thirty.
create or replace function public.backfill_snapshot_details_v1(p_limit int, p_now timestamptz)
returns jsonb
language sql stable
as $$
  with recent as materialized (
    select d.repository_id, sum(d.pull_requests) as many
    from backfill_days d
    where d.day > (p_now at time zone 'UTC')::date - {policy.SHOWN_DAYS}
    group by d.repository_id
  ), alerted as materialized (
    select distinct a.repository_id from backfill_alerts a
    where a.state = 'open' and a.repository_id is not null
  ), chosen as materialized (
    select t.id, r.full_name, b.activity
    from unnest(backfill_shown_repositories_v1(null)) t (id)
    join repositories r on r.id = t.id
    left join backfill_repositories b on b.repository_id = t.id
    left join progressive_backfill_state s on s.repository_id = t.id
    left join recent c on c.repository_id = t.id
    left join alerted a on a.repository_id = t.id
    order by a.repository_id is not null desc, coalesce(s.status <> 'completed', false) desc,
      c.many desc nulls last, r.full_name
    limit p_limit
  ), days as materialized (
    select d.repository_id, jsonb_agg(jsonb_build_array(d.day, d.many) order by d.day) as days
    from (
      select d.repository_id, d.day, sum(d.pull_requests) as many
      from chosen c
      join backfill_days d on d.repository_id = c.id
      where d.day > (p_now at time zone 'UTC')::date - {policy.SHOWN_DAYS}
      group by d.repository_id, d.day
    ) d
    group by d.repository_id
  ), runs as materialized (
    select r.repository, jsonb_build_object('command', r.command, 'repository', r.repository,
        'started_at', r.started_at, 'ended_at', r.ended_at, 'outcome', r.outcome,
        'stop_reason', r.stop_reason, 'url', r.url) as line,
      row_number() over (partition by r.repository order by r.started_at desc, r.id) as place
    from backfill_runs r
    where r.started_at > p_now - interval '{policy.SHOWN_OF_A_REPOSITORY}' and r.started_at <= p_now
      and r.repository in (select c.full_name from chosen c)
  )
  select coalesce(jsonb_agg(jsonb_build_object(
    'full_name', c.full_name,
    'activity', c.activity,
    'days', coalesce(d.days, '[]'),
    'runs', (select coalesce(jsonb_agg(r.line order by r.place), '[]')
      from runs r where r.repository = c.full_name and r.place <= 5)) order by c.full_name), '[]')
  from chosen c
  left join days d on d.repository_id = c.id
$$;

-- The open alerts, those of all repositories first.
create or replace function public.backfill_snapshot_alerts_v1(p_now timestamptz) returns jsonb
language sql stable
as $$
  select coalesce(jsonb_agg(jsonb_build_object('full_name', a.full_name, 'kind', a.kind,
    'severity', a.severity, 'title', a.title, 'opened_at', a.opened_at)
    order by a.full_name is not null, a.severity, a.opened_at), '[]')
  from (
    select r.full_name, a.kind, a.severity, a.title, a.opened_at
    from backfill_alerts a
    left join repositories r on r.id = a.repository_id
    where a.state = 'open' and a.opened_at <= p_now
    order by a.repository_id is not null, a.severity, a.opened_at limit 200
  ) a
$$;
