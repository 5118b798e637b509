-- A run's latest attempt is that of its repository: backfill_latest_attempt_v2 asks for both.
drop function if exists public.backfill_latest_attempt_v1(bigint);
