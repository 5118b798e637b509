-- How far a run or a job is in GitHub's words. A word that is not known yet is one for waiting.
create or replace function public.backfill_status_rank_v1(p_status text) returns int
language sql immutable
as $$
  select case p_status when 'completed' then 2 when 'in_progress' then 1 else 0 end
$$;

-- Store what is said of a workflow run, if it is not behind what is known already.
-- An end is final but for two: one without a conclusion, and one that asked for a person's approval.
create or replace function public.backfill_store_workflow_run_v1(
  p_observed jsonb,
  p_now timestamptz
) returns void
language plpgsql
as $$
declare
  said backfill_workflow_runs;
begin
  if p_observed -> 'run' is null or p_observed -> 'run' = 'null' then
    return;
  end if;
  said := jsonb_populate_record(null::backfill_workflow_runs, p_observed || (p_observed -> 'run'));
  insert into backfill_workflow_runs as w
    (workflow_repository, run_id, run_attempt, workflow, event, status, conclusion, url, created_at,
     started_at, completed_at, noted_at)
  values
    (said.workflow_repository, said.run_id, said.run_attempt, said.workflow, said.event, said.status,
     said.conclusion, said.url, said.created_at, said.started_at, said.completed_at, p_now)
  on conflict (workflow_repository, run_id, run_attempt) do update
  set workflow = coalesce(excluded.workflow, w.workflow),
    event = coalesce(excluded.event, w.event),
    status = excluded.status,
    conclusion = coalesce(excluded.conclusion, w.conclusion),
    url = coalesce(excluded.url, w.url),
    created_at = coalesce(excluded.created_at, w.created_at),
    started_at = coalesce(excluded.started_at, w.started_at),
    completed_at = excluded.completed_at,
    noted_at = p_now
  where backfill_status_rank_v1(excluded.status) >= backfill_status_rank_v1(w.status)
    and (w.status <> 'completed' or w.conclusion is null
      or w.conclusion = 'action_required' and excluded.conclusion is not null);
end
$$;

-- Store what is said of jobs, by the same rules, with the minutes that GitHub bills for them.
create or replace function public.backfill_store_workflow_jobs_v1(
  p_observed jsonb,
  p_now timestamptz
) returns void
language plpgsql
as $$
declare
  said backfill_workflow_jobs;
begin
  for said in
    select (jsonb_populate_record(null::backfill_workflow_jobs, p_observed || j.value)).*
    from jsonb_array_elements(p_observed -> 'jobs') j
  loop
    insert into backfill_workflow_jobs as w
      (workflow_repository, job_id, run_id, run_attempt, name, runner, status, conclusion, url,
       created_at, started_at, completed_at, billed_minutes, noted_at)
    values
      (said.workflow_repository, said.job_id, said.run_id, said.run_attempt, said.name, said.runner,
       said.status, said.conclusion, said.url, said.created_at, said.started_at, said.completed_at,
       backfill_job_minutes_v1(said), p_now)
    on conflict (workflow_repository, job_id) do update
    set run_attempt = excluded.run_attempt,
      name = coalesce(excluded.name, w.name),
      runner = coalesce(excluded.runner, w.runner),
      status = excluded.status,
      conclusion = coalesce(excluded.conclusion, w.conclusion),
      url = coalesce(excluded.url, w.url),
      created_at = coalesce(excluded.created_at, w.created_at),
      started_at = coalesce(excluded.started_at, w.started_at),
      completed_at = excluded.completed_at,
      billed_minutes = excluded.billed_minutes,
      noted_at = p_now
    where backfill_status_rank_v1(excluded.status) >= backfill_status_rank_v1(w.status)
      and (w.status <> 'completed' or w.conclusion is null);
  end loop;
end
$$;

-- The minutes that GitHub bills for a job: begun ones count in full. None without a runner; null while
-- it is not over.
create or replace function public.backfill_job_minutes_v1(p_job backfill_workflow_jobs) returns int
language sql immutable
as $$
  select case
    when p_job.status <> 'completed' then null
    when p_job.runner is null or p_job.started_at is null or p_job.conclusion = 'skipped' then 0
    else greatest(1, ceil(extract(epoch from p_job.completed_at - p_job.started_at) / 60))::int end
$$;
