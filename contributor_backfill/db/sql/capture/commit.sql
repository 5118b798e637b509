-- Commit one page of a source: its rows, where the source goes on, the measurements and the lease, all of it
-- or nothing. The same page committed twice changes nothing and gets the same result.
--
-- p_chunk_id, p_step  which page it is: a chunk of the backfill, or a step of another source
-- p_page          see backfill_store_page_v1
-- p_progress      {"position": where it goes on; of a backfill {"cursor"},
--                 "finished": whether it is at its end,
--                 "repository": {"total", "node_id", "full_name", "is_private"} where GitHub said so,
--                 "listed": which part of a list a refresh covered (see backfill_doubt_unseen_v1)}
-- p_measurements  {"points", "requests", "milliseconds", "first", "rate_limit_remaining"}
-- p_page_size     what the page planner wants remembered (see backfill_note_measured_v1)
-- p_lease_seconds how long the next page is leased for; null gives the lease back
create or replace function public.backfill_commit_v1(
  p_repository_id uuid,
  p_source text,
  p_lease_token uuid,
  p_page jsonb,
  p_progress jsonb,
  p_measurements jsonb,
  p_page_size jsonb,
  p_chunk_id uuid default null,
  p_step int default null,
  p_lease_seconds int default null,
  p_next_attempt_at timestamptz default null,
  p_next_attempt_reason text default null,
  p_connections text[] default '{}',
  p_numbers int[] default null,
  p_limit int default 0,
  p_now timestamptz default now()
) returns jsonb
language plpgsql
-- A page is some hundred rows, so every row is best found by its index. Left to itself the planner
-- scans a table whole while it is small, and a session keeps that plan when it has grown.
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
-- The plan is the same for every page, so none is made for one alone.
set plan_cache_mode = force_generic_plan
as $$
declare
  earlier constant jsonb := backfill_hold_lease_v1(
    p_repository_id, p_source, p_lease_token, 'completed', p_chunk_id, p_step);
  stored jsonb;
  work jsonb;
  goes_on boolean := p_lease_seconds is not null and not (p_progress ->> 'finished')::boolean;
begin
  if earlier is not null then
    return earlier;
  end if;
  if p_progress ->> 'repository' is not null then
    perform backfill_note_repository_v2(p_repository_id, p_progress -> 'repository', p_now);
  end if;
  stored := backfill_store_page_v1(p_repository_id, p_page, p_now);
  if p_progress ->> 'listed' is not null then
    perform backfill_doubt_unseen_v1(p_repository_id, p_progress -> 'listed', p_now);
  end if;
  perform backfill_note_measured_v1(
    p_repository_id, p_source, stored, p_measurements, p_page_size, p_now);
  if p_source = 'backfill' then
    return backfill_move_backfill_v1(p_repository_id, p_chunk_id, p_page, p_progress, p_measurements,
      p_page_size, stored, case when goes_on then p_lease_seconds end, p_next_attempt_at,
      p_next_attempt_reason, p_now);
  end if;
  if goes_on and p_source = 'lists' then
    work := backfill_next_work_v1(
      p_repository_id, p_source, p_connections, p_numbers, p_limit, p_now);
    -- The queue is empty: there is nothing to hold a lease for.
    goes_on := work <> '{"lists": [], "numbers": [], "doubts": []}';
  end if;
  return backfill_move_source_v1(p_repository_id, p_source, p_progress, p_measurements,
    stored || jsonb_build_object('work', work), case when goes_on then p_lease_seconds end,
    p_next_attempt_at, p_next_attempt_reason, p_now);
end
$$;

-- Lock what a lease stands for, before anything is read: the same call may still be under way on a connection
-- that was given up. Returns the result of the call if it was made before, else null. CB001 when the lease
-- has passed to another run, or was given back; one that expired but was not taken still counts: the work that
-- it stands for is good.
--
-- p_outcome  what the call makes of the page: 'completed', 'failed' or 'released'
create or replace function public.backfill_hold_lease_v1(
  p_repository_id uuid,
  p_source text,
  p_lease_token uuid,
  p_outcome text,
  p_chunk_id uuid default null,
  p_step int default null
) returns jsonb
language plpgsql
as $$
declare
  is_held boolean;
  holder text;
  earlier jsonb;
