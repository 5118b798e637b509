-- Lock the walk that a lease token stands for. CB001 when the lease has passed to another run.
-- An expired lease that nobody has taken still counts: the work it did is good.
create or replace function public.backfill_lock_leased_walk_v1(
  p_repository_id uuid,
  p_lease_token uuid
) returns progressive_backfill_state
language plpgsql
set search_path = public, pg_temp
as $$
declare
  state progressive_backfill_state;
begin
  select * into state from progressive_backfill_state s
  where s.repository_id = p_repository_id
  for update;
  if (state.lease_token = p_lease_token) is not true then
    raise exception 'The lease on repository % has passed to %.', p_repository_id,
      coalesce(state.lease_holder, 'nobody')
      using errcode = 'CB001', hint = 'Another run captures it now; nothing is lost.';
  end if;
  return state;
end
$$;
