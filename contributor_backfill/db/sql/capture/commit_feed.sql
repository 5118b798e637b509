-- Commit a step of a feed's pass: rows, place, measurements and lease, all of it or nothing. The same
-- step committed twice changes nothing and gets the same answer.
--
-- p_page          see backfill_store_page_v1
-- p_progress      {"position": where the pass goes on, "finished": whether it is at its end,
--                 "repository": {"total", "node_id", "full_name", "is_private"} where GitHub said so,
--                 "listed": which place of a list a refresh covered (see backfill_doubt_unseen_v1)}
-- p_measurements  {"points", "requests", "milliseconds"}
-- p_lease_seconds how long the next step is leased for; null gives the lease back
create or replace function public.backfill_commit_feed_v1(
  p_repository_id uuid,
  p_feed text,
  p_lease_token uuid,
  p_step int,
  p_page jsonb,
  p_progress jsonb,
  p_measurements jsonb,
  p_page_size jsonb,
  p_lease_seconds int default null,
  p_next_attempt_at timestamptz default null,
  p_next_attempt_reason text default null,
  p_connections text[] default '{}',
  p_numbers int[] default null,
  p_limit int default 0,
  p_now timestamptz default now()
) returns jsonb
language plpgsql
set search_path = public, pg_temp
-- As in backfill_commit_page_v1: every row is best found by its index.
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set plan_cache_mode = force_generic_plan
as $$
declare
  held backfill_feeds;
  stored jsonb;
  work jsonb;
  finished boolean := (p_progress ->> 'finished')::boolean;
  goes_on boolean := p_lease_seconds is not null and not finished;
  pass jsonb;
  moved record;
begin
  select * into held from backfill_feeds f
  where f.repository_id = p_repository_id and f.feed = p_feed for update;
  if held.lease_token = p_lease_token and held.step = p_step + 1 and held.result is not null then
    return held.result || jsonb_build_object('replayed', true);
  end if;
  perform backfill_refuse_passed_lease_v1(held, p_repository_id, p_lease_token, p_step);
  pass := held.position;

  if p_progress ->> 'repository' is not null then
    perform backfill_note_repository_v1(p_repository_id, p_progress -> 'repository', p_now);
  end if;
  stored := backfill_store_page_v1(p_repository_id, p_page, p_now);
  if p_progress ->> 'listed' is not null then
    perform backfill_doubt_unseen_v1(p_repository_id, p_progress -> 'listed', p_now);
  end if;
  perform backfill_remember_page_size_v1(p_repository_id, p_page_size, p_now);
  if goes_on and p_feed = 'lists' then
    work := backfill_next_work_v1(
      p_repository_id, p_feed, p_connections, p_numbers, p_limit, p_now);
    -- The queue is empty: there is nothing to hold a lease for.
    goes_on := work <> '{"lists": [], "numbers": [], "doubts": []}';
  end if;

  moved := backfill_move_feed_v1(held, p_progress, finished);
  update backfill_feeds f
  set position = case when not finished then nullif(p_progress -> 'position', 'null') end,
    watermark = moved.watermark,
    watermark_is_settled = moved.watermark_is_settled,
    synced_at = case when finished
      then coalesce((held.position ->> 'started_at')::timestamptz, p_now) else f.synced_at end,
    etag = moved.etag,
    items_per_hour = moved.items_per_hour,
    consecutive_errors = 0,
    next_attempt_at = p_next_attempt_at,
    next_attempt_reason = p_next_attempt_reason,
    lease_holder = case when goes_on then f.lease_holder end,
    lease_expires_at = case when goes_on then p_now + make_interval(secs => p_lease_seconds) end,
    step = p_step + 1,
    points = f.points + coalesce((p_measurements ->> 'points')::int, 0),
    requests = f.requests + coalesce((p_measurements ->> 'requests')::int, 0),
    milliseconds = f.milliseconds + coalesce((p_measurements ->> 'milliseconds')::int, 0),
    result = jsonb_build_object(
      'ok', true,
      'inserted', stored -> 'inserted',
      'rejected', stored -> 'rejected',
      'ended', stored -> 'ended',
      'step', p_step + 1,
      'work', work)
  where f.repository_id = p_repository_id and f.feed = p_feed
  returning * into held;
  if finished and p_feed = 'reconciliation' then
    update backfill_repositories b
    set reconciled_at = held.synced_at,
      -- Only a list that nothing was added to meanwhile tells.
      unlisted = case when b.pull_requests_total = (pass ->> 'total')::int
        then b.pull_requests_total - (pass ->> 'changed')::int else b.unlisted end
    where b.repository_id = p_repository_id;
  end if;
  perform backfill_note_day_v1(p_repository_id, p_feed, p_page, p_measurements, p_now);
  return held.result;
end
$$;

-- CB001 when the lease has passed to another run, or was given back. One that expired but was not
-- taken still counts.
create or replace function public.backfill_refuse_passed_lease_v1(
  p_held backfill_feeds,
  p_repository_id uuid,
  p_lease_token uuid,
  p_step int
) returns void
language plpgsql stable
set search_path = public, pg_temp
as $$
begin
  if (p_held.lease_token = p_lease_token and p_held.lease_expires_at is not null
    and p_held.step = coalesce(p_step, p_held.step)) is not true
  then
    raise exception 'The lease on repository % has passed to %.', p_repository_id,
      coalesce(p_held.lease_holder, 'nobody')
      using errcode = 'CB001', hint = 'Another run captures it now; nothing is lost.';
  end if;