begin
  if p_source = 'backfill' then
    select s.lease_token = p_lease_token, s.lease_holder,
      case when p_outcome = 'released' and s.lease_token is null then '{"ok": true}'::jsonb end
    into is_held, holder, earlier
    from progressive_backfill_state s where s.repository_id = p_repository_id for update;
    if p_chunk_id is not null then
      -- In a statement of its own, which sees what was committed until the lock was had.
      select c.result into earlier from backfill_chunks c
      where c.id = p_chunk_id and c.status = p_outcome and c.lease_token = p_lease_token;
    end if;
  else
    select f.lease_token = p_lease_token and f.lease_expires_at is not null
        and f.step = coalesce(p_step, f.step),
      f.lease_holder,
      case when f.lease_token is distinct from p_lease_token then null
        when p_outcome = 'completed' then case when f.step = p_step + 1 then f.result end
        when f.lease_expires_at is not null then null
        when p_outcome = 'failed' then f.result
        else '{"ok": true}' end
    into is_held, holder, earlier
    from backfill_feeds f
    where f.repository_id = p_repository_id and f.feed = p_source for update;
  end if;
  if earlier is null and is_held is not true then
    raise exception 'The lease on repository % has passed to %.', p_repository_id,
      coalesce(holder, 'nobody')
      using errcode = 'CB001', hint = 'Another run captures it now; nothing is lost.';
  end if;
  return earlier || '{"replayed": true}';
end
$$;

-- Move a backfill past a page, and open its next chunk where the lease goes on.
create or replace function public.backfill_move_backfill_v1(
  p_repository_id uuid,
  p_chunk_id uuid,
  p_page jsonb,
  p_progress jsonb,
  p_measurements jsonb,
  p_page_size jsonb,
  p_stored jsonb,
  p_lease_seconds int,
  p_next_attempt_at timestamptz,
  p_next_attempt_reason text,
  p_now timestamptz
) returns jsonb
language plpgsql
as $$
declare
  finished constant boolean := (p_progress ->> 'finished')::boolean;
  state progressive_backfill_state;
  next_chunk backfill_chunks;
  outcome jsonb;
