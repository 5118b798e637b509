-- Claim the first source that is due: take its lease, open its chunk, or begin a pass or take up the one under
-- way, and say all that a run needs to go on. Returns {"claimed": false, "tracked": n, "blocked": [...]} when
-- none is due.
--
-- p_sources      'backfill' alone, or others in the order in which they are served
-- p_connections  the kinds of lists that may be read on
-- p_numbers      only lists of these pull requests
-- p_exclude      what is left out, as REPOSITORY_ID:SOURCE
-- p_since        how far back a pass goes; null: to the watermark and a little further
-- p_reason       why it is done although it is not due
-- p_only         the repositories that come into question, in lower case; null: all of them
-- p_begins       whether a pass is begun where none is under way; a sample begins none
create or replace function public.backfill_claim_v1(
  p_sources text[],
  p_holder text,
  p_lease_seconds int,
  p_connections text[] default '{}',
  p_numbers int[] default null,
  p_repository_id uuid default null,
  p_full_name text default null,
  p_exclude text[] default '{}',
  p_dead_holders text[] default '{}',
  p_hours double precision default {policy.RHYTHM_HOURS},
  p_forced boolean default false,
  p_while_backfilled boolean default false,
  p_since timestamptz default null,
  p_reason text default null,
  p_begins boolean default true,
  p_limit int default 0,
  p_only text[] default null,
  p_now timestamptz default now()
) returns jsonb
language plpgsql
-- For all that it calls: one repository is found by index, however few there are.
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  wanted constant uuid := backfill_resolve_repository_v1(p_repository_id, p_full_name);
  of_backfill constant boolean := 'backfill' = any (p_sources);
  -- A backfill that is named by hand is served whatever was recorded about its next attempt.
  forced constant boolean := case when of_backfill then wanted is not null else p_forced end;
  known uuid[];
  held backfill_due;
  each_source text;
  turn jsonb;
begin
  perform backfill_refuse_old_run_v1(p_holder);
  -- Who is named is asked, and so are all when a sync is forced; else those come into question that stand
  -- as due.
  known := case
    when wanted is not null then array[wanted]
    when p_only is not null then array(
      select r.id from repositories r where lower(r.full_name) = any (p_only))
    when not of_backfill and (p_forced or p_hours < {policy.RHYTHM_HOURS}) then array(
      select b.repository_id from backfill_repositories b where b.untracked_at is null) end;
  if known is not null then
    held := backfill_hold_v1(known, p_sources, p_connections, p_exclude, p_dead_holders, p_hours,
      forced, p_while_backfilled, p_now);
  else
    if p_dead_holders <> '{}' then
      -- What they have leased is due at once.
      update backfill_due d set due_at = 'epoch'
      from (
        select f.repository_id, f.feed as source from backfill_feeds f
        where f.lease_holder = any (p_dead_holders)
        union all
        select s.repository_id, 'backfill' from progressive_backfill_state s
        where s.lease_holder = any (p_dead_holders)) held_by_dead
      where d.repository_id = held_by_dead.repository_id and d.source = held_by_dead.source
        and d.due_at is not null;
    end if;
    foreach each_source in array p_sources loop
      held := backfill_hold_due_v1(each_source, p_connections, p_exclude, p_dead_holders, p_hours,
        p_while_backfilled, p_now);
      exit when held.source is not null;
    end loop;
  end if;
  if held.source is null then
    return jsonb_build_object('ok', true, 'claimed', false) || case
      when of_backfill then backfill_explain_idle_v1(wanted, p_now)
      else backfill_explain_idle_sources_v2(p_sources, wanted, p_now) end;
  end if;
  turn := case
    when of_backfill
      then backfill_lease_backfill_v1(held.repository_id, p_holder, p_lease_seconds, p_now)
    else backfill_lease_source_v1(held.repository_id, held.source, p_holder, p_lease_seconds,
      p_connections, p_numbers, p_since, p_reason, p_begins, p_limit, p_now) end;
  return turn || jsonb_build_object('ok', true, 'claimed', true, 'waiting', case
    when known is null then (
      -- A hundred are told from no more.
      select count(*) from (
        select from backfill_due d
        where d.due_at <= p_now and d.source = any (
            p_sources || case when p_while_backfilled then '{backfilled}' else '{}' end::text[])
          and d.repository_id || ':' || d.source <> all (coalesce(p_exclude, '{}'))
        limit 100) d)
    else (
      select count(*)
      from backfill_due_of_v2(known, p_sources, p_connections, p_exclude,
        p_dead_holders, p_hours, forced, p_while_backfilled, p_now) d
      where d.due_at <= p_now) end);
end
$$;

-- Take the lease of a backfill, and open its next chunk.
create or replace function public.backfill_lease_backfill_v1(
  p_repository_id uuid,
  p_holder text,
  p_lease_seconds int,
  p_now timestamptz
) returns jsonb
language plpgsql
as $$
declare
  state progressive_backfill_state;
  chunk backfill_chunks;
