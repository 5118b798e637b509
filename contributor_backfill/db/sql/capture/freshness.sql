-- Which repositories have something new: GitHub is asked for the newest change of a hundred at once, by
-- two calls: one takes those whose turn it is, the other writes what GitHub said. A sync is due for those
-- that moved; a repository that did not move is known to be current, and none is due for it.

-- Take the next repositories that GitHub is to be asked about. Nobody else asks about them for
-- `p_lease_seconds`; when nothing is written about them until then, they are due again.
create or replace function public.backfill_claim_probes_v1(
  p_limit int default 100,
  p_lease_seconds int default {policy.PROBE_LEASE_SECONDS},
  p_now timestamptz default now()
) returns jsonb
language plpgsql
-- For all that it calls: each repository is looked up by index, one after another, however few there are.
set enable_seqscan = off
set enable_bitmapscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set enable_material = off
set join_collapse_limit = 1
as $$
declare
  taken uuid[];
begin
  taken := array(
    select d.repository_id from backfill_due d
    where d.source = 'probe' and d.due_at <= p_now
    order by d.rank, d.due_at, d.repository_id
    limit p_limit for update skip locked);
  update backfill_due d set due_at = p_now + make_interval(secs => p_lease_seconds)
  where d.source = 'probe' and d.repository_id = any (taken);
  return jsonb_build_object(
    'ok', true,
    'asked_at', p_now,
    'taken', cardinality(taken),
    'repositories', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'repository_id', r.id, 'github_id', r.github_id, 'node_id', b.node_id,
        'full_name', r.full_name) order by t.place), '[]')
      from unnest(taken) with ordinality t (id, place)
      join repositories r on r.id = t.id
      join backfill_repositories b on b.repository_id = t.id
      where b.untracked_at is null and not backfill_is_paused_v1(b, p_now)));
end
$$;

-- Write what GitHub said of repositories that were claimed at `p_asked_at`. What was said later counts more,
-- so that the same call may come twice, or late.
--
-- p_observed        {"shown": [{"repository_id", "node_id", "full_name", "is_private", "newest_change"}],
--                    "refused": {repository id: {"access": "gone" or "forbidden", "full_name", "reason"}},
--                    "unclear": [repository ids of which GitHub said nothing that can be used]}
-- p_settled_before  a change before this moment, in GitHub's time, hides no other one of its moment
-- p_order           {"call_id", "actor"}: who changes a name or the access, for the record
--
-- Returns how many did not move ("current"), and the names of those that "moved".
create or replace function public.backfill_note_probes_v1(
  p_asked_at timestamptz,
  p_observed jsonb,
  p_settled_before timestamptz,
  p_order jsonb,
  p_now timestamptz default now()
) returns jsonb
language plpgsql
-- For all that it calls: each repository is looked up by index, one after another, however few there are.
set enable_seqscan = off
set enable_bitmapscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set enable_material = off
set join_collapse_limit = 1
as $$
declare
  observed jsonb := backfill_without_later_v1(p_observed, p_asked_at);
  shown uuid[] := array(
    select (s ->> 'repository_id')::uuid from jsonb_array_elements(observed -> 'shown') s);
  refused uuid[] := array(select k::uuid from jsonb_object_keys(observed -> 'refused') k);
  unclear uuid[] := array(
    select u::uuid from jsonb_array_elements_text(observed -> 'unclear') u);
begin
  perform backfill_take_in_shown_v1(observed -> 'shown', p_order, p_now);
  perform backfill_write_freshness_v1(observed -> 'shown', p_asked_at, p_settled_before);
  perform backfill_refuse_probed_v1(observed -> 'refused', p_order, p_asked_at, p_now);
  perform backfill_note_probed_due_v1(shown || refused, unclear, p_asked_at, p_now);
  return jsonb_build_object(
    'ok', true,
    'current', (
      select count(*) from backfill_freshness n
      where n.repository_id = any (shown) and (n.moved_at >= p_asked_at) is not true),
    'moved', (
      select coalesce(jsonb_agg(r.full_name order by r.full_name), '[]')
      from backfill_freshness n join repositories r on r.id = n.repository_id
      where n.repository_id = any (shown) and n.moved_at >= p_asked_at));
end
$$;

-- What was observed without the repositories that somebody else has asked about since, or that nobody wants to
-- know of any more; the others are locked.
create or replace function public.backfill_without_later_v1(p_observed jsonb, p_asked_at timestamptz)
returns jsonb
language plpgsql
as $$
declare
  all_ids uuid[] := array(
    select (s ->> 'repository_id')::uuid from jsonb_array_elements(p_observed -> 'shown') s
    union all
    select k::uuid from jsonb_object_keys(p_observed -> 'refused') k);
  later text[];
