-- The sources that may be served now, in the order in which they are served: repositories tracked within the last
-- day first, where it is their backfill; by the order of `p_sources`; by priority; those that nobody served yet;
-- then by what a visit is worth. A sync is expected to find what changes in the hours since the last one, at the
-- rate that was measured.
--
-- p_sources     'backfill' alone, or others
-- p_hours       a repository that was synced less than this many hours ago is left alone, unless GitHub
--               showed since that it moved (freshness.sql), and so is one that GitHub showed unmoved since
-- p_forced      a repository named by hand is served whatever was recorded about its next attempt, unless a
--               person paused it
-- p_while_backfilled  whether a repository whose backfill is active is synced all the same
--
-- Each repository is looked up by index, so that asking of one costs the same however many there are.
create or replace function public.backfill_due_of_v1(
  p_repository_ids uuid[],
  p_sources text[],
  p_connections text[],
  p_exclude text[],
  p_dead_holders text[],
  p_hours double precision,
  p_forced boolean,
  p_while_backfilled boolean,
  p_now timestamptz
) returns table (repository_id uuid, source text, place bigint)
language plpgsql stable
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
begin
  if 'backfill' = any (p_sources) then
    return query
    select s.repository_id, 'backfill'::text,
      row_number() over (order by
        coalesce(b.tracked_at > p_now - interval '{policy.NEW}', false) desc,
        array_position(array['critical', 'high', 'medium', 'low'], coalesce(b.priority, 'medium')),
        backfill_visit_score_v1(greatest(1, s.total_prs - coalesce(s.processed_prs, 0)),
          size.items_per_point, s.last_served_at, p_now) desc nulls first,
        s.created_at,
        s.id)
    from unnest(p_repository_ids) as i (id)
    join progressive_backfill_state s on s.repository_id = i.id
    left join backfill_repositories b on b.repository_id = s.repository_id
    left join backfill_page_sizes size
      on size.repository_id = s.repository_id and size.query = 'pull_requests_page'
    where s.repository_id || ':backfill' <> all (coalesce(p_exclude, '{}'))
      and not backfill_is_paused_v1(b, p_now)
      and (
        s.status = 'active'
        or (s.status = 'paused' and (
          s.resume_at <= p_now
          or (s.resume_at is not null and p_forced)
          -- Left by the earlier implementation, which paused for good on low quota.
          or s.walk_started_at is null))
      )
      and (s.next_attempt_at is null or s.next_attempt_at <= p_now or p_forced)
      and (s.lease_expires_at is null or s.lease_expires_at <= p_now
        or s.lease_holder = any (coalesce(p_dead_holders, '{}')));
    return;
  end if;
  return query
  select b.repository_id, w.source,
    row_number() over (order by
      w.place,
      array_position(array['critical', 'high', 'medium', 'low'], b.priority),
      backfill_visit_score_v1(
        case when w.source in ('pull_requests', 'review_comments') then synced.items_per_hour
          * extract(epoch from p_now - coalesce(f.synced_at, f.last_served_at)) / 3600 end,
        size.items_per_point, f.last_served_at, p_now) desc nulls first,
      b.tracked_at,
      b.repository_id)
  from unnest(p_repository_ids) as i (id)
  join backfill_repositories b on b.repository_id = i.id
  cross join unnest(p_sources) with ordinality as w (source, place)
  left join backfill_feeds f on f.repository_id = b.repository_id and f.feed = w.source
  left join backfill_feeds synced
    on synced.repository_id = b.repository_id and synced.feed = 'pull_requests'
  left join backfill_page_sizes size on size.repository_id = b.repository_id and size.query = w.source
  left join progressive_backfill_state s
    on s.repository_id = b.repository_id and s.walk_started_at is not null
  left join backfill_freshness n on n.repository_id = b.repository_id
  where b.repository_id || ':' || w.source <> all (coalesce(p_exclude, '{}'))
    and not backfill_is_paused_v1(b, p_now)
    -- A row without `resume_at` was paused by a person, who may have written it there alone.
    and (s.status = 'paused' and s.resume_at is null) is not true
    and (p_forced or s.status is distinct from 'failed')
    and (p_forced or f.next_attempt_at is null or f.next_attempt_at <= p_now)
    and (f.lease_expires_at is null or f.lease_expires_at <= p_now
      or f.lease_holder = any (coalesce(p_dead_holders, '{}')))
    and case w.source
      when 'pull_requests' then
        p_forced or f.position is not null or backfill_moved_since_v1(n, f.synced_at)
        or (p_while_backfilled and s.status = 'active'
          and (backfill_current_until_v1(n) > p_now - make_interval(secs => p_hours * 3600))
            is not true)
        or (greatest(f.synced_at, s.walk_started_at, backfill_current_until_v1(n))
          > p_now - make_interval(secs => p_hours * 3600)) is not true
      when 'review_comments' then
        p_forced or (
          -- Before its pull requests are stored, each comment would have to bring its own.
          (s.status = 'completed' or (s.status is null and synced.synced_at is not null))
          and (f.position is not null or backfill_moved_since_v1(n, f.synced_at)
            or (f.synced_at > p_now - make_interval(secs => p_hours * 3600)) is not true))
      when 'lists' then backfill_lists_are_due_v1(b.repository_id, p_connections, p_now)
      when 'reconciliation' then p_forced
      else p_forced or backfill_refresh_is_due_v1(backfill_refresh_days_v1(b.refresh_days), f,
        case when s.status = 'completed' then s.walk_started_at
          when s.status is null then synced.synced_at end, p_now)
    end;
