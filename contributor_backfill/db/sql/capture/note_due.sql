-- Write down anew when sources of a repository are due; null: all that there are. `p_skips_locked` leaves one
-- alone that somebody is at work on: whoever writes it writes it rightly.
create or replace function public.backfill_note_due_v2(
  p_repository_id uuid,
  p_sources text[],
  p_skips_locked boolean default false
) returns void
language plpgsql
set enable_seqscan = off
as $$
declare
  sources text[] := coalesce(p_sources, array['backfill', 'backfilled', 'lists', 'probe',
    'pull_requests', 'refresh', 'refresh_comments', 'review_comments']);
begin
  -- Locked first: what was committed until then is seen by what comes after it.
  if p_skips_locked then
    insert into backfill_due (repository_id, source)
    select r.id, s from repositories r, unnest(sources) s
    where r.id = p_repository_id
      -- Without that the insert itself waits for whoever writes the row, and two that wait so lock each other out.
      and not exists (
        select from backfill_due d where d.repository_id = p_repository_id and d.source = s)
    on conflict (repository_id, source) do nothing;
    sources := array(
      select d.source from backfill_due d
      where d.repository_id = p_repository_id and d.source = any (sources)
      for update skip locked);
  else
    insert into backfill_due as d (repository_id, source)
    select p_repository_id, s from unnest(sources) s
    -- Everybody locks in this order, lists first, because two commits at once may both write those.
    order by s <> 'lists', s
    on conflict (repository_id, source) do update set rank = d.rank;
  end if;
  update backfill_due d
  set due_at = o.due_at, rank = coalesce((
    select array_position(array['critical', 'high', 'medium', 'low'], b.priority)
    from backfill_repositories b where b.repository_id = p_repository_id), 3)
  from backfill_due_of_v2(array[p_repository_id], sources) o
  where d.repository_id = p_repository_id and d.source = o.source;
end
$$;

-- Look again at some repositories, any ones: a change that was missed hides none of them for ever.
create or replace function public.backfill_check_due_v1(p_limit int) returns void
language plpgsql
as $$
declare
  each_id uuid;
  start uuid := gen_random_uuid();
  seen uuid[];
begin
  -- One at a time does it.
  if not pg_try_advisory_xact_lock(hashtext('backfill_check_due')) then
    return;
  end if;
  seen := array(
    select d.repository_id from backfill_due d
    where d.source = 'lists' and d.repository_id >= start order by 1 limit p_limit);
  -- After the last one come the first ones.
  seen := seen || array(
    select d.repository_id from backfill_due d
    where d.source = 'lists' and d.repository_id < start order by 1
    limit p_limit - cardinality(seen));
  foreach each_id in array seen || array(
    select t.id from unnest(backfill_tracked_repositories_v1(null)) t (id)
    where not exists (select from backfill_due d where d.repository_id = t.id and d.source = 'lists')
    limit p_limit)
  loop
    perform backfill_note_due_v2(each_id, null, true);
  end loop;
end
$$;

-- The next repositories that stand as due, after the last one that was looked at, and without those
-- that are left out.
create or replace function public.backfill_first_due_v1(
  p_sources text[],
  p_exclude uuid[],
  p_after backfill_due,
  p_limit int,
  p_now timestamptz
) returns setof backfill_due
language sql stable
set enable_seqscan = off
set enable_bitmapscan = off
as $$
  select d.repository_id, d.source, d.rank, d.due_at
  from unnest(p_sources) s (source)
  -- Of one source the index has them in this order.
  cross join lateral (
    select * from backfill_due o
    where o.source = s.source and o.due_at <= p_now
      and o.repository_id <> all (coalesce(p_exclude, '{}'))
      and (p_after.repository_id is null or (o.rank, o.due_at, o.repository_id)
        > (p_after.rank, p_after.due_at, p_after.repository_id))
    order by o.rank, o.due_at, o.repository_id
    limit p_limit) d
  order by d.rank, d.due_at, d.repository_id
  limit p_limit
$$;

-- Some of each source that are due next, of each priority, and some that wait for something else.
create or replace function public.backfill_next_to_be_due_v1(p_sources text[], p_now timestamptz)
returns table (repository_id uuid, source text)
language sql stable
set enable_seqscan = off
set enable_bitmapscan = off
as $$
  select d.repository_id, s.source
  from unnest(p_sources) s (source)
  cross join generate_series(0, 4) p (rank)
  cross join lateral (
    select o.repository_id from backfill_due o
    where o.source = s.source and o.rank = p.rank and o.due_at > p_now
    order by o.due_at limit 5) d
  union all
  select d.repository_id, s.source
  from unnest(p_sources) s (source)
  cross join lateral (
    select o.repository_id from backfill_due o
    where o.source = s.source and o.due_at is null
    order by o.rank, o.repository_id limit 10) d
$$;

