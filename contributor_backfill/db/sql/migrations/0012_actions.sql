-- A run's latest attempt is that of its repository: backfill_latest_attempt_v2 asks for both.
drop function if exists public.backfill_latest_attempt_v1(bigint);

-- Replaced by its next version, which can be told how long the job is to wait.
drop function if exists public.backfill_release_job_v1(uuid, uuid, text, timestamptz);