end
$$;

-- The same of one repository, or of all that stand as due.
create or replace function public.backfill_due_sources_v1(
  p_sources text[],
  p_connections text[],
  p_repository_id uuid,
  p_hours double precision,
  p_forced boolean,
  p_while_backfilled boolean,
  p_now timestamptz
) returns table (repository_id uuid, source text, place bigint)
language sql stable
as $$
  select d.repository_id, d.source,
    row_number() over (order by array_position(p_sources, d.source), d.place)
  from unnest(p_sources) w (source)
  cross join lateral backfill_due_of_v1(
    case
      when p_repository_id is not null then array[p_repository_id]
      when p_forced or p_hours < {policy.RHYTHM_HOURS} then array(
        select b.repository_id from backfill_repositories b where b.untracked_at is null)
      else array(
        select distinct e.repository_id from backfill_due e
        where e.due_at <= p_now and (e.source = w.source
          or (p_while_backfilled and e.source = 'backfilled' and w.source = 'pull_requests'))) end,
    array[w.source], p_connections, '{}', '{}', p_hours, p_forced, p_while_backfilled, p_now) d
$$;

-- Whether a repository has a list to be read on, or a pull request that is wanted, now. In plpgsql, so that
-- it is planned once a session.
create or replace function public.backfill_lists_are_due_v1(
  p_repository_id uuid,
  p_connections text[],
  p_now timestamptz
) returns boolean
language plpgsql stable
set enable_seqscan = off
-- The first row is enough, and a bitmap would find all of them.
set enable_bitmapscan = off
as $$
begin
  return exists (
      select from backfill_continuations c
      where c.repository_id = p_repository_id and c.connection = any (p_connections)
        and (c.next_attempt_at is null or c.next_attempt_at <= p_now))
    or exists (
      select from backfill_numbers n
      where n.repository_id = p_repository_id and n.meaning = 'wanted'
        and (n.next_attempt_at is null or n.next_attempt_at <= p_now))
    or exists (
      select from backfill_doubts d
      where d.repository_id = p_repository_id and d.state = 'open'
        and d.kind = any (p_connections)
        and (d.next_attempt_at is null or d.next_attempt_at <= p_now))
    -- In the select list the function ends with its first row; in `from` it would find all of them.
    or exists (
      select from (select backfill_unequal_lists_v1(p_repository_id, p_connections) limit 1) u)
    or exists (select from (select backfill_unsettled_totals_v1(p_repository_id) limit 1) u)
    or exists (
      select from backfill_pull_requests b
      where b.repository_id = p_repository_id and b.missing_fields <> '{}'
        and not exists (
          select from backfill_numbers n
          where n.repository_id = p_repository_id and n.number = b.number));
end
$$;