-- Triggers, because a person may write these tables by hand, and no transition can forget them. They are
-- their owner's: whoever may write the table need not know of the queue.
--
-- A trigger's arguments are the sources that are to be looked at; none: all. Whole statements are of the queues
-- that make lists due; a row of `backfill_feeds` concerns its own source, and those that wait for it.
create or replace function public.backfill_note_due_on_change_v1() returns trigger
language plpgsql security definer
as $$
declare
  is_synced boolean;
begin
  if tg_level = 'STATEMENT' then
    perform backfill_note_due_v2(m.repository_id, array['lists']) from (
      select distinct n.repository_id from made n
      where tg_table_name <> 'backfill_numbers' or to_jsonb(n) ->> 'meaning' = 'wanted'
      order by 1) m;
  elsif tg_table_name = 'backfill_feeds' then
    is_synced := tg_op = 'INSERT' or old.synced_at is distinct from new.synced_at;
    perform backfill_note_due_v2(new.repository_id, case
      when new.feed = 'pull_requests' and is_synced
        then array['backfilled', 'pull_requests', 'refresh', 'refresh_comments', 'review_comments']
      when new.feed = 'pull_requests' then array['backfilled', 'pull_requests']
      -- Review comments are counted once their source has come past them.
      when new.feed = 'review_comments' and is_synced then array['lists', 'review_comments']
      else array[new.feed] end);
  else
    perform backfill_note_due_v2(new.repository_id, case when tg_nargs > 0 then tg_argv end);
  end if;
  return null;
end
$$;

-- How often all are read again changed for all of them.
create or replace function public.backfill_note_refresh_due_v1() returns trigger
language plpgsql security definer
as $$
begin
  update backfill_due d set due_at = o.due_at
  from backfill_due_of_v2(
    array(select b.repository_id from backfill_repositories b), '{refresh,refresh_comments}') o
  where d.repository_id = o.repository_id and d.source = o.source;
  return null;
end
$$;

create or replace trigger backfill_note_due
  after insert or update or delete on public.backfill_refresh
  for each statement execute function public.backfill_note_refresh_due_v1();
create or replace trigger backfill_note_due_added
  after insert on public.backfill_repositories
  for each row execute function public.backfill_note_due_on_change_v1();
create or replace trigger backfill_note_due
  after update on public.backfill_repositories
  for each row when (
    (old.priority, old.paused_at, old.pause_ends_at, old.untracked_at, old.refresh_days, old.access)
    is distinct from (new.priority, new.paused_at, new.pause_ends_at, new.untracked_at,
      new.refresh_days, new.access))
  execute function public.backfill_note_due_on_change_v1();
create or replace trigger backfill_note_due_added
  after insert on public.progressive_backfill_state
  for each row execute function public.backfill_note_due_on_change_v1();
create or replace trigger backfill_note_due
  after update on public.progressive_backfill_state
  for each row when (
    (old.status, old.resume_at, old.walk_started_at)
    is distinct from (new.status, new.resume_at, new.walk_started_at))
  execute function public.backfill_note_due_on_change_v1();
create or replace trigger backfill_note_own_due
  after update on public.progressive_backfill_state
  for each row when (
    (old.status, old.resume_at, old.walk_started_at)
      is not distinct from (new.status, new.resume_at, new.walk_started_at)
    and (old.next_attempt_at, old.lease_expires_at, old.last_served_at)
      is distinct from (new.next_attempt_at, new.lease_expires_at, new.last_served_at))
  execute function public.backfill_note_due_on_change_v1('backfill');
create or replace trigger backfill_note_due_added
  after insert on public.backfill_feeds
  for each row execute function public.backfill_note_due_on_change_v1();
create or replace trigger backfill_note_due
  after update on public.backfill_feeds
  for each row when (
    (old.position is null, old.synced_at, old.next_attempt_at, old.lease_expires_at,
      old.last_served_at)
    is distinct from (new.position is null, new.synced_at, new.next_attempt_at,
      new.lease_expires_at, new.last_served_at))
  execute function public.backfill_note_due_on_change_v1();
create or replace trigger backfill_note_due_added
  after insert on public.backfill_continuations referencing new table as made
  for each statement execute function public.backfill_note_due_on_change_v1();
create or replace trigger backfill_note_due
  after update of next_attempt_at on public.backfill_continuations
  for each row when (old.next_attempt_at is not null
    and (new.next_attempt_at < old.next_attempt_at) is not false)
  execute function public.backfill_note_due_on_change_v1('lists');
create or replace trigger backfill_note_due_added
  after insert on public.backfill_doubts referencing new table as made
  for each statement execute function public.backfill_note_due_on_change_v1();
create or replace trigger backfill_note_due
  after update of next_attempt_at, state on public.backfill_doubts
  for each row when (new.state = 'open' and (new.next_attempt_at is null
    or new.next_attempt_at < old.next_attempt_at))
  execute function public.backfill_note_due_on_change_v1('lists');
create or replace trigger backfill_note_due_added
  after insert on public.backfill_numbers referencing new table as made
  for each statement execute function public.backfill_note_due_on_change_v1();
create or replace trigger backfill_note_due
  after update on public.backfill_numbers referencing new table as made
  for each statement execute function public.backfill_note_due_on_change_v1();
