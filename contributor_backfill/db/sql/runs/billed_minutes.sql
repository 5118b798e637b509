-- The whole minutes that GitHub bills for a run until a moment: its job's so far, without what the other
-- runs of that job are charged with already. Null outside Actions.
create or replace function public.backfill_billed_minutes_v1(
  p_run backfill_runs,
  p_until timestamptz
) returns int
language sql stable
as $$
  select case when p_run.workflow_run_id is not null then
    greatest(0, greatest(1, ceil(extract(epoch from
      p_until - least(p_run.started_at, min(r.started_at))) / 60))
      - coalesce(sum(r.billed_minutes), 0))::int end
  from backfill_runs r
  where r.workflow_run_id = p_run.workflow_run_id and r.run_attempt = p_run.run_attempt
    and lower(r.workflow_repository) is not distinct from lower(p_run.workflow_repository)
    and r.runner is not distinct from p_run.runner and r.id <> p_run.id
$$;