-- Why no feed could be claimed: what is due soonest, leased, or waits for something else, with what each
-- waits for, the soonest first. Of many only some are told, so that no more are read.
create or replace function public.backfill_explain_idle_sources_v1(
  p_feeds text[],
  p_repository_id uuid,
  p_now timestamptz
) returns jsonb
language sql stable
set enable_seqscan = off
-- Each limit has an order, because an index has it: so no more rows are found than are told of.
-- Joined as written: those that are told of are found first.
set join_collapse_limit = 1
set enable_hashjoin = off
set enable_mergejoin = off
as $$
  select jsonb_build_object(
    -- Whether any is: how many they are nobody asks here.
    'tracked', (p_repository_id is not null or exists (
      select from backfill_repositories b where b.untracked_at is null))::int,
    'blocked', coalesce(jsonb_agg(to_jsonb(b) order by b.until nulls last, b.full_name), '[]'))
  from (
    select r.full_name, w.feed,
      case
        when f.lease_expires_at > p_now then 'leased'
        when backfill_is_paused_v1(b, p_now) or (s.status = 'paused' and s.resume_at is null)
          then 'paused'
        when s.status = 'failed' then 'failed'
        when f.next_attempt_at > p_now then 'deferred'
        when w.feed = 'pull_requests'
          and backfill_current_until_v1(n) > p_now - interval '{policy.RHYTHM}'
          and (greatest(f.synced_at, s.walk_started_at) > p_now - interval '{policy.RHYTHM}') is not true
          then 'unchanged'
        when w.feed in ('pull_requests', 'review_comments') then 'synced'
        else 'idle'
      end as cause,
      case
        when f.lease_expires_at > p_now then f.lease_expires_at
        when backfill_is_paused_v1(b, p_now) then b.pause_ends_at
        when s.status = 'paused' and s.resume_at is null then null
        when f.next_attempt_at > p_now then f.next_attempt_at
      end as until,
      case when f.lease_expires_at > p_now then f.lease_holder end as holder,
      coalesce(f.next_attempt_reason, f.last_error) as reason,
      case
        when w.feed <> 'pull_requests' then f.synced_at
        when (greatest(f.synced_at, s.walk_started_at) > p_now - interval '{policy.RHYTHM}') is not true
          then greatest(f.synced_at, s.walk_started_at, n.current_at)
        else greatest(f.synced_at, s.walk_started_at) end as since
    from (
      select p_repository_id as repository_id, n.feed from unnest(p_feeds) n (feed)
      where p_repository_id is not null
      union
      select e.repository_id, e.source from backfill_next_to_be_due_v1(p_feeds, p_now) e
      where p_repository_id is null
      union
      select * from (
        select o.repository_id, o.feed from backfill_feeds o
        where p_repository_id is null and o.lease_holder is not null and o.feed = any (p_feeds)
        order by o.lease_holder limit 100) o
    ) w
    join repositories r on r.id = w.repository_id
    join backfill_repositories b on b.repository_id = w.repository_id
    left join backfill_feeds f on f.repository_id = w.repository_id and f.feed = w.feed
    left join progressive_backfill_state s
      on s.repository_id = w.repository_id and s.walk_started_at is not null
    left join backfill_freshness n on n.repository_id = w.repository_id
    where b.untracked_at is null
    order by 4 nulls last, 1
    limit 20
  ) b
$$;

-- What a run would serve, in order, without taking anything.
create or replace function public.backfill_peek_sources_v1(
  p_feeds text[],
  p_connections text[],
  p_repository_id uuid default null,
  p_full_name text default null,
  p_hours double precision default {policy.RHYTHM_HOURS},
  p_forced boolean default false,
  p_while_backfilled boolean default false,
  p_now timestamptz default now()
) returns jsonb
language plpgsql stable
as $$
declare
  wanted uuid := backfill_resolve_repository_v1(p_repository_id, p_full_name);
begin
  return jsonb_build_object(
    'ok', true,
    'feeds', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'full_name', r.full_name, 'feed', d.source, 'watermark', f.watermark,
        'synced_at', f.synced_at,
        'lists', (
          select count(*) from backfill_continuations c
          where c.repository_id = d.repository_id and c.connection = any (p_connections)),
        'unequal', (
          select count(*) from backfill_unequal_lists_v1(d.repository_id, p_connections) u
          where not exists (
            select from backfill_continuations c
            where c.pull_request_id = u.pull_request_id and c.connection = u.connection)),
        'wanted', (
          select count(*) from backfill_numbers n
          where n.repository_id = d.repository_id and n.meaning = 'wanted')) order by d.place), '[]')
      from (
        select * from backfill_due_sources_v1(p_feeds, p_connections, wanted, p_hours,
          p_forced, p_while_backfilled, p_now)
        order by place limit 20) d
      join repositories r on r.id = d.repository_id
      left join backfill_feeds f on f.repository_id = d.repository_id and f.feed = d.source)
  ) || backfill_explain_idle_sources_v1(p_feeds, wanted, p_now);
end
$$;