begin
  update progressive_backfill_state s
  set status = 'active',
    processed_prs = backfill_count_stored_v1(s.repository_id),
    walk_started_at = coalesce(s.walk_started_at, p_now),
    last_processed_cursor = case when s.walk_started_at is not null then s.last_processed_cursor end,
    last_served_at = p_now,
    resume_at = null,
    next_attempt_at = null,
    next_attempt_reason = null,
    lease_holder = p_holder,
    lease_token = gen_random_uuid(),
    lease_expires_at = p_now + make_interval(secs => p_lease_seconds)
  where s.repository_id = p_repository_id
  returning * into state;
  chunk := backfill_open_chunk_v1(state, state.last_processed_cursor, state.lease_token, p_now);
  return backfill_describe_backfill_v1(state.id) || jsonb_build_object(
    'lease_token', state.lease_token, 'chunk_id', chunk.id, 'chunk_number', chunk.chunk_number);
end
$$;

-- Take the lease of another source, and begin a pass or take up the one under way.
create or replace function public.backfill_lease_source_v1(
  p_repository_id uuid,
  p_source text,
  p_holder text,
  p_lease_seconds int,
  p_connections text[],
  p_numbers int[],
  p_since timestamptz,
  p_reason text,
  p_begins boolean,
  p_limit int,
  p_now timestamptz
) returns jsonb
language plpgsql
as $$
declare
  held backfill_feeds;
begin
  if p_source = 'lists' then
    perform backfill_queue_shortfalls_v1(p_repository_id, p_connections, p_now);
  end if;
  update backfill_feeds f
  set position = case when p_begins
      then backfill_begin_pass_v1(f, p_since, p_reason, p_now) else f.position end,
    last_served_at = p_now,
    next_attempt_at = null,
    next_attempt_reason = null,
    lease_holder = p_holder,
    lease_token = gen_random_uuid(),
    lease_expires_at = p_now + make_interval(secs => p_lease_seconds),
    result = null
  where f.repository_id = p_repository_id and f.feed = p_source
  returning * into held;
  return jsonb_build_object(
    'source', held.feed,
    'lease_token', held.lease_token,
    'step', held.step,
    'position', held.position,
    'etag', held.etag,
    'page_size', (
      select to_jsonb(z) from backfill_page_sizes z
      where z.repository_id = held.repository_id and z.query = held.feed),
    'work', backfill_next_work_v1(held.repository_id, held.feed, p_connections, p_numbers, p_limit,
      p_now),
    'repository', backfill_describe_repository_v1(held.repository_id));
end
$$;

-- Lock the first source of these repositories that is due and that nobody else has locked; null: there is none.
create or replace function public.backfill_hold_v1(
  p_repository_ids uuid[],
  p_sources text[],
  p_connections text[],
  p_exclude text[],
  p_dead_holders text[],
  p_hours double precision,
  p_forced boolean,
  p_while_backfilled boolean,
  p_now timestamptz
) returns backfill_due
language plpgsql
as $$
declare
  candidate record;
  held backfill_due;
begin
  for candidate in
    select d.repository_id, d.source from backfill_due_of_v2(p_repository_ids, p_sources,
      p_connections, p_exclude, p_dead_holders, p_hours, p_forced, p_while_backfilled, p_now) d
    where d.due_at <= p_now
    order by d.place
  loop
    if candidate.source = 'backfill' then
      perform from progressive_backfill_state s
      where s.repository_id = candidate.repository_id for update skip locked;
    else
      insert into backfill_feeds (repository_id, feed)
      values (candidate.repository_id, candidate.source)
      on conflict (repository_id, feed) do nothing;
      perform from backfill_feeds f
      where f.repository_id = candidate.repository_id and f.feed = candidate.source
      for update skip locked;
    end if;
    continue when not found;
    -- Looked at again under the lock, in a statement of its own, which sees what was committed until the
    -- lock was had: another run may have been faster.
    select d.repository_id, d.source into held.repository_id, held.source
    from backfill_due_of_v2(array[candidate.repository_id], array[candidate.source],
      p_connections, p_exclude, p_dead_holders, p_hours, p_forced, p_while_backfilled, p_now) d
    where d.due_at <= p_now;
    exit when found;
  end loop;
  return held;
end
$$;

