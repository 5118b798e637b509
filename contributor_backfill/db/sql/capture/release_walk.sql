-- Give a lease back without a page: the open chunk is forgotten, the walk goes on at
-- `p_next_attempt_at` (null: whenever a run comes by).
create or replace function public.backfill_release_walk_v1(
  p_repository_id uuid,
  p_lease_token uuid,
  p_next_attempt_at timestamptz default null,
  p_reason text default null
) returns jsonb
language plpgsql
set search_path = public, pg_temp
as $$
declare
  state progressive_backfill_state;
begin
  -- Before anything is read: the same call may still be under way on a connection that was given up.
  perform from progressive_backfill_state s where s.repository_id = p_repository_id for update;
  if exists (
    select from progressive_backfill_state s
    where s.repository_id = p_repository_id and s.lease_token is null
  ) then
    return jsonb_build_object('ok', true, 'replayed', true);
  end if;
  state := backfill_lock_leased_walk_v1(p_repository_id, p_lease_token);
  delete from backfill_chunks c where c.backfill_state_id = state.id and c.status = 'processing';
  update progressive_backfill_state s
  set next_attempt_at = p_next_attempt_at, next_attempt_reason = p_reason,
    lease_holder = null, lease_token = null, lease_expires_at = null
  where s.id = state.id;
  return jsonb_build_object('ok', true, 'replayed', false);
end
$$;