begin
  perform from backfill_freshness n
  where n.repository_id = any (all_ids) order by n.repository_id for update;
  later := array(
    select n.repository_id::text from backfill_freshness n
    where n.repository_id = any (all_ids) and n.asked_at > p_asked_at
    union
    select i.id::text from unnest(all_ids) i (id)
    where (select b.untracked_at is null from backfill_repositories b where b.repository_id = i.id)
      is not true);
  if later = '{}' then
    return p_observed;
  end if;
  return p_observed || jsonb_build_object(
    'shown', (
      select coalesce(jsonb_agg(s), '[]') from jsonb_array_elements(p_observed -> 'shown') s
      where s ->> 'repository_id' <> all (later)),
    'refused', (p_observed -> 'refused') - later);
end
$$;

-- Take in present names, whether a repository is private, its node id, and that GitHub shows it: of those
-- where it differs.
create or replace function public.backfill_take_in_shown_v1(
  p_shown jsonb,
  p_order jsonb,
  p_now timestamptz
) returns void
language plpgsql
as $$
declare
  changed record;
  known repositories;
begin
  for changed in
    select s.*, b.access
    from jsonb_to_recordset(p_shown) s (
      repository_id uuid, node_id text, full_name text, is_private boolean)
    join repositories r on r.id = s.repository_id
    join backfill_repositories b on b.repository_id = s.repository_id
    where (r.full_name, r.is_private, b.node_id, b.access)
      is distinct from (s.full_name, s.is_private, s.node_id, 'ok')
    order by s.repository_id
  loop
    if changed.access <> 'ok' then
      perform backfill_change_control_v1(changed.repository_id, 'settle_access',
        jsonb_build_object('access', 'ok', 'full_name', changed.full_name,
          'reason', 'GitHub shows it.'), p_order, true, p_now);
    end if;
    select * into known from repositories r where r.id = changed.repository_id;
    if (known.full_name, known.is_private) is distinct from (changed.full_name, changed.is_private)
    then
      perform backfill_name_repository_v2(
        known.github_id, changed.full_name, changed.is_private, p_now);
    end if;
    update backfill_repositories b set node_id = changed.node_id
    where b.repository_id = changed.repository_id and b.node_id is distinct from changed.node_id;
  end loop;
end
$$;

-- What GitHub does not show is stopped: as when a sync finds it, for a day, and as when `recover` asks.
create or replace function public.backfill_refuse_probed_v1(
  p_refused jsonb,
  p_order jsonb,
  p_asked_at timestamptz,
  p_now timestamptz
) returns void
language plpgsql
as $$
declare
  verdict record;
begin
  for verdict in
    select b.repository_id as id, v.value as said
    from jsonb_each(p_refused) v
    join backfill_repositories b on b.repository_id = v.key::uuid
    order by b.repository_id
  loop
    perform backfill_change_control_v1(
      verdict.id, 'settle_access', verdict.said, p_order, true, p_now);
    insert into backfill_freshness as n (repository_id, asked_at, newest_seen_at)
    values (verdict.id, p_asked_at, p_asked_at)
    on conflict (repository_id) do update set asked_at = excluded.asked_at;
    update backfill_feeds f
    set last_error = verdict.said ->> 'reason', last_error_at = p_now,
      next_attempt_at = p_asked_at + interval '{policy.LONGEST_RETRY}', next_attempt_reason = 'access lost'
    where f.repository_id = verdict.id and f.feed in ('pull_requests', 'review_comments')
      and f.lease_expires_at is null
      and (f.next_attempt_at < p_asked_at + interval '{policy.LONGEST_RETRY}') is not false;
  end loop;
end
$$;

-- Write the newest changes, and what they mean beside what is stored.
create or replace function public.backfill_write_freshness_v1(
  p_shown jsonb,
  p_asked_at timestamptz,
  p_settled_before timestamptz
) returns void
language sql
as $$
  insert into backfill_freshness as n (repository_id, asked_at, newest_change, newest_seen_at,
    current_at, moved_at, unsettled_at)
  select c.repository_id, p_asked_at, c.newest_change, c.newest_seen_at,
    case when c.meaning = 'current' or c.meaning = 'unsettled' then p_asked_at else c.current_at end,
    case when c.meaning = 'moved' then p_asked_at else c.moved_at end,
    case when c.meaning = 'unsettled' then p_asked_at else c.unsettled_at end
  from (
    select s.repository_id, s.newest_change, o.current_at, o.moved_at, o.unsettled_at,
      seen.at as newest_seen_at,
      backfill_judge_newest_v1(s.newest_change, seen.at, w.watermark,
        coalesce(f.watermark_is_settled, false), f.synced_at, w.is_active, p_settled_before)
        as meaning
    from jsonb_to_recordset(p_shown) s (repository_id uuid, newest_change timestamptz)
    left join backfill_freshness o on o.repository_id = s.repository_id
    left join backfill_feeds f on f.repository_id = s.repository_id and f.feed = 'pull_requests'
    left join progressive_backfill_state p on p.repository_id = s.repository_id
    cross join lateral (
      select coalesce(p.status = 'active' and p.walk_started_at is not null, false) as is_active) a
    cross join lateral (
      -- What changed before a backfill began is stored when it has ended. It began by our clock, and the
      -- day before leaves room for clocks that differ.
      select a.is_active, coalesce(f.watermark,
        case when p.walk_watermark is not null or not a.is_active
          then greatest(p.walk_watermark, p.walk_started_at - interval '{policy.CLOCKS_DIFFER}') end) as watermark) w
    cross join lateral (
      select case when o.newest_change is not distinct from s.newest_change
        then coalesce(o.newest_seen_at, p_asked_at) else p_asked_at end as at) seen) c
  order by c.repository_id
  on conflict (repository_id) do update
  set asked_at = excluded.asked_at, newest_change = excluded.newest_change,
    newest_seen_at = excluded.newest_seen_at, current_at = excluded.current_at,
    moved_at = excluded.moved_at, unsettled_at = excluded.unsettled_at
  where n.asked_at <= excluded.asked_at
