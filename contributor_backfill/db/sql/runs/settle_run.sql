-- Close a run that did not say itself how it ended. What it says later counts more.
create or replace function public.backfill_settle_run_v1(
  p_run_id uuid,
  p_outcome text,
  p_reason text,
  p_settled_by text,
  p_now timestamptz
) returns void
language plpgsql
as $$
begin
  update backfill_runs r
  set outcome = p_outcome,
    stop_reason = p_reason,
    -- It was alive at its last heartbeat; nobody knows how long after.
    ended_at = r.heartbeat_at,
    seconds = extract(epoch from r.heartbeat_at - r.started_at),
    billed_minutes = coalesce(r.billed_minutes, backfill_billed_minutes_v1(r, r.heartbeat_at)),
    settled_by = p_settled_by
  where r.id = p_run_id and r.settled_by is distinct from 'run';
  perform backfill_move_capture_job_v1(p_run_id, p_now);
end
$$;
