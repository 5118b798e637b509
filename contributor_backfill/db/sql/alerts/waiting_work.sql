-- What is due now and since when nobody has served it: `what` is 'backfill' or the name of another source.
-- Before the first run on record nobody could have.
create or replace function public.backfill_waiting_work_v2(
  p_sources text[],
  p_connections text[],
  p_hours double precision,
  p_now timestamptz
) returns table (repository_id uuid, what text, due_at timestamptz, served_at timestamptz)
language sql stable
as $$
  with began as (
    select coalesce(min(r.started_at), p_now) as at from backfill_runs r
  ), resumed as (
    select i.repository_id, max(i.made_at) as at from backfill_interventions i
    where i.action = 'resume' group by 1
  )
  select s.repository_id, 'backfill',
    greatest(d.due_at, coalesce(s.walk_started_at, s.created_at), resumed.at, began.at),
    s.last_served_at
  from backfill_due_sources_v2(
    '{backfill}', '{}', null, {policy.RHYTHM_HOURS}, false, false, p_now) d
  join progressive_backfill_state s on s.repository_id = d.repository_id
  cross join began
  left join resumed on resumed.repository_id = s.repository_id
  union all
  select d.repository_id, d.source,
    greatest(d.due_at, b.tracked_at, s.last_served_at, f.synced_at, resumed.at, began.at,
      -- What GitHub showed to have moved was known to be current before.
      case when d.source in ('pull_requests', 'review_comments') and n.current_at < n.moved_at
        then n.current_at end,
      -- Its lists and comments may be due only since another source brought their pull requests.
      case when d.source <> 'pull_requests' then (
        select max(o.last_served_at) from backfill_feeds o
        where o.repository_id = d.repository_id) end),
    f.last_served_at
  from backfill_due_sources_v2(p_sources, p_connections, null, p_hours, false, false, p_now) d
  join backfill_repositories b on b.repository_id = d.repository_id
  cross join began
  left join backfill_feeds f on f.repository_id = d.repository_id and f.feed = d.source
  left join progressive_backfill_state s on s.repository_id = d.repository_id
  left join backfill_freshness n on n.repository_id = d.repository_id
  left join resumed on resumed.repository_id = d.repository_id
$$;