$$;

-- What the newest change says of a repository: 'moved' when it is newer than what is stored, 'unsettled' when
-- it is stored and another one of its moment could have come after that, else 'current'.
--
-- While a backfill is active a sync goes back a day and may leave the watermark where it is: what was seen
-- before it began is stored all the same. What is older comes with the backfill, or when it has ended. Before
-- its first page is stored nothing can be said: null.
create or replace function public.backfill_judge_newest_v1(
  p_newest timestamptz,
  p_seen_at timestamptz,
  p_watermark timestamptz,
  p_is_settled boolean,
  p_synced_at timestamptz,
  p_is_active boolean,
  p_settled_before timestamptz
) returns text
language sql immutable
as $$
  select case
    when p_newest is null then 'current'
    when (p_newest <= p_watermark) is not true then
      case
        when p_is_active and p_watermark is null then null
        when p_is_active and p_synced_at >= p_seen_at then 'current'
        else 'moved' end
    when not p_is_settled and not p_is_active and p_newest < p_settled_before then 'unsettled'
    else 'current' end
$$;

-- Write when the sources of these repositories are due, in the order in which everybody does. A sync of
-- one that did not move is not due for twelve hours: its row is written when half of them have passed.
create or replace function public.backfill_note_probed_due_v1(
  p_clear uuid[],
  p_unclear uuid[],
  p_asked_at timestamptz,
  p_now timestamptz
) returns void
language plpgsql
as $$
declare
  written record;
begin
  for written in
    select d.repository_id, d.source
    from unnest(p_clear || p_unclear) i (id)
    join backfill_due d on d.repository_id = i.id
    left join backfill_freshness n on n.repository_id = i.id
    where d.source = 'probe'
      or (d.source in ('backfilled', 'pull_requests', 'review_comments')
        and n.moved_at >= p_asked_at)
      or (d.source in ('backfilled', 'pull_requests')
        and n.current_at >= p_asked_at and d.due_at < p_now + interval '{policy.RHYTHM}' / 2)
    order by d.repository_id, d.source
    for update of d
  loop
    update backfill_due d
    set due_at = case
      when d.source = 'probe' and d.repository_id = any (p_unclear)
        then p_now + interval '{policy.FIRST_RETRY}'
      else (
        select o.due_at from backfill_due_of_v2(array[d.repository_id], array[d.source]) o) end
    where d.repository_id = written.repository_id and d.source = written.source;
  end loop;
end
$$;

-- How far behind GitHub the repositories are that are kept current: up to when each is known to have
-- everything. Left out is what a person paused, and what GitHub does not show.
create or replace function public.backfill_behind_v1(p_now timestamptz) returns jsonb
language sql stable
as $$
  with known as (
    select r.full_name, coalesce(
      greatest(n.current_at, f.synced_at, s.walk_started_at), b.tracked_at) as at
    from backfill_repositories b
    join repositories r on r.id = b.repository_id
    left join backfill_freshness n on n.repository_id = b.repository_id
    left join backfill_feeds f on f.repository_id = b.repository_id and f.feed = 'pull_requests'
    left join progressive_backfill_state s on s.repository_id = b.repository_id
    where b.untracked_at is null and not backfill_is_paused_v1(b, p_now) and b.access = 'ok'
      and (s.status = 'failed' or (s.status = 'paused' and s.resume_at is null)) is not true
  )
  select jsonb_build_object(
    'repositories', count(*),
    'median_seconds', round(extract(epoch from p_now
      - percentile_disc(0.5) within group (order by k.at))),
    'worst_seconds', round(extract(epoch from p_now - min(k.at))),
    'worst', (array_agg(k.full_name order by k.at, k.full_name))[1])
  from known k
$$;

-- The same for whoever asks for nothing else.
create or replace function public.backfill_read_behind_v1(p_now timestamptz default now())
returns jsonb
language sql stable
as $$
  select jsonb_build_object('ok', true) || backfill_behind_v1(p_now)
$$;
