-- From when sources of these repositories are due (null: not before something changes), and in which order they are
-- served. This is the rule: triggers write down what it says (note_due.sql), and a claim asks it again.
--
-- The order: repositories tracked within the last day first, where it is their backfill; by the order of
-- `p_sources`; by priority; those that nobody served yet; then by what a turn is worth. A sync is expected to find
-- what changes in the hours since the last one, at the rate that was measured. What has been due ever since counts
-- from its last turn, so that who waits longest comes first.
--
-- p_sources     'backfill', another source, 'backfilled': a sync although the backfill is active, or 'probe': the
--               question for a repository's newest change
-- p_hours       a repository that was synced less than this many hours ago is left alone, unless GitHub
--               showed since that it moved (freshness.sql), and so is one that GitHub showed unmoved since
-- p_forced      a repository named by hand is served whatever was recorded about its next attempt, unless a
--               person paused it
-- p_while_backfilled  whether a repository whose backfill is active is synced all the same
--
-- Each repository is looked up by index, so that asking of one costs the same however many there are. It runs as its
-- owner, as the triggers do: with row level security a plan is made for one role, and planning takes ten times as
-- long as the look-up.
create or replace function public.backfill_due_of_v2(
  p_repository_ids uuid[],
  p_sources text[],
  p_connections text[] default '{reviews,comments,review_comments}',
  p_exclude text[] default '{}',
  p_dead_holders text[] default '{}',
  p_hours double precision default {policy.RHYTHM_HOURS},
  p_forced boolean default false,
  p_while_backfilled boolean default false,
  p_now timestamptz default now()
) returns table (repository_id uuid, source text, due_at timestamptz, place bigint)
language plpgsql stable security definer
set enable_seqscan = off
set enable_bitmapscan = off
set enable_hashjoin = off
set enable_mergejoin = off
-- The plan is the same for one repository and for all: planning takes longer than looking one up.
set plan_cache_mode = force_generic_plan
as $$
declare
  rhythm constant interval := make_interval(secs => p_hours * 3600);
begin
  return query
  select i.id, w.source, d.due_at, row_number() over (order by
      w.source = 'backfill' and coalesce(b.tracked_at > p_now - interval '{policy.NEW}', false) desc,
      w.place,
      array_position(array['critical', 'high', 'medium', 'low'], coalesce(b.priority, 'medium')),
      score.value desc nulls first,
      case when w.source = 'backfill' then s.created_at else b.tracked_at end,
      i.id)
  from unnest(p_repository_ids) as i (id)
  cross join unnest(p_sources) with ordinality as w (source, place)
  left join backfill_repositories b on b.repository_id = i.id
  left join progressive_backfill_state s on s.repository_id = i.id
  left join backfill_feeds f on f.repository_id = i.id
    and f.feed = case w.source when 'backfilled' then 'pull_requests' else w.source end
  left join backfill_feeds synced on synced.repository_id = i.id and synced.feed = 'pull_requests'
  left join backfill_page_sizes size on size.repository_id = i.id
    and size.query = case w.source when 'backfill' then 'pull_requests_page' else w.source end
  left join backfill_freshness n on n.repository_id = i.id
  cross join lateral (
    select
      -- A backfill without a beginning was left by the earlier implementation, and tells nothing of other sources.
      case when w.source = 'backfill' or s.walk_started_at is not null then s.status end as status,
      case when w.source = 'backfill' then s.last_served_at else f.last_served_at end as last_served_at,
      case when w.source = 'backfill' then s.next_attempt_at else f.next_attempt_at end
        as next_attempt_at,
      case when w.source = 'backfill' then s.lease_expires_at else f.lease_expires_at end
        as lease_expires_at,
      case when w.source = 'backfill' then s.lease_holder else f.lease_holder end as lease_holder,
      -- When all that other sources go by was stored first.
      case when s.walk_started_at is null then synced.synced_at
        when s.status = 'completed' then s.walk_started_at end as stored_since,
      -- Whether GitHub said that there is something to bring, although the last pass began lately.
      coalesce(n.moved_at > f.synced_at, n.moved_at is not null) as has_moved,
      -- When GitHub last had nothing that a sync would bring. The newest change may hide another one of its
      -- moment: what that is, the sync finds that comes after twelve hours.
      case when n.unsettled_at is distinct from n.current_at then n.current_at end as current_at
  ) t
  cross join lateral (
    -- Before that nobody may serve it, whatever there is.
    select coalesce(greatest(t.last_served_at,
      case when not p_forced then t.next_attempt_at end,
      case when (t.lease_holder = any (p_dead_holders)) is not true then t.lease_expires_at end,
      case when b.paused_at is not null then b.pause_ends_at end), 'epoch') as at
  ) free
  cross join lateral (
    select case
      when b.untracked_at is not null or (b.paused_at is not null and b.pause_ends_at is null)
        then null
      when w.source = 'backfill' then case
        -- The earlier implementation paused for good on low quota.
        when t.status = 'active' or (t.status = 'paused' and s.walk_started_at is null) then free.at
        when t.status = 'paused' and s.resume_at is not null
          then greatest(free.at, case when not p_forced then s.resume_at end) end
      -- A row without `resume_at` was paused by a person, who may have written it there alone.
      when b.repository_id is null or (t.status = 'paused' and s.resume_at is null)
        or (t.status = 'failed' and not p_forced) then null
      when w.source = 'lists' then case
        -- While somebody is at work on them nobody else has to know what is left.
        when t.lease_expires_at > p_now and t.lease_expires_at <= free.at then free.at
        else (
          select greatest(free.at, l.at)
          -- With the offset it is asked once.
          from (select backfill_lists_due_at_v1(i.id, p_connections) as at offset 0) l
          where l.at is not null) end
      when w.source = 'probe' then greatest(free.at, n.asked_at + case
        when b.access = 'ok' then interval '{policy.PROBE_RHYTHM}'
        else interval '{policy.PROBE_RHYTHM_WITHOUT_ACCESS}' end)
      when p_forced then free.at
      when w.source in ('pull_requests', 'backfilled') then case
        when w.source = 'backfilled' and t.status is distinct from 'active' then null
        when f.position is not null or t.has_moved then free.at
        when t.status = 'active' and (w.source = 'backfilled' or p_while_backfilled)
          then greatest(free.at, t.current_at + rhythm)
        else greatest(free.at,
          greatest(f.synced_at, s.walk_started_at, t.current_at) + rhythm) end
      -- Before its pull requests are stored, each comment would have to bring its own.
      when t.stored_since is null then null
      when w.source = 'review_comments' then case
        when f.position is not null or t.has_moved then free.at
        else greatest(free.at, f.synced_at + rhythm) end
      when w.source in ('refresh', 'refresh_comments') then case
        when backfill_refresh_days_v1(b.refresh_days) = 0 then null
        when f.position is not null then free.at
        else greatest(free.at, greatest(f.synced_at, t.stored_since)
          + make_interval(days => backfill_refresh_days_v1(b.refresh_days))) end
      -- Reconciliation is begun by hand alone.
      end as due_at
  ) d
  cross join lateral (
    -- What a turn is worth: the new items that it is expected to bring for each point (taken to be plenty where
    -- that is not known), times the hours since the last one. The yield stays between bounds and the hours grow,
    -- so nobody starves: between two turns of the best there is none that waits more than 200 times as long.
    select case when t.last_served_at is not null then
      greatest(0.5, least(100, coalesce(size.items_per_point, 25), case
        when w.source = 'backfill' then greatest(1, s.total_prs - coalesce(s.processed_prs, 0))
        when w.source in ('pull_requests', 'review_comments') then synced.items_per_hour
          * extract(epoch from p_now - coalesce(f.synced_at, f.last_served_at)) / 3600 end))
      * greatest(0, extract(epoch from p_now - t.last_served_at)) / 3600 end as value
  ) score
  where i.id || ':' || w.source <> all (coalesce(p_exclude, '{}'));
