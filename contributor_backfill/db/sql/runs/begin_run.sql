-- Record that a run begins, close the runs whose heartbeat stopped, and say when the last run of the
-- same command began, and how the month stands where it has a cap. The same run begun twice is one.
--
-- p_run  {"id", "command", "repository", "holder", "capture_job_id", "workflow_repository", "workflow",
--         "workflow_run_id", "run_attempt", "job", "runner", "event", "url",
--         "workflow_is_private"}
-- p_version  as in backfill_check_version_v1; without it the version is too old, and nothing is recorded
create or replace function public.backfill_begin_run_v2(
  p_run jsonb,
  p_version jsonb default null,
  p_silent_seconds int default {policy.SILENT_SECONDS},
  p_now timestamptz default now()
) returns jsonb
language plpgsql
-- A table that was never analyzed looks small.
set enable_seqscan = off
as $$
declare
  run backfill_runs := jsonb_populate_record(null::backfill_runs, p_run);
  previous backfill_runs;
begin
  perform backfill_check_version_v1(p_version);
  -- These two close them themselves: `recover` puts it on record, `sync-runs` asks GitHub before.
  if coalesce(run.command not in ('recover', 'sync-runs'), true) then
    perform backfill_lose_silent_runs_v1(make_interval(secs => p_silent_seconds), p_now);
  end if;
  insert into backfill_runs
    (id, command, repository, holder, capture_job_id, workflow_repository, workflow, workflow_run_id,
     run_attempt, job, runner, event, url, workflow_is_private, started_at,
     heartbeat_at, schema_version)
  values
    (run.id, run.command, run.repository, run.holder, run.capture_job_id, run.workflow_repository,
     run.workflow, run.workflow_run_id, run.run_attempt, run.job, run.runner, run.event, run.url,
     coalesce(run.workflow_is_private, backfill_workflow_is_private_v1(run.workflow_repository)),
     p_now, p_now, (p_version ->> 'schema')::int)
  on conflict (id) do nothing;
  perform backfill_move_capture_job_v1(run.id, p_now);
  select * into previous from backfill_runs r
  where r.command = run.command and r.id <> run.id and r.started_at <= p_now
  order by r.started_at desc limit 1;
  if backfill_has_budget_v1() then
    perform backfill_keep_run_days_v1(p_now);
  end if;
  return jsonb_build_object(
    'ok', true, 'repository_now', backfill_renamed_to_v1(run.repository),
    'previous_started_at', previous.started_at, 'previous_outcome', previous.outcome,
    'budget', case when backfill_has_budget_v1() then backfill_budget_standing_v1(p_now) end);
end
$$;

-- backfill_begin_run_v1 is what versions before 0.2.0 begin their runs with: they are refused, so that
-- none works beside a newer one.
create or replace function public.backfill_begin_run_v1(
  p_run jsonb,
  p_silent_seconds int default {policy.SILENT_SECONDS},
  p_now timestamptz default now()
) returns jsonb
language plpgsql
as $$
begin
  return backfill_check_version_v1(null);
end
$$;
