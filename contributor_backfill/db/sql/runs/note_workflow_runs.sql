-- Take in what GitHub says of workflow runs and of their jobs, in whatever order it comes and however
-- often, and settle the runs of commands that it speaks of. What is not ours counts only if it is known.
--
-- p_observed  {"runs": [{"workflow_repository", "run_id", "run_attempt", "is_ours",
--                        "run": {"workflow", "event", "status", "conclusion", "url", "created_at",
--                                "started_at", "completed_at"} or null,
--                        "jobs": [{"job_id", "name", "runner", "status", ...}]}]}
-- p_delivery  {"id", "event", "action"} of the webhook that brought the one run, or null
create or replace function public.backfill_note_workflow_runs_v1(
  p_observed jsonb,
  p_delivery jsonb default null,
  p_now timestamptz default now()
) returns jsonb
language plpgsql
as $$
declare
  observed jsonb;
  stored int := 0;
  settled int := 0;
begin
  -- In the order of their ids, so that two calls with many of them cannot wait for each other.
  for observed in
    select o.value from jsonb_array_elements(p_observed -> 'runs') o
    order by (o.value ->> 'run_id')::bigint, (o.value ->> 'run_attempt')::int
  loop
    perform backfill_lock_workflow_run_v1((observed ->> 'run_id')::bigint);
    continue when not backfill_is_known_workflow_run_v1(observed);
    if not backfill_is_new_delivery_v1(observed, p_delivery, p_now) then
      return jsonb_build_object('ok', true, 'stored', 0, 'settled', 0, 'is_repeated', true);
    end if;
    perform backfill_store_workflow_run_v1(observed, p_now);
    perform backfill_store_workflow_jobs_v1(observed, p_now);
    stored := stored + 1;
    settled := settled + backfill_settle_workflow_run_v1(
      observed ->> 'workflow_repository', (observed ->> 'run_id')::bigint, p_now);
  end loop;
  return jsonb_build_object('ok', true, 'stored', stored, 'settled', settled, 'is_repeated', false);
end
$$;

-- Wait until nobody else is at a workflow run. Its events come together, and each reads what the others
-- wrote of it in several tables.
create or replace function public.backfill_lock_workflow_run_v1(p_run_id bigint) returns void
language sql
as $$
  select pg_advisory_xact_lock(hashtextextended('backfill_workflow_run ' || p_run_id, 0))
$$;

-- Whether a workflow run is one of ours, or one in which a command of ours ran.
create or replace function public.backfill_is_known_workflow_run_v1(p_observed jsonb) returns boolean
language sql stable
as $$
  select (p_observed ->> 'is_ours')::boolean
    or exists (
      select from backfill_runs r
      where r.workflow_run_id = (p_observed ->> 'run_id')::bigint
        and lower(r.workflow_repository) = lower(p_observed ->> 'workflow_repository'))
    or exists (
      select from backfill_workflow_runs w
      where w.run_id = (p_observed ->> 'run_id')::bigint
        and lower(w.workflow_repository) = lower(p_observed ->> 'workflow_repository'))
$$;

-- Note a delivery, and tell whether it was not noted before. GitHub sends none again after three days.
create or replace function public.backfill_is_new_delivery_v1(
  p_observed jsonb,
  p_delivery jsonb,
  p_now timestamptz
) returns boolean
language plpgsql
as $$
begin
  if p_delivery is null then
    return true;
  end if;
  delete from backfill_deliveries d where d.received_at < p_now - interval '{policy.DELIVERIES_KEPT}';
  insert into backfill_deliveries (delivery_id, event, action, run_id, run_attempt, received_at)
  values (p_delivery ->> 'id', p_delivery ->> 'event', p_delivery ->> 'action',
    (p_observed ->> 'run_id')::bigint, (p_observed ->> 'run_attempt')::int, p_now)
  on conflict (delivery_id) do nothing;
  return found;
end
$$;
