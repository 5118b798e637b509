-- Record that a chunk could not be captured, give the lease back and decide what comes next:
-- `p_terminal` fails the walk until a person acts; the third failure in a row pauses it for 15
-- minutes, doubling each time up to a day; any other is tried again after five minutes.
create or replace function public.backfill_fail_chunk_v1(
  p_repository_id uuid,
  p_lease_token uuid,
  p_chunk_id uuid,
  p_error text,
  p_terminal boolean default false,
  p_page_size jsonb default null,
  p_requests int default 0,
  p_now timestamptz default now()
) returns jsonb
language plpgsql
set search_path = public, pg_temp
as $$
declare
  state progressive_backfill_state;
  chunk backfill_chunks;
  failures int;
  pauses boolean;
begin
  -- Before anything is read: the same call may still be under way on a connection that was given up.
  perform from progressive_backfill_state s where s.repository_id = p_repository_id for update;
  select * into chunk from backfill_chunks c where c.id = p_chunk_id and c.status = 'failed';
  if chunk.lease_token = p_lease_token and chunk.result is not null then
    return chunk.result || jsonb_build_object('replayed', true);
  end if;
  state := backfill_lock_leased_walk_v1(p_repository_id, p_lease_token);
  failures := coalesce(state.consecutive_errors, 0) + 1;
  pauses := not p_terminal and failures >= 3 and state.status = 'active';

  update progressive_backfill_state s
  set status = case when p_terminal then 'failed' when pauses then 'paused' else s.status end,
    error_count = coalesce(s.error_count, 0) + 1,
    consecutive_errors = failures,
    last_error = p_error,
    last_error_at = p_now,
    pause_count = s.pause_count + pauses::int,
    resume_at = case when pauses then
      p_now + least(interval '1 day', interval '15 minutes' * power(2, least(s.pause_count, 10)))
      else s.resume_at end,
    next_attempt_at = case when not p_terminal and not pauses then p_now + interval '5 minutes' end,
    next_attempt_reason = case when not p_terminal and not pauses then 'after an error' end,
    lease_holder = null, lease_token = null, lease_expires_at = null
  where s.id = state.id
  returning * into state;

  perform backfill_remember_page_size_v1(p_repository_id, p_page_size, p_now);
  perform backfill_note_day_v1(
    p_repository_id, 'backfill', null, jsonb_build_object('requests', p_requests), p_now);
  update backfill_chunks c
  set status = 'failed',
    started_at = greatest(c.started_at, p_now - interval '20 days'),
    completed_at = p_now,
    error = p_error,
    api_calls_made = p_requests,
    result = jsonb_build_object(
      'ok', true, 'status', state.status, 'resume_at', state.resume_at,
      'next_attempt_at', state.next_attempt_at, 'consecutive_errors', failures)
  where c.id = p_chunk_id
  returning * into chunk;
  return chunk.result;
end
$$;
