-- Note that a run is alive, and what it has done so far. One that was taken for lost is not.
create or replace function public.backfill_beat_run_v1(
  p_run_id uuid,
  p_counts jsonb,
  p_now timestamptz default now()
) returns jsonb
language plpgsql
as $$
begin
  update backfill_runs r
  set heartbeat_at = p_now,
    outcome = 'running', settled_by = null, stop_reason = null, ended_at = null, seconds = null,
    chunks = coalesce((p_counts ->> 'chunks')::int, r.chunks),
    row_count = coalesce((p_counts ->> 'rows')::bigint, r.row_count),
    points = coalesce((p_counts ->> 'points')::bigint, r.points),
    requests = coalesce((p_counts ->> 'requests')::bigint, r.requests),
    database_calls = coalesce((p_counts ->> 'database_calls')::bigint, r.database_calls),
    bytes = coalesce((p_counts ->> 'bytes')::bigint, r.bytes),
    quota_limit = coalesce((p_counts #>> '{quota,limit}')::int, r.quota_limit),
    quota_remaining = coalesce((p_counts #>> '{quota,remaining}')::int, r.quota_remaining),
    quota_reset_at = coalesce((p_counts #>> '{quota,reset_at}')::timestamptz, r.quota_reset_at)
  where r.id = p_run_id and (r.settled_by is null or r.settled_by = 'silence');
  perform backfill_move_capture_job_v1(p_run_id, p_now);
  return jsonb_build_object('ok', true);
end
$$;
