-- Take the right to start the next run of a workflow: one run has it, and not again within `p_minutes`.
-- Returns {"dispatched_at": when another one took it}, or null when it is the caller's.
create or replace function public.backfill_claim_successor_v1(
  p_workflow_repository text,
  p_workflow text,
  p_run_id bigint,
  p_minutes double precision,
  p_now timestamptz default now()
) returns jsonb
language plpgsql
as $$
declare
  held backfill_successors;
begin
  insert into backfill_successors as s
    (workflow_repository, workflow, dispatched_at, dispatched_by)
  values (p_workflow_repository, p_workflow, p_now, p_run_id)
  on conflict (workflow_repository, workflow) do update
  set dispatched_at = p_now, dispatched_by = p_run_id
  where s.dispatched_at <= p_now - make_interval(secs => p_minutes * 60)
    -- The same call again, after a lost response.
    or s.dispatched_by = p_run_id;
  select * into held from backfill_successors s
  where s.workflow_repository = p_workflow_repository and s.workflow = p_workflow;
  return jsonb_build_object('ok', true, 'dispatched_at',
    case when held.dispatched_by is distinct from p_run_id or held.dispatched_at <> p_now
      then held.dispatched_at end);
end
$$;

-- Give the right back: the next run could not be started.
create or replace function public.backfill_release_successor_v1(
  p_workflow_repository text,
  p_workflow text
) returns jsonb
language plpgsql
as $$
begin
  delete from backfill_successors s
  where s.workflow_repository = p_workflow_repository and s.workflow = p_workflow;
  return jsonb_build_object('ok', true);
end
$$;