end
$$;

-- What a step moves.
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
create or replace function public.backfill_move_feed_v1(
  p_held backfill_feeds,
  p_progress jsonb,
  p_finished boolean,
  out watermark timestamptz,
  out watermark_is_settled boolean,
  out etag text,
  out items_per_hour real
)
language plpgsql stable
set search_path = public, pg_temp
as $$
declare
  target constant timestamptz := (p_held.position ->> 'target')::timestamptz;
  started_at constant timestamptz := (p_held.position ->> 'started_at')::timestamptz;
  changed constant int := coalesce((p_progress #>> '{position,changed}')::int, 0);
  hours constant double precision := extract(epoch from started_at - target) / 3600;
begin
  watermark := p_held.watermark;
  watermark_is_settled := p_held.watermark_is_settled;
  etag := p_held.etag;
  items_per_hour := p_held.items_per_hour;
  if p_held.feed = 'review_comments' then
    watermark := greatest(watermark, (p_progress #>> '{position,since}')::timestamptz);
    if p_finished then
      etag := case when watermark is not distinct from p_held.watermark
        then coalesce(p_progress #>> '{position,etag}', etag) end;
    end if;
  elsif p_held.feed = 'refresh' and p_finished and target is null then
    watermark := started_at;
  elsif p_held.feed = 'pull_requests' and p_finished then
    if (target > coalesce(backfill_watermark_v1(p_held), (
      -- The first pass over a small repository takes all of it.
      select case when b.pull_requests_total < 100 then '-infinity'
        else started_at - interval '30 days' end
      from backfill_repositories b where b.repository_id = p_held.repository_id))) is not true
    then
      watermark := coalesce((p_progress #>> '{position,newest}')::timestamptz, watermark);
      watermark_is_settled := coalesce(
        (p_progress #>> '{position,is_settled}')::boolean, watermark_is_settled);
    end if;
    if hours > 0 then
      items_per_hour := coalesce(0.7 * items_per_hour + 0.3 * changed / hours, changed / hours);
    end if;
  end if;
end
$$;

-- Give a feed's lease back without a step, to go on at `p_next_attempt_at` (null: whenever a run comes by).
create or replace function public.backfill_release_feed_v1(
  p_repository_id uuid,
  p_feed text,
  p_lease_token uuid,
  p_next_attempt_at timestamptz default null,
  p_reason text default null
) returns jsonb
language plpgsql
set search_path = public, pg_temp
as $$
declare
  held backfill_feeds;
begin
  select * into held from backfill_feeds f
  where f.repository_id = p_repository_id and f.feed = p_feed for update;
  if held.lease_token = p_lease_token and held.lease_expires_at is null then
    return jsonb_build_object('ok', true, 'replayed', true);
  end if;
  perform backfill_refuse_passed_lease_v1(held, p_repository_id, p_lease_token, null);
  update backfill_feeds f
  set next_attempt_at = p_next_attempt_at, next_attempt_reason = p_reason,
    lease_holder = null, lease_expires_at = null
  where f.repository_id = p_repository_id and f.feed = p_feed;
  return jsonb_build_object('ok', true, 'replayed', false);
end
$$;

-- Record that a step could not be made and give the lease back. It is tried again after five minutes,
-- twice as long with each failure in a row, a day at most; what a person must settle, after a day.
create or replace function public.backfill_fail_feed_v1(
  p_repository_id uuid,
  p_feed text,
  p_lease_token uuid,
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
  held backfill_feeds;
begin
  select * into held from backfill_feeds f
  where f.repository_id = p_repository_id and f.feed = p_feed for update;
  if held.lease_token = p_lease_token and held.lease_expires_at is null and held.result is not null
  then
    return held.result || jsonb_build_object('replayed', true);
  end if;
  perform backfill_refuse_passed_lease_v1(held, p_repository_id, p_lease_token, null);
  perform backfill_remember_page_size_v1(p_repository_id, p_page_size, p_now);
  update backfill_feeds f
  set error_count = f.error_count + 1,
    consecutive_errors = f.consecutive_errors + 1,
    last_error = p_error,
    last_error_at = p_now,
    next_attempt_at = p_now + case when p_terminal then interval '1 day' else least(
      interval '1 day', interval '5 minutes' * power(2, least(f.consecutive_errors, 10))) end,
    next_attempt_reason = case when p_terminal then 'access lost' else 'after an error' end,
    lease_holder = null, lease_expires_at = null,
    requests = f.requests + p_requests,
    result = jsonb_build_object('ok', true, 'consecutive_errors', f.consecutive_errors + 1)
  where f.repository_id = p_repository_id and f.feed = p_feed
  returning * into held;
  perform backfill_note_day_v1(
    p_repository_id, p_feed, null, jsonb_build_object('requests', p_requests), p_now);
  update backfill_feeds f
  set result = f.result || jsonb_build_object('next_attempt_at', held.next_attempt_at)
  where f.repository_id = p_repository_id and f.feed = p_feed
  returning * into held;
  return held.result;
end
$$;
