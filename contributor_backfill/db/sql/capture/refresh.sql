-- Within how many days a repository's pull requests of the last year are read again; 0: never. Older ones
-- have three times as long.
create or replace function public.backfill_refresh_days_v1(p_refresh_days int) returns int
language plpgsql stable
as $$
begin
  return coalesce(p_refresh_days, (select r.days from backfill_refresh r), {policy.REFRESH_DAYS});
end
$$;

-- Set how often one repository is read again, or, without one, all that have no number of their own.
create or replace function public.backfill_set_refresh_v1(
  p_days int,
  p_repository_id uuid default null,
  p_full_name text default null
) returns jsonb
language plpgsql
as $$
declare
  wanted uuid := backfill_resolve_repository_v1(p_repository_id, p_full_name);
begin
  if wanted is null then
    insert into backfill_refresh as r (days) values (p_days)
    on conflict (only_row) do update set days = excluded.days where r.days <> excluded.days;
  else
    update backfill_repositories b set refresh_days = p_days
    where b.repository_id = wanted and b.refresh_days is distinct from p_days;
  end if;
  return jsonb_build_object('ok', true);
end
$$;

-- Where a round begins. Review comments are all read. Pull requests are read back to a year ago, and all of
-- them when the last such round, or the backfill, began three times as many days ago.
create or replace function public.backfill_begin_refresh_v1(
  p_feed backfill_feeds,
  p_now timestamptz
) returns jsonb
language sql stable
as $$
  select case p_feed.feed
    when 'refresh_comments' then jsonb_build_object('started_at', p_now, 'since', null, 'page', 1)
    else jsonb_build_object('started_at', p_now, 'cursor', null, 'target', (
      select case
        when greatest(p_feed.watermark, s.walk_started_at)
          > p_now - make_interval(days => {policy.ROUNDS_TO_REFRESH_ALL} * backfill_refresh_days_v1(b.refresh_days))
        then p_now - interval '{policy.REFRESHED_OFTEN}' end
      from backfill_repositories b
      left join progressive_backfill_state s on s.repository_id = b.repository_id
      where b.repository_id = p_feed.repository_id)) end
$$;

-- How old what is stored of these repositories may be: when the last rounds of the refresh, or the backfill,
-- began; of one that was only ever synced, when that was done. Without a row, it was not captured once.
-- "holds" tells whether both are within their days, a tenth, and a day in which to begin.
create or replace function public.backfill_refresh_standing_v2(
  p_repository_ids uuid[],
  p_now timestamptz
) returns table (
  repository_id uuid, days int, recent_seen_at timestamptz, oldest_seen_at timestamptz,
  is_under_way boolean, holds boolean)
language sql stable
-- Each repository by index: one alone reads nothing of the others.
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
  select o.*, o.days = 0 or (
    o.recent_seen_at >= p_now - interval '1 day' * (1.1 * o.days + 1)
    and o.oldest_seen_at >= p_now - interval '1 day' * (1.1 * {policy.ROUNDS_TO_REFRESH_ALL} * o.days + 1))
  from (
    select b.repository_id, coalesce(b.refresh_days, of_all.days) as days,
      greatest(f.synced_at, n.since) as recent_seen_at,
      least(greatest(f.watermark, n.since), greatest(c.synced_at, n.since)) as oldest_seen_at,
      f.position is not null or c.position is not null as is_under_way
    from backfill_repositories b
    cross join (select backfill_refresh_days_v1(null) as days offset 0) of_all
    left join progressive_backfill_state s on s.repository_id = b.repository_id
    left join backfill_feeds p on p.repository_id = b.repository_id and p.feed = 'pull_requests'
    left join backfill_feeds f on f.repository_id = b.repository_id and f.feed = 'refresh'
    left join backfill_feeds c on c.repository_id = b.repository_id and c.feed = 'refresh_comments'
    cross join lateral (
      select case when s.status = 'completed' then s.walk_started_at
        when s.status is null then p.synced_at end as since) n
    where b.repository_id = any (p_repository_ids) and n.since is not null
  ) o
$$;
