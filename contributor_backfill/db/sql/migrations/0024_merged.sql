-- What was two functions is one: what GitHub shows is neither deleted nor in doubt.
drop function if exists public.backfill_forget_doubts_v1(text, jsonb);
drop function if exists public.backfill_forget_deletions_v1(text, jsonb);