begin
  update progressive_backfill_state s
  set total_prs = (p_progress #>> '{repository,total}')::int,
    processed_prs = coalesce(s.processed_prs, 0) + (p_stored ->> 'inserted')::int,
    walk_watermark = case when s.last_processed_cursor is null then coalesce((
        select max((p ->> 'updated_at')::timestamptz)
        from jsonb_array_elements(p_page -> 'pull_requests') p), s.walk_watermark)
      else s.walk_watermark end,
    last_processed_cursor = coalesce(p_progress #>> '{position,cursor}', s.last_processed_cursor),
    last_processed_pr_number = coalesce(
      (p_stored #>> '{numbers,-1}')::int, s.last_processed_pr_number),
    last_processed_at = p_now,
    chunk_size = coalesce((p_page_size ->> 'page_size')::int, s.chunk_size),
    -- A person may have paused it meanwhile: that holds from the end of this lease.
    status = case when finished then 'completed' else s.status end,
    consecutive_errors = 0,
    pause_count = 0,
    next_attempt_at = case when not finished then p_next_attempt_at end,
    next_attempt_reason = case when not finished then p_next_attempt_reason end,
    lease_token = case when p_lease_seconds is not null then s.lease_token end,
    lease_holder = case when p_lease_seconds is not null then s.lease_holder end,
    lease_expires_at = p_now + make_interval(secs => p_lease_seconds)
  where s.repository_id = p_repository_id
  returning * into state;

  if state.lease_token is not null then
    -- This one has to be out of the way of the next.
    update backfill_chunks c set status = 'completed' where c.id = p_chunk_id;
    next_chunk := backfill_open_chunk_v1(state, state.last_processed_cursor, state.lease_token, p_now);
  end if;
  update backfill_chunks c
  set status = 'completed',
    pr_numbers = array(select jsonb_array_elements_text(p_stored -> 'numbers')::int),
    started_at = greatest(c.started_at, p_now - interval '{policy.LONGEST_CHUNK}'),
    completed_at = p_now,
    error = null,
    end_cursor = p_progress #>> '{position,cursor}',
    page_size = (p_measurements ->> 'first')::int,
    row_count = (p_stored ->> 'row_count')::int,
    points = (p_measurements ->> 'points')::int,
    fetch_milliseconds = (p_measurements ->> 'milliseconds')::int,
    api_calls_made = (p_measurements ->> 'requests')::int,
    rate_limit_remaining = (p_measurements ->> 'rate_limit_remaining')::int,
    result = jsonb_build_object(
      'ok', true,
      'inserted', p_stored -> 'inserted',
      'rejected', p_stored -> 'rejected',
      'stored', state.processed_prs,
      'status', state.status,
      'next_chunk_id', next_chunk.id,
      'next_chunk_number', next_chunk.chunk_number)
  where c.id = p_chunk_id
  returning c.result into outcome;
  return outcome;
end
$$;

-- Move another source past a page.
--
-- The watermark: review comments come oldest change first, so it follows them. Pull requests come newest
-- change first: it moves when the pass has come down to the old one, to the newest change that GitHub named
-- when the pass began.
--
-- The tag, which only review comments have. It says: while GitHub's list has it, nothing changed since all of
-- it was stored. So a new one counts only at the end of its pass. It is of the list from the watermark on:
-- when the watermark moved, the next pass asks for another list.
--
-- How many pull requests change in an hour: a pass at its end weighs three tenths.
create or replace function public.backfill_move_source_v1(
  p_repository_id uuid,
  p_source text,
  p_progress jsonb,
  p_measurements jsonb,
  p_stored jsonb,
  p_lease_seconds int,
  p_next_attempt_at timestamptz,
  p_next_attempt_reason text,
  p_now timestamptz
) returns jsonb
language plpgsql
as $$
declare
  finished constant boolean := (p_progress ->> 'finished')::boolean;
  held backfill_feeds;
  moved backfill_feeds;
  target timestamptz;
  started_at timestamptz;
  hours double precision;
  changed constant int := coalesce((p_progress #>> '{position,changed}')::int, 0);
begin
  select * into held from backfill_feeds f
  where f.repository_id = p_repository_id and f.feed = p_source;
  moved := held;
  target := (held.position ->> 'target')::timestamptz;
  started_at := (held.position ->> 'started_at')::timestamptz;
  hours := extract(epoch from started_at - target) / 3600;
  if p_source = 'review_comments' then
    moved.watermark := greatest(held.watermark, (p_progress #>> '{position,since}')::timestamptz);
    if finished then
      moved.etag := case when moved.watermark is not distinct from held.watermark
        then coalesce(p_progress #>> '{position,etag}', held.etag) end;
    end if;
  elsif p_source = 'refresh' and finished and target is null then
    moved.watermark := started_at;
  elsif p_source = 'pull_requests' and finished then
    if (target > coalesce(backfill_watermark_v2(p_repository_id, p_source), (
      -- The first pass over a small repository takes all of it.
      select case when b.pull_requests_total < {policy.SMALL_REPOSITORY} then '-infinity'
        else started_at - interval '{policy.FIRST_SYNC}' end
      from backfill_repositories b where b.repository_id = p_repository_id))) is not true
    then
      moved.watermark := coalesce(
        (p_progress #>> '{position,newest}')::timestamptz, held.watermark);
      moved.watermark_is_settled := coalesce(
        (p_progress #>> '{position,is_settled}')::boolean, held.watermark_is_settled);
    end if;
    if hours > 0 then
      moved.items_per_hour := coalesce(
        0.7 * held.items_per_hour + 0.3 * changed / hours, changed / hours);
    end if;
  end if;

  update backfill_feeds f
  set position = case when not finished then nullif(p_progress -> 'position', 'null') end,
    watermark = moved.watermark,
    watermark_is_settled = moved.watermark_is_settled,
    synced_at = case when finished then coalesce(started_at, p_now) else f.synced_at end,
    etag = moved.etag,
    items_per_hour = moved.items_per_hour,
    consecutive_errors = 0,
    next_attempt_at = p_next_attempt_at,
    next_attempt_reason = p_next_attempt_reason,
    lease_holder = case when p_lease_seconds is not null then f.lease_holder end,
    lease_expires_at = p_now + make_interval(secs => p_lease_seconds),
    step = f.step + 1,
    points = f.points + coalesce((p_measurements ->> 'points')::int, 0),
    requests = f.requests + coalesce((p_measurements ->> 'requests')::int, 0),
    milliseconds = f.milliseconds + coalesce((p_measurements ->> 'milliseconds')::int, 0),
    result = p_stored - '{numbers,row_count}'::text[] || jsonb_build_object('ok', true, 'step', f.step + 1)
  where f.repository_id = p_repository_id and f.feed = p_source
  returning * into moved;
  if finished and p_source = 'reconciliation' then
    update backfill_repositories b
    set reconciled_at = moved.synced_at,
      -- Only a list that nothing was added to meanwhile tells.
      unlisted = case when b.pull_requests_total = (held.position ->> 'total')::int
        then b.pull_requests_total - (held.position ->> 'changed')::int else b.unlisted end
    where b.repository_id = p_repository_id;
  end if;
  return moved.result;
end
$$;
