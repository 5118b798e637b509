-- Whether nobody has said yet which processor takes a job. Production's default is a processor, so that
-- "none yet" is a word of its own; jobs that others gave a processor are left alone.
create or replace function public.backfill_is_undecided_v1(p_job progressive_capture_jobs)
returns boolean
language sql immutable
as $$
  select p_job.status = 'pending' and p_job.processor_type in ('undecided', 'unknown', '')
$$;

-- The metadata of a job as an object: whoever wrote the row may have written anything.
create or replace function public.backfill_metadata_object_v1(p_metadata jsonb) returns jsonb
language sql immutable
as $$
  select case when jsonb_typeof(p_metadata) = 'object' then p_metadata else '{}' end
$$;

-- The jobs without a processor, the oldest first, with what deciding needs to know:
-- {"settings", "window": {"actions", "all", "jobs"}, "jobs": [...], "left": how many there are beyond}.
-- The window is the estimated work of the last p_window jobs that were given to a processor.
create or replace function public.backfill_undecided_jobs_v1(
  p_limit int,
  p_window int default 500,
  p_now timestamptz default now()
) returns jsonb
language sql stable
as $$
  with undecided as materialized (
    select j.* from progressive_capture_jobs j
    where j.status = 'pending' and j.processor_type in ('undecided', 'unknown', '')
      and not exists (select from backfill_jobs b where b.job_id = j.id)
      and (j.repository_id is null or not backfill_is_untracked_v1(j.repository_id))
    order by j.created_at, j.id limit p_limit
  ), latest as (
    select b.decision, b.estimated_work from backfill_jobs b
    where b.decision <> 'skip' and b.decided_at > p_now - interval '{policy.ROUTING_WINDOW}'
    order by b.place desc limit p_window
  )
  select jsonb_build_object(
    'ok', true,
    'settings', backfill_routing_settings_v1(),
    'window', (
      select jsonb_build_object(
        'actions', coalesce(sum(t.estimated_work) filter (where t.decision = 'github_actions'), 0),
        'all', coalesce(sum(t.estimated_work), 0), 'jobs', count(*))
      from latest t),
    'jobs', coalesce((
      select jsonb_agg(jsonb_build_object(
        'job_id', u.id, 'job_type', u.job_type, 'full_name', r.full_name, 'days', u.time_range_days,
        'metadata', u.metadata,
        'pull_requests', coalesce(b.pull_requests_total, s.total_prs),
        'remaining', case when s.total_prs is not null
          then greatest(s.total_prs - s.processed_prs, 0) end,
        'is_backfilling', coalesce(s.status = 'active', false)) order by u.created_at, u.id)
      from undecided u
      left join repositories r on r.id = u.repository_id
      left join backfill_repositories b on b.repository_id = u.repository_id
      left join lateral (
        select w.total_prs, w.processed_prs, w.status from progressive_backfill_state w
        where w.repository_id = u.repository_id
        order by w.status = 'active' desc, w.updated_at desc limit 1) s on true), '[]'))
$$;

-- Write decisions: {"jobs": [{"job_id", "decision", "reason", "priority", "estimated_work"}]}. A job that
-- somebody else has decided meanwhile keeps that decision. A skipped job is over, with the reason in its metadata.
-- Returns {"decided": the ids that were decided by this call}.
create or replace function public.backfill_decide_jobs_v1(
  p_decisions jsonb,
  p_now timestamptz default now()
) returns jsonb
language plpgsql
as $$
declare
  decided uuid[];
begin
  -- The rows of jobs are locked in the order of their ids, so that two routers cannot deadlock.
  perform from progressive_capture_jobs j
  where j.id in (select (d ->> 'job_id')::uuid from jsonb_array_elements(p_decisions -> 'jobs') d)
  order by j.id for update;
  with given as (
    select d.*, g.place from jsonb_array_elements(p_decisions -> 'jobs') with ordinality g (decision, place),
      jsonb_to_record(g.decision) as d (
        job_id uuid, decision text, reason text, priority text, estimated_work double precision)
  ), made as (
    insert into backfill_jobs
      (job_id, repository_id, priority, estimated_work, decision, reason, decided_at, state)
    select g.job_id, j.repository_id, g.priority, g.estimated_work, g.decision, g.reason, p_now,
      case g.decision when 'skip' then 'skipped' else 'waiting' end
    from given g
    join progressive_capture_jobs j on j.id = g.job_id
    where backfill_is_undecided_v1(j)
    order by g.place
    on conflict (job_id) do nothing
    returning job_id, decision, reason
  ), moved as (
    update progressive_capture_jobs j
    set processor_type = case m.decision when 'skip' then 'none' else m.decision end,
      status = case m.decision when 'skip' then 'skipped' else j.status end,
      completed_at = case m.decision when 'skip' then p_now end,
      metadata = backfill_metadata_object_v1(j.metadata) || jsonb_build_object(
        'routing_decision', m.decision, 'routing_reason', m.reason)
    from made m
    where j.id = m.job_id
    returning j.id
  )
  select coalesce(array_agg(m.id), '{}') into decided from moved m;
  return jsonb_build_object('ok', true, 'decided', to_jsonb(decided));
end
$$;
