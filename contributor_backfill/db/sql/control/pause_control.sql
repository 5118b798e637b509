-- Pause a repository: its backfill, its other sources, and a backfill that is begun later. A lease under way is left
-- alone; the pause holds from its end. Repeated, it changes the end of the pause alone.
--
-- p_arguments  {"minutes": after how many it ends by itself; null: when a person ends it}
create or replace function public.backfill_pause_control_v1(
  p_control jsonb,
  p_arguments jsonb,
  p_now timestamptz
) returns jsonb
language sql immutable
as $$
  select p_control || jsonb_build_object(
    'paused_at', case when backfill_control_is_paused_v1(p_control, p_now)
        and p_control ->> 'paused_at' is not null
      then p_control -> 'paused_at' else to_jsonb(p_now) end,
    'pause_ends_at', e.ends_at)
    || case when p_control ->> 'status' in ('active', 'paused')
      then jsonb_build_object('status', 'paused', 'resume_at', e.ends_at) else '{}' end
  from (
    select to_jsonb(p_now + make_interval(secs => (p_arguments ->> 'minutes')::float8 * 60)) as ends_at
  ) e
$$;

-- End a pause, whoever or whatever made it, and every wait for a next attempt.
create or replace function public.backfill_resume_control_v1(p_control jsonb) returns jsonb
language sql immutable
as $$
  select p_control || jsonb_build_object(
    'paused_at', null, 'pause_ends_at', null, 'next_attempt_at', null, 'next_attempt_reason', null,
    'deferred_feeds', null)
    || case when p_control ->> 'status' = 'paused' then jsonb_build_object(
      'status', 'active', 'resume_at', null, 'consecutive_errors', 0, 'pause_count', 0)
      else '{}' end
$$;

-- Take down that a pause has come to its end, as the next claim would.
create or replace function public.backfill_end_pause_control_v1(p_control jsonb, p_now timestamptz)
returns jsonb
language sql immutable
as $$
  select p_control
    || case when (p_control ->> 'pause_ends_at')::timestamptz <= p_now
      then '{"paused_at": null, "pause_ends_at": null}' else '{}'::jsonb end
    || case when p_control ->> 'status' = 'paused'
        and (p_control ->> 'resume_at')::timestamptz <= p_now
      then '{"status": "active", "resume_at": null}' else '{}'::jsonb end
$$;
