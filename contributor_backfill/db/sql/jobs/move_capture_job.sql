-- Let the job that a run was given (progressive_capture_jobs) follow the run.
-- Production fails every job that is `processing` since more than ten minutes, so `started_at` is the
-- heartbeat, and the real start is kept in `metadata`.
create or replace function public.backfill_move_capture_job_v1(
  p_run_id uuid,
  p_now timestamptz
) returns void
language plpgsql
as $$
declare
  run backfill_runs;
begin
  select * into run from backfill_runs r where r.id = p_run_id;
  if run.capture_job_id is null then
    return;
  end if;
  update progressive_capture_jobs j
  set status = case when run.outcome = 'running' then 'processing'
      when run.outcome in ('done', 'deferred') then 'completed' else 'failed' end,
    workflow_run_id = coalesce(run.workflow_run_id, j.workflow_run_id),
    started_at = case when run.outcome = 'running' then p_now else j.started_at end,
    completed_at = case when run.outcome <> 'running' then p_now end,
    error = case when run.outcome in ('failed', 'lost') then coalesce(run.error, run.stop_reason) end,
    metadata = backfill_metadata_object_v1(j.metadata) || jsonb_build_object(
      'run_id', run.id, 'began_at', run.started_at, 'outcome', run.outcome,
      'stop_reason', run.stop_reason)
  where j.id = run.capture_job_id;
  if not found then
    raise exception 'There is no job % in progressive_capture_jobs.', run.capture_job_id
      using errcode = 'CB002', hint = 'Give the id of a row of that table, or leave --job-id out.';
  end if;
end
$$;
