-- Add one job to progressive_capture_jobs, without a processor yet. The same job is not added while it
-- still waits or runs.
--
-- p_pr_numbers  exactly these pull requests; null: whatever there is
--
-- Returns {"job_id", "is_new", "status", "repository"}. CB002 for an unknown repository.
create or replace function public.backfill_enqueue_job_v1(
  p_job_type text,
  p_repository_id uuid default null,
  p_full_name text default null,
  p_days int default null,
  p_priority text default 'medium',
  p_pr_numbers int[] default null,
  p_now timestamptz default now()
) returns jsonb
language plpgsql
as $$
declare
  wanted uuid := backfill_resolve_repository_v1(p_repository_id, p_full_name);
  wanted_name text := (select r.full_name from repositories r where r.id = wanted);
  numbers int[] := (select array_agg(distinct n order by n) from unnest(p_pr_numbers) n);
  identity text := concat_ws('|', p_job_type, wanted, coalesce(p_days, 0),
    array_to_string(coalesce(numbers, '{}'), ','));
  found_job progressive_capture_jobs;
  is_new boolean := false;
begin
  -- Two calls at once must not both add it.
  perform pg_advisory_xact_lock(hashtextextended('backfill_jobs ' || identity, 0));
  select * into found_job from progressive_capture_jobs j
  where j.metadata ->> 'identity' = identity and j.status in ('pending', 'processing')
  order by j.created_at limit 1;
  if found_job.id is null then
    insert into progressive_capture_jobs
      (job_type, repository_id, processor_type, status, time_range_days, metadata, created_at)
    values (p_job_type, wanted, 'undecided', 'pending', p_days, jsonb_strip_nulls(jsonb_build_object(
      'identity', identity, 'repository_name', wanted_name, 'priority', p_priority,
      'pr_numbers', to_jsonb(numbers), 'trigger_source', 'manual',
      'created_by', 'contributor-backfill')), p_now)
    returning * into found_job;
    is_new := true;
  end if;
  return jsonb_build_object('ok', true, 'job_id', found_job.id, 'is_new', is_new,
    'status', found_job.status, 'repository', wanted_name);
end
$$;
