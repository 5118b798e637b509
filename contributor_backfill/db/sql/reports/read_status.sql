-- How every tracked repository stands: counts, state, what the last day brought, and its last error; a page
-- of them, by name. So many pull requests are counted anew, those of repositories first that were captured
-- since they were counted; of the others the last count is told.
--
-- p_after  the last name of the page before
--
-- Returns {"repositories", "next": the last name where another page follows, else null}.
create or replace function public.backfill_read_status_v2(
  p_repository_id uuid default null,
  p_full_name text default null,
  p_after text default null,
  p_limit int default 500,
  p_counted_limit int default 50000,
  p_now timestamptz default now()
) returns jsonb
language plpgsql stable
-- One repository is found by index; a page of them is, too.
set enable_seqscan = off
as $$
declare
  all_shown uuid[] := backfill_shown_repositories_v1(
    backfill_find_recorded_v1(p_repository_id, p_full_name));
  shown uuid[] := array(
    select r.id from repositories r
    where r.id = any (all_shown) and (p_after is null or r.full_name > p_after)
    order by r.full_name limit p_limit);
  counted uuid[] := backfill_counted_anew_v1(shown, p_counted_limit);
begin
  if all_shown = '{}' then
    -- Says that it is not tracked any more.
    perform backfill_resolve_repository_v1(p_repository_id, p_full_name);
  end if;
  return jsonb_build_object('ok', true, 'next', case when cardinality(shown) = p_limit then (
      select r.full_name from repositories r where r.id = shown[p_limit]) end, 'repositories', (
    with deleted as (
      select k.repository_id, count(*) as many
      from backfill_deletions d
      join backfill_pull_requests k on k.pull_request_id = d.pull_request_id
      where k.repository_id = any (shown)
      group by 1
    ), rejects as (
      select j.repository_id, count(*) as many from backfill_rejects j
      where j.repository_id = any (shown) group by 1
    ), continuations as (
      select c.repository_id, count(*) as many from backfill_continuations c
      where c.repository_id = any (shown) group by 1
    ), missing as (
      select n.repository_id, count(*) as many from backfill_numbers n
      where n.repository_id = any (shown) and n.meaning in ('missing', 'wanted') group by 1
    ), spent as (
      select c.backfill_state_id, sum(c.points) as points,
        sum(c.api_calls_made) as requests, sum(c.fetch_milliseconds) as milliseconds
      from backfill_chunks c
      where c.backfill_state_id in (
        select s.id from progressive_backfill_state s where s.repository_id = any (shown))
      group by 1
    ), feeds as (
      select f.repository_id, sum(f.points) as points, sum(f.requests) as requests,
        sum(f.milliseconds) as milliseconds,
        jsonb_object_agg(f.feed, jsonb_build_object(
          'watermark', f.watermark, 'synced_at', f.synced_at,
          'is_under_way', f.position is not null, 'next_attempt_at', f.next_attempt_at,
          'next_attempt_reason', f.next_attempt_reason,
          'last_error', case when f.consecutive_errors > 0 then f.last_error end,
          'last_error_at', f.last_error_at,
          'lease_holder', case when f.lease_expires_at > p_now then f.lease_holder end)) as lines
      from backfill_feeds f where f.repository_id = any (shown)
      group by 1
    )
    select coalesce(jsonb_agg(to_jsonb(line) order by line.full_name), '[]')
    from (
      select
        r.id as repository_id, r.full_name, coalesce(b.priority, 'medium') as priority,
        case when b.deleting_at is not null then 'being deleted'
          when backfill_is_paused_v1(b, p_now) then 'paused' else s.status end as status,
        case when backfill_is_paused_v1(b, p_now) then b.pause_ends_at else s.resume_at end
          as resume_at,
        s.last_served_at, s.last_processed_at, s.next_attempt_at, s.next_attempt_reason,
        s.error_count, s.consecutive_errors, s.last_error, s.last_error_at,
        s.walk_started_at,
        case when s.lease_expires_at > p_now then s.lease_holder end as lease_holder,
        pace.pace,
        coalesce(rejects.many, 0) as rejects,
        coalesce(continuations.many, 0) as continuations,
        coalesce(missing.many, 0) as missing,
        coalesce(deleted.many, 0) as deletions,
        coalesce(whole.completeness, b.completeness) as completeness,
        feeds.lines as feeds,
        greatest(fresh.current_at, (feeds.lines #>> '{pull_requests,synced_at}')::timestamptz)
          as current_at,
        b.estimate, b.missing_permissions,
        to_jsonb(refresh) - 'repository_id' as refresh,
        coalesce(spent.points, 0) + coalesce(feeds.points, 0) as points,
        coalesce(spent.requests, 0) + coalesce(feeds.requests, 0) as requests,
        coalesce(spent.milliseconds, 0) + coalesce(feeds.milliseconds, 0) as milliseconds
      from repositories r
      left join backfill_repositories b on b.repository_id = r.id
      left join progressive_backfill_state s on s.repository_id = r.id
      left join backfill_completeness_v1(counted) whole on whole.repository_id = r.id
      left join deleted on deleted.repository_id = r.id
      left join backfill_pace_v1(shown, p_now) pace on pace.repository_id = r.id
      left join rejects on rejects.repository_id = r.id
      left join continuations on continuations.repository_id = r.id
      left join missing on missing.repository_id = r.id
      left join spent on spent.backfill_state_id = s.id
      left join feeds on feeds.repository_id = r.id
      left join backfill_freshness fresh on fresh.repository_id = r.id
      left join backfill_refresh_standing_v2(shown, p_now) refresh on refresh.repository_id = r.id
      where r.id = any (shown)
    ) line));
end
$$;

-- Which of these repositories are counted anew: those that were never counted or were captured since, then
-- the others, until they have `p_limit` pull requests together; at least one.
create or replace function public.backfill_counted_anew_v1(p_repository_ids uuid[], p_limit int)
returns uuid[]
language sql stable
as $$
  select coalesce(array_agg(c.id), '{}') from (
    select i.id, b.completeness is null as is_new,
      sum(coalesce(b.pull_requests_total, s.total_prs, 0)) over place
        - coalesce(b.pull_requests_total, s.total_prs, 0) as before
    from unnest(p_repository_ids) i (id)
    left join backfill_repositories b on b.repository_id = i.id
    left join progressive_backfill_state s on s.repository_id = i.id
    window place as (order by b.completeness is null desc, b.count_is_due desc nulls first,
      b.counted_at nulls first, i.id)) c
  where c.is_new or c.before <= p_limit
$$;
