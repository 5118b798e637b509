-- Record how a run ended, by its own word, which counts more than anybody else's. Safe to repeat.
--
-- p_end     {"outcome": "done" | "deferred" | "failed", "stop_reason", "error", "exit_code"}
-- p_counts  {"chunks", "rows", "points", "requests", "database_calls", "bytes",
--           "quota": {"limit", "remaining", "reset_at"}} of GitHub's hourly points, or null
create or replace function public.backfill_end_run_v1(
  p_run_id uuid,
  p_end jsonb,
  p_counts jsonb,
  p_now timestamptz default now()
) returns jsonb
language plpgsql
-- A table that was never analyzed looks small.
set enable_seqscan = off
as $$
begin
  update backfill_runs r set settled_by = null
  where r.id = p_run_id and r.settled_by = 'github';
  perform backfill_beat_run_v1(p_run_id, p_counts, p_now);
  update backfill_runs r
  set outcome = p_end ->> 'outcome',
    stop_reason = p_end ->> 'stop_reason',
    error = p_end ->> 'error',
    exit_code = (p_end ->> 'exit_code')::int,
    ended_at = p_now,
    seconds = extract(epoch from p_now - r.started_at),
    billed_minutes = coalesce(r.billed_minutes, backfill_billed_minutes_v1(r, p_now)),
    settled_by = 'run'
  where r.id = p_run_id and r.settled_by is distinct from 'run';
  perform backfill_sample_database_v1(p_now);
  perform backfill_move_capture_job_v1(p_run_id, p_now);
  return jsonb_build_object('ok', true,
    'renames_left', (select count(*) from backfill_renames),
    'counts_left', exists (
      select from backfill_repositories b where b.count_is_due and b.untracked_at is null));
end
$$;
