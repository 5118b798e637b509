-- Give a lease back without a page, to go on at `p_next_attempt_at` (null: whenever a run comes by). The open
-- chunk of a backfill is forgotten.
create or replace function public.backfill_release_v1(
  p_repository_id uuid,
  p_source text,
  p_lease_token uuid,
  p_next_attempt_at timestamptz default null,
  p_reason text default null
) returns jsonb
language plpgsql
as $$
declare
  earlier constant jsonb := backfill_hold_lease_v1(
    p_repository_id, p_source, p_lease_token, 'released');
begin
  if earlier is not null then
    return earlier;
  elsif p_source = 'backfill' then
    delete from backfill_chunks c
    using progressive_backfill_state s
    where s.repository_id = p_repository_id and c.backfill_state_id = s.id
      and c.status = 'processing';
    update progressive_backfill_state s
    set next_attempt_at = p_next_attempt_at, next_attempt_reason = p_reason,
      lease_holder = null, lease_token = null, lease_expires_at = null
    where s.repository_id = p_repository_id;
  else
    update backfill_feeds f
    set next_attempt_at = p_next_attempt_at, next_attempt_reason = p_reason,
      lease_holder = null, lease_expires_at = null
    where f.repository_id = p_repository_id and f.feed = p_source;
  end if;
  return jsonb_build_object('ok', true, 'replayed', false);
end
$$;

-- Record that a page could not be captured, give the lease back and decide what comes next.
--
-- A backfill: `p_terminal` fails it until a person acts; the third failure in a row pauses it for 15 minutes,
-- doubling each time up to a day; any other is tried again after five minutes. Another source is tried again
-- after five minutes, twice as long with each failure in a row, a day at most; what a person must settle,
-- after a day.
create or replace function public.backfill_fail_v1(
  p_repository_id uuid,
  p_source text,
  p_lease_token uuid,
  p_error text,
  p_chunk_id uuid default null,
  p_terminal boolean default false,
  p_page_size jsonb default null,
  p_requests int default 0,
  p_now timestamptz default now()
) returns jsonb
language plpgsql
as $$
declare
  earlier constant jsonb := backfill_hold_lease_v1(
    p_repository_id, p_source, p_lease_token, 'failed', p_chunk_id);
  state progressive_backfill_state;
  outcome jsonb;
begin
  if earlier is not null then
    return earlier;
  end if;
  perform backfill_note_measured_v1(p_repository_id, p_source, null,
    jsonb_build_object('requests', p_requests), p_page_size, p_now);
  if p_source <> 'backfill' then
    update backfill_feeds f
    set error_count = f.error_count + 1,
      consecutive_errors = f.consecutive_errors + 1,
      last_error = p_error,
      last_error_at = p_now,
      next_attempt_at = x.next_attempt_at,
      next_attempt_reason = case when p_terminal then 'access lost' else 'after an error' end,
      lease_holder = null, lease_expires_at = null,
      requests = f.requests + p_requests,
      result = jsonb_build_object('ok', true, 'consecutive_errors', f.consecutive_errors + 1,
        'next_attempt_at', x.next_attempt_at)
    from (
      select p_now + case when p_terminal then interval '{policy.LONGEST_RETRY}'
        else least(interval '{policy.LONGEST_RETRY}', interval '{policy.FIRST_RETRY}' * power(2, least(o.consecutive_errors, 10))) end
        as next_attempt_at
      from backfill_feeds o where o.repository_id = p_repository_id and o.feed = p_source) x
    where f.repository_id = p_repository_id and f.feed = p_source
    returning f.result into outcome;
    return outcome;
  end if;
  update progressive_backfill_state s
  set status = case when p_terminal then 'failed' when x.pauses then 'paused' else s.status end,
    error_count = coalesce(s.error_count, 0) + 1,
    consecutive_errors = coalesce(s.consecutive_errors, 0) + 1,
    last_error = p_error,
    last_error_at = p_now,
    pause_count = s.pause_count + x.pauses::int,
    resume_at = case when x.pauses then
      p_now + least(interval '{policy.LONGEST_RETRY}',
        interval '{policy.FIRST_PAUSE}' * power(2, least(s.pause_count, 10)))
      else s.resume_at end,
    next_attempt_at = case when x.goes_on then p_now + interval '{policy.FIRST_RETRY}' end,
    next_attempt_reason = case when x.goes_on then 'after an error' end,
    lease_holder = null, lease_token = null, lease_expires_at = null
  from (
    select p.pauses, not p_terminal and not p.pauses as goes_on
    from progressive_backfill_state o
    cross join lateral (select not p_terminal and o.status = 'active'
      and coalesce(o.consecutive_errors, 0) + 1 >= {policy.FAILURES_TO_PAUSE}) p (pauses)
    where o.repository_id = p_repository_id) x
  where s.repository_id = p_repository_id
  returning s.* into state;
  update backfill_chunks c
  set status = 'failed',
    started_at = greatest(c.started_at, p_now - interval '{policy.LONGEST_CHUNK}'),
    completed_at = p_now,
    error = p_error,
    api_calls_made = p_requests,
    result = jsonb_build_object(
      'ok', true, 'status', state.status, 'resume_at', state.resume_at,
      'next_attempt_at', state.next_attempt_at, 'consecutive_errors', state.consecutive_errors)
  where c.id = p_chunk_id
  returning c.result into outcome;
  return outcome;
end
$$;
