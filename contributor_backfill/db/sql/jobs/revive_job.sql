-- Put a dead letter back into the queue, as a new one; on record. Returns {"is_revived", "state"}.
-- CB002 for a job that was never routed.
create or replace function public.backfill_revive_job_v1(
  p_job_id uuid,
  p_order jsonb,
  p_now timestamptz default now()
) returns jsonb
language plpgsql
as $$
declare
  held backfill_jobs;
begin
  select * into held from backfill_jobs b where b.job_id = p_job_id for update;
  if held.job_id is null then
    raise exception 'There is no routed job %.', p_job_id
      using errcode = 'CB002', hint = '`contributor-backfill queue` lists the jobs with their ids.';
  end if;
  if held.state = 'dead' then
    update backfill_jobs b
    -- Under its old id Inngest would take it for one that it has run.
    set state = 'waiting', attempts = 0, next_attempt_at = null, correlation_id = gen_random_uuid(),
      claimed_at = null, dead_at = null, dead_reason = null
    where b.job_id = p_job_id;
    update progressive_capture_jobs j
    set status = 'pending', completed_at = null, error = null where j.id = p_job_id;
    perform backfill_note_intervention_v1(p_order, held.repository_id, jsonb_build_object(
      'action', 'revive_job', 'reason', p_order ->> 'reason',
      'repository', (select r.full_name from repositories r where r.id = held.repository_id),
      'before', jsonb_build_object('state', 'dead', 'dead_reason', held.dead_reason),
      'after', jsonb_build_object('state', 'waiting', 'job_id', p_job_id)), p_now);
  end if;
  return jsonb_build_object('ok', true, 'is_revived', held.state = 'dead', 'state', held.state);
end
$$;
