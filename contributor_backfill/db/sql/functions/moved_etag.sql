-- The tag of a feed after a step. It says: while GitHub's list has it, nothing changed since all of it
-- was stored. So a new one counts only at the end of its pass.
--
-- Only review comments have one. It is of the list from the watermark on: when the watermark moved, the
-- next pass asks for another list.
create or replace function public.backfill_moved_etag_v1(
  p_held backfill_feeds,
  p_progress jsonb,
  p_finished boolean
) returns text
language sql stable
set search_path = public, pg_temp
as $$
  select case
    when not p_finished then p_held.etag
    when p_held.feed = 'review_comments' and m.has_moved then null
    when p_held.feed = 'review_comments'
      then coalesce(p_progress #>> '{position,etag}', p_held.etag)
    else p_held.etag
  end
  from (
    select backfill_moved_watermark_v1(p_held, p_progress, p_finished) is distinct from p_held.watermark
      as has_moved) m
$$;

-- How many pull requests change in an hour, after a step: a pass at its end weighs three tenths.
create or replace function public.backfill_measured_rate_v1(
  p_held backfill_feeds,
  p_progress jsonb,
  p_finished boolean
) returns real
language sql immutable
set search_path = public, pg_temp
as $$
  select case
    when p_finished and p_held.feed = 'pull_requests' and m.hours > 0
      then coalesce(0.7 * p_held.items_per_hour + 0.3 * m.changed / m.hours, m.changed / m.hours)::real
    else p_held.items_per_hour
  end
  from (
    select coalesce((p_progress #>> '{position,changed}')::int, 0) as changed,
      extract(epoch from (p_held.position ->> 'started_at')::timestamptz
        - (p_held.position ->> 'target')::timestamptz)::double precision / 3600 as hours) m
$$;
