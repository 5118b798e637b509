-- Commit one page: its rows, the cursor, the chunk record, the measurements and the lease, all of it
-- or nothing. The same page committed twice changes nothing and gets the same answer.
--
-- p_page          {"contributors", "pull_requests", "reviews", "comments", "continuations", "skipped"}
-- p_walk          {"end_cursor", "has_next_page", "total", "node_id", "full_name", "is_private"}
-- p_measurements  {"points", "requests", "milliseconds", "first", "rate_limit_remaining"}
-- p_page_size     what the page planner wants remembered (see backfill_remember_page_size_v1)
-- p_lease_seconds how long the next chunk is leased for; null gives the lease back
create or replace function public.backfill_commit_page_v1(
  p_repository_id uuid,
  p_lease_token uuid,
  p_chunk_id uuid,
  p_page jsonb,
  p_walk jsonb,
  p_measurements jsonb,
  p_page_size jsonb,
  p_lease_seconds int default null,
  p_next_attempt_at timestamptz default null,
  p_next_attempt_reason text default null,
  p_now timestamptz default now()
) returns jsonb
language plpgsql
set search_path = public, pg_temp
-- A page is some hundred rows, so every row is best found by its index. Left to itself the planner
-- scans a table whole while it is small, and a session keeps that plan when it has grown.
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
-- The plan is the same for every page, so none is made for one alone.
set plan_cache_mode = force_generic_plan
as $$
declare
  chunk backfill_chunks;
  next_chunk backfill_chunks;
  state progressive_backfill_state;
  stored jsonb;
  going_on boolean := (p_walk ->> 'has_next_page')::boolean;
begin
  -- Before anything is read: the same call may still be under way on a connection that was given up.
  perform from progressive_backfill_state s where s.repository_id = p_repository_id for update;
  select * into chunk from backfill_chunks c where c.id = p_chunk_id and c.status = 'completed';
  if chunk.lease_token = p_lease_token then
    return chunk.result || jsonb_build_object('replayed', true);
  end if;
  state := backfill_lock_leased_walk_v1(p_repository_id, p_lease_token);

  perform backfill_note_repository_v1(p_repository_id, p_walk, p_now);
  stored := backfill_store_page_v1(p_repository_id, p_page, p_now);
  perform backfill_remember_page_size_v1(p_repository_id, p_page_size, p_now);

  update progressive_backfill_state s
  set total_prs = (p_walk ->> 'total')::int,
    processed_prs = coalesce(s.processed_prs, 0) + (stored ->> 'inserted')::int,
    walk_watermark = case when s.last_processed_cursor is null then coalesce((
        select max((p ->> 'updated_at')::timestamptz)
        from jsonb_array_elements(p_page -> 'pull_requests') p), s.walk_watermark)
      else s.walk_watermark end,
    last_processed_cursor = coalesce(p_walk ->> 'end_cursor', s.last_processed_cursor),
    last_processed_pr_number = coalesce(
      (stored #>> '{numbers,-1}')::int, s.last_processed_pr_number),
    last_processed_at = p_now,
    chunk_size = coalesce((p_page_size ->> 'page_size')::int, s.chunk_size),
    -- A person may have paused it meanwhile: that holds from the end of this lease.
    status = case when going_on then s.status else 'completed' end,
    consecutive_errors = 0,
    pause_count = 0,
    next_attempt_at = case when going_on then p_next_attempt_at end,
    next_attempt_reason = case when going_on then p_next_attempt_reason end,
    lease_token = case when going_on and p_lease_seconds is not null then s.lease_token end,
    lease_holder = case when going_on and p_lease_seconds is not null then s.lease_holder end,
    lease_expires_at = case when going_on then p_now + make_interval(secs => p_lease_seconds) end
  where s.id = state.id
  returning * into state;

  perform backfill_note_day_v1(p_repository_id, 'backfill', p_page, p_measurements, p_now);
  update backfill_chunks c
  set status = 'completed',
    pr_numbers = array(select jsonb_array_elements_text(stored -> 'numbers')::int),
    started_at = greatest(c.started_at, p_now - interval '20 days'),
    completed_at = p_now,
    error = null,
    end_cursor = p_walk ->> 'end_cursor',
    page_size = (p_measurements ->> 'first')::int,
    row_count = backfill_row_count_v1(p_page),
    points = (p_measurements ->> 'points')::int,
    fetch_milliseconds = (p_measurements ->> 'milliseconds')::int,
    api_calls_made = (p_measurements ->> 'requests')::int,
    rate_limit_remaining = (p_measurements ->> 'rate_limit_remaining')::int
  where c.id = p_chunk_id;

  if state.lease_token is not null then
    next_chunk := backfill_open_chunk_v1(state, state.last_processed_cursor, p_lease_token, p_now);
  end if;
  update backfill_chunks c
  set result = jsonb_build_object(
    'ok', true,
    'inserted', stored -> 'inserted',
    'rejected', stored -> 'rejected',
    'stored', state.processed_prs,
    'status', state.status,
    'next_chunk_id', next_chunk.id,
    'next_chunk_number', next_chunk.chunk_number)
  where c.id = p_chunk_id
  returning * into chunk;
  return chunk.result;
end
$$;
