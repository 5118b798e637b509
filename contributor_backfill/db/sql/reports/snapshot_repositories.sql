-- Every tracked repository in a line: {"columns": [names], "rows": [[values]]}, because two thousand
-- objects would say each name two thousand times. What is expensive to count is as it was last counted.
--
-- "kinds" is stored, total and short of pull requests, reviews, comments and review comments, one after
-- another (completeness.sql).
-- "synced_at" is up to when a repository is known to have what GitHub had: a sync is not needed for that.
-- "pace" is that of pace.sql, null where no backfill is under way.
create or replace function public.backfill_snapshot_repositories_v1(p_now timestamptz)
returns jsonb
language sql stable
as $$
  with shown as (
    select backfill_shown_repositories_v1(null) as ids
  ), rejected as (
    select j.repository_id, count(*) as many from backfill_rejects j group by 1
  ), lines as (
    select r.full_name, coalesce(b.priority, 'medium') as priority, b.completeness as counted,
      b.counted_at, s.processed_prs, pace.pace, coalesce(rejected.many, 0) as rejects,
      backfill_is_paused_v1(b, p_now) as is_paused, b.pause_ends_at, b.deleting_at, s.status,
      s.resume_at,
      s.next_attempt_at, s.next_attempt_reason, greatest(f.synced_at, n.current_at) as synced_at,
      i.synced_at as comments_synced_at,
      coalesce(b.pull_requests_total, s.total_prs, 0) as total,
      case when s.consecutive_errors > 0 then left(s.last_error, 200) end as last_error,
      coalesce(s.lease_expires_at > p_now, false) as is_being_captured
    from shown
    cross join unnest(shown.ids) t (id)
    join repositories r on r.id = t.id
    left join backfill_repositories b on b.repository_id = r.id
    left join progressive_backfill_state s on s.repository_id = r.id
    left join backfill_feeds f on f.repository_id = r.id and f.feed = 'pull_requests'
    left join backfill_freshness n on n.repository_id = r.id
    left join backfill_feeds i on i.repository_id = r.id and i.feed = 'review_comments'
    left join backfill_pace_v1((select ids from shown), p_now) pace on pace.repository_id = r.id
    left join rejected on rejected.repository_id = r.id
  )
  select jsonb_build_object(
    'columns', jsonb_build_array('full_name', 'priority', 'state', 'stored', 'total', 'kinds',
      'counted_at', 'pace', 'next_attempt_at',
      'next_attempt_reason', 'last_error', 'is_being_captured', 'synced_at', 'comments_synced_at', 'rejects'),
    'rows', coalesce(jsonb_agg(jsonb_build_array(
      l.full_name, l.priority,
      case
        when l.deleting_at is not null then 'being deleted'
        when l.is_paused then 'paused'
        when l.status <> 'completed' then l.status
        when (l.counted ->> 'is_complete')::boolean then 'complete'
        when l.status is null then 'tracked'
        else 'incomplete'
      end,
      case when l.status <> 'completed' or l.counted is null then coalesce(l.processed_prs, 0)
        else (l.counted #>> '{pull_requests,stored}')::int end,
      l.total,
      case when l.counted is not null then jsonb_build_array(
        l.counted #> '{pull_requests,stored}', l.counted #> '{pull_requests,total}',
        coalesce((l.counted #>> '{pull_requests,short}')::int, 0),
        l.counted #> '{reviews,stored}', l.counted #> '{reviews,total}',
        coalesce((l.counted #>> '{reviews,short}')::int, 0),
        l.counted #> '{comments,stored}', l.counted #> '{comments,total}',
        coalesce((l.counted #>> '{comments,short}')::int, 0),
        l.counted #> '{review_comments,stored}', l.counted #> '{review_comments,total}',
        coalesce((l.counted #>> '{review_comments,short}')::int, 0)) end,
      date_trunc('second', l.counted_at),
      l.pace,
      case when l.is_paused then l.pause_ends_at when l.status = 'paused' then l.resume_at
        else l.next_attempt_at end,
      l.next_attempt_reason, l.last_error, l.is_being_captured,
      date_trunc('second', l.synced_at), date_trunc('second', l.comments_synced_at), l.rejects)), '[]'))
  from lines l
$$;
