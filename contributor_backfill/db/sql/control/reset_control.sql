-- Begin a backfill afresh, from the newest pull request. What is stored stays. One that a run works on
-- now is left alone, and so is a repository that has none.
create or replace function public.backfill_reset_control_v1(p_control jsonb, p_now timestamptz)
returns jsonb
language sql immutable
as $$
  select case
    when p_control ->> 'status' is null
      or coalesce((p_control ->> 'lease_expires_at')::timestamptz > p_now, false)
    then p_control
    else backfill_due_control_v1(p_control, p_now) || jsonb_build_object(
      'walk_started_at', p_now, 'cursor', null, 'last_number', null,
      'lease_holder', null, 'lease_expires_at', null)
  end
$$;