-- The same among those that stand as due, twenty at a time. What stands so and is not due is corrected.
create or replace function public.backfill_hold_due_v1(
  p_source text,
  p_connections text[],
  p_exclude text[],
  p_dead_holders text[],
  p_hours double precision,
  p_while_backfilled boolean,
  p_now timestamptz
) returns backfill_due
language plpgsql
as $$
declare
  sources text[] := array[p_source] || case
    when p_while_backfilled and p_source = 'pull_requests' then '{backfilled}' else '{}' end::text[];
  excluded uuid[] := array(
    select split_part(e, ':', 1)::uuid from unnest(p_exclude) e
    where split_part(e, ':', 2) = p_source);
  -- Repositories that were tracked within the last day come before all others.
  are_new boolean := p_source = 'backfill';
  batch backfill_due[];
  ids uuid[];
  last_seen backfill_due;
  held backfill_due;
begin
  loop
    batch := case when are_new then array(
        select d from backfill_repositories b
        join backfill_due d on d.repository_id = b.repository_id and d.source = 'backfill'
        where b.tracked_at > p_now - interval '{policy.NEW}' and d.due_at <= p_now
          and b.repository_id <> all (excluded)
        order by d.rank, d.due_at, d.repository_id limit 20)
      else array(select d from backfill_first_due_v1(sources, excluded, last_seen, 20, p_now) d) end;
    exit when batch = '{}' and not are_new;
    if batch <> '{}' then
      ids := array(select distinct b.repository_id from unnest(batch) b);
      held := backfill_hold_v1(ids, array[p_source], p_connections, p_exclude, p_dead_holders,
        p_hours, false, p_while_backfilled, p_now);
      exit when held.source is not null;
      perform backfill_note_due_v2(i, sources, true) from unnest(ids) i;
    end if;
    if not are_new then
      last_seen := batch[cardinality(batch)];
    end if;
    are_new := false;
  end loop;
  return held;
end
$$;

-- Where a pass begins: the position of the one under way, or a new one that goes back to the watermark,
-- and five minutes further where that moment was too young when it was read: GitHub's times may lag
-- behind its writes.
--
-- Pull requests, newest change first: {"started_at", "target", "cursor", "reason"}; a null target is the
-- beginning of time. Review comments, oldest change first: {"started_at", "since", "page", "probes"}. A
-- pass probes, which is to ask whether its list is still the one of a tag, when it goes back to a
-- watermark and no further: not one that a person asked to go back to `p_since`.
create or replace function public.backfill_begin_pass_v1(
  p_feed backfill_feeds,
  p_since timestamptz,
  p_reason text,
  p_now timestamptz
) returns jsonb
language plpgsql stable
as $$
declare
  floor timestamptz := backfill_watermark_v2(p_feed.repository_id, p_feed.feed)
    - case when p_feed.watermark_is_settled then interval '0' else interval '{policy.OVERLAP}' end;
  is_active boolean := exists (
    select from progressive_backfill_state s
    where s.repository_id = p_feed.repository_id and s.status = 'active');
  total int := (
    select b.pull_requests_total from backfill_repositories b
    where b.repository_id = p_feed.repository_id);
  target timestamptz;
begin
  if p_feed.position is not null and (p_since is null or p_feed.feed = 'reconciliation'
    or (p_feed.position ->> 'target')::timestamptz <= p_since)
  then
    -- Whoever names a moment wants everything since then read again.
    return p_feed.position || case when p_since is null then '{}' else '{"probes": false}' end::jsonb;
  end if;
  case p_feed.feed
    when 'pull_requests' then
      target := case
        when p_since is not null then p_since
        when is_active then greatest(floor, p_now - interval '{policy.SYNC_BESIDE_A_BACKFILL}')
        when floor is not null or total < {policy.SMALL_REPOSITORY} then floor
        else p_now - interval '{policy.FIRST_SYNC}'
      end;
      return jsonb_build_object(
        'started_at', p_now, 'target', target, 'cursor', null, 'reason', p_reason);
    when 'review_comments' then
      return jsonb_build_object(
        'started_at', p_now,
        'since', case when floor is not null then least(floor, p_since) end,
        'page', 1,
        'probes', p_since is null);
    when 'reconciliation' then
      return jsonb_build_object('started_at', p_now, 'cursor', null,
        'with_comments', backfill_totals_mislead_v1(p_feed.repository_id));
    when 'refresh', 'refresh_comments' then
      return backfill_begin_refresh_v1(p_feed, p_now);
    else
      return null;
  end case;
end
$$;

-- Up to when everything of a source is known to be stored, as GitHub dates it. A backfill has stored what was
-- there when it began. One without a page that tells began at a time of ours: a while before leaves room for
-- clocks that differ.
create or replace function public.backfill_watermark_v2(p_repository_id uuid, p_source text)
returns timestamptz
language sql stable
as $$
  select coalesce(
    (select f.watermark from backfill_feeds f
      where f.repository_id = p_repository_id and f.feed = p_source),
    (select coalesce(s.walk_watermark, s.walk_started_at - interval '{policy.CLOCKS_DIFFER}')
      from progressive_backfill_state s
      where s.repository_id = p_repository_id and p_source = 'pull_requests'))
$$;
