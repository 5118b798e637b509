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
as $$
declare
  wanted uuid := backfill_resolve_repository_v1(p_repository_id, p_full_name);
  token uuid := gen_random_uuid();
  candidate uuid;
  state progressive_backfill_state;
  walk jsonb;
  chunk backfill_chunks;
begin
  perform backfill_refuse_old_run_v1(p_holder);
  for candidate in
    select d.state_id from backfill_due_walks_v1(wanted, p_exclude, p_dead_holders, p_now) d
    join progressive_backfill_state s on s.id = d.state_id
    join repositories r on r.id = s.repository_id
    where p_only is null or lower(r.full_name) = any (p_only)
    order by d.place
  loop
    perform from progressive_backfill_state s where s.id = candidate for update skip locked;
    continue when not found;
    -- Looked at again under the lock, in a statement of its own, which sees what was committed until
    -- the lock was had: another run may have been faster.
    select s.* into state
    from backfill_due_walks_v1(wanted, p_exclude, p_dead_holders, p_now) d
    join progressive_backfill_state s on s.id = d.state_id
    where d.state_id = candidate;
    exit when found;
  end loop;
  if state.id is null then
    return jsonb_build_object('ok', true, 'claimed', false)
      || backfill_explain_idle_v1(wanted, p_now);
  end if;

  update progressive_backfill_state s
  set status = 'active',
    processed_prs = (
      select count(*) from pull_requests p where p.repository_id = s.repository_id),
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
    'waiting', (
      select count(*) from backfill_due_walks_v1(wanted, p_exclude, p_dead_holders, p_now) d
      join progressive_backfill_state s on s.id = d.state_id
      join repositories r on r.id = s.repository_id
      where p_only is null or lower(r.full_name) = any (p_only))
  ) || walk;
end
$$;