end
$$;

-- What is due now of one repository, or of all that stand as due, in order.
create or replace function public.backfill_due_sources_v2(
  p_sources text[],
  p_connections text[],
  p_repository_id uuid,
  p_hours double precision,
  p_forced boolean,
  p_while_backfilled boolean,
  p_now timestamptz
) returns table (repository_id uuid, source text, due_at timestamptz, place bigint)
language sql stable
as $$
  select d.repository_id, d.source, d.due_at,
    row_number() over (order by array_position(p_sources, d.source), d.place)
  from unnest(p_sources) w (source)
  cross join lateral backfill_due_of_v2(
    case
      when p_repository_id is not null then array[p_repository_id]
      when p_forced or p_hours < {policy.RHYTHM_HOURS} then array(
        select b.repository_id from backfill_repositories b where b.untracked_at is null)
      else array(
        select distinct e.repository_id from backfill_due e
        where e.due_at <= p_now and (e.source = w.source
          or (p_while_backfilled and e.source = 'backfilled' and w.source = 'pull_requests'))) end,
    array[w.source], p_connections, '{}', '{}', p_hours, p_forced, p_while_backfilled, p_now) d
  where d.due_at <= p_now
$$;

-- From when a repository has a list to be read on, or a pull request that is wanted; null: it has none. In
-- plpgsql, so that it is planned once a session.
create or replace function public.backfill_lists_due_at_v1(
  p_repository_id uuid,
  p_connections text[]
) returns timestamptz
language plpgsql stable
set enable_seqscan = off
-- The first row is enough, and a bitmap would find all of them.
set enable_bitmapscan = off
as $$
begin
  if exists (
      select from backfill_continuations c
      where c.repository_id = p_repository_id and c.connection = any (p_connections)
        and c.next_attempt_at is null)
    or exists (
      select from backfill_numbers n
      where n.repository_id = p_repository_id and n.meaning = 'wanted'
        and n.next_attempt_at is null)
    or exists (
      select from backfill_doubts d
      where d.repository_id = p_repository_id and d.state = 'open'
        and d.kind = any (p_connections) and d.next_attempt_at is null)
    -- In the select list the function ends with its first row; in `from` it would find all of them.
    or exists (
      select from (select backfill_unequal_lists_v2(p_repository_id, p_connections) limit 1) u)
    or exists (
      select from backfill_pull_requests b
      where b.repository_id = p_repository_id and b.missing_fields <> '{}'
        and not exists (
          select from backfill_numbers n
          where n.repository_id = p_repository_id and n.number = b.number))
  then
    return 'epoch';
  end if;
  return least(
    (select min(c.next_attempt_at) from backfill_continuations c
      where c.repository_id = p_repository_id and c.connection = any (p_connections)),
    (select min(n.next_attempt_at) from backfill_numbers n
      where n.repository_id = p_repository_id and n.meaning = 'wanted'),
    (select min(d.next_attempt_at) from backfill_doubts d
      where d.repository_id = p_repository_id and d.state = 'open' and d.kind = any (p_connections)));
end
$$;
