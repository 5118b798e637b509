-- Claim the first due walk: take its lease, open its chunk and say all that a run needs to go on.
-- Answers {"claimed": false, "tracked": n, "blocked": [...]} when nothing is due.
-- `p_only` names the repositories that come into question, in lower case; null: all of them.
create or replace function public.backfill_claim_walk_v2(
  p_holder text,
  p_lease_seconds int,
  p_repository_id uuid default null,
  p_full_name text default null,
  p_exclude uuid[] default '{}',
  p_dead_holders text[] default '{}',
  p_only text[] default null,
  p_now timestamptz default now()
) returns jsonb
language plpgsql
set search_path = public, pg_temp
-- For all that it calls: one repository is found by index, however few there are.
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  wanted uuid := backfill_resolve_repository_v1(p_repository_id, p_full_name);
  token uuid := gen_random_uuid();
  candidate record;
  known uuid[];
  batch backfill_due[];
  last_seen backfill_due;
  refused uuid[];
  is_first boolean := true;
  state progressive_backfill_state;
  walk jsonb;
  chunk backfill_chunks;
begin
  perform backfill_refuse_old_run_v1(p_holder);
  -- Who is named is asked; else those come into question that stand as due, a few at a time.
  known := case
    when wanted is not null then array[wanted]
    when p_only is not null then array(
      select r.id from repositories r where lower(r.full_name) = any (p_only)) end;
  if known is null and p_dead_holders <> '{}' then
    perform backfill_free_for_v1(p_dead_holders);
  end if;
  loop
    if known is null then
      batch := case when is_first then backfill_newly_due_v1(p_exclude, 20, p_now) else array(
        select d from backfill_first_due_v1(array['backfill'], p_exclude, last_seen, 20, p_now) d) end;
      if is_first then
        is_first := false;
        continue when batch = '{}';
      else
        exit when batch = '{}';
        last_seen := batch[cardinality(batch)];
      end if;
    end if;
    refused := array(select b.repository_id from unnest(batch) b);
    for candidate in
      select d.state_id, s.repository_id
      from backfill_due_walks_of_v1(
        coalesce(known, refused), wanted is not null, p_exclude, p_dead_holders, p_now) d
      join progressive_backfill_state s on s.id = d.state_id
      order by d.place
    loop
      refused := array_remove(refused, candidate.repository_id);
      continue when state.id is not null;
      perform from progressive_backfill_state s
      where s.id = candidate.state_id for update skip locked;
      continue when not found;
      -- Looked at again under the lock, in a statement of its own, which sees what was committed until
      -- the lock was had: another run may have been faster.
      select s.* into state
      from backfill_due_walks_of_v1(array[candidate.repository_id], wanted is not null, p_exclude,
        p_dead_holders, p_now) d
      join progressive_backfill_state s on s.id = d.state_id;
    end loop;
    perform backfill_correct_due_v1(refused, 'backfill');
    exit when state.id is not null or known is not null;
  end loop;
  if state.id is null then
    return jsonb_build_object('ok', true, 'claimed', false)
      || backfill_explain_idle_v1(wanted, p_now);
  end if;

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
    lease_token = token,
    lease_expires_at = p_now + make_interval(secs => p_lease_seconds)
  where s.id = state.id
  returning * into state;

  chunk := backfill_open_chunk_v1(state, state.last_processed_cursor, token, p_now);
  walk := backfill_describe_walk_v1(state.id);
  return jsonb_build_object(
    'ok', true,
    'claimed', true,
    'lease_token', token,
    'chunk_id', chunk.id,
    'chunk_number', chunk.chunk_number,
    'waiting', case
      when known is null then backfill_count_due_v1(array['backfill'], array(
        select e || ':backfill' from unnest(p_exclude) e), p_now)
      else (
        select count(*) from backfill_due_walks_of_v1(
          known, wanted is not null, p_exclude, p_dead_holders, p_now)) end
  ) || walk;
end
$$;

-- The walks that stand as due of repositories that were tracked within the last day.
create or replace function public.backfill_newly_due_v1(
  p_exclude uuid[],
  p_limit int,
  p_now timestamptz
) returns backfill_due[]
language sql stable
set search_path = public, pg_temp
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
  select array(
    select d from backfill_repositories b
    join backfill_due d on d.repository_id = b.repository_id and d.source = 'backfill'
    where b.tracked_at > p_now - interval '24 hours' and d.due_at <= p_now
      and b.repository_id <> all (coalesce(p_exclude, '{}'))
    order by d.rank, d.due_at, d.repository_id
    limit p_limit)
$$;
