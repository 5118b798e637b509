-- Add to what captures of a repository brought and took on a day (see the table backfill_days), and have it
-- counted when a run ends: counting reads all of it, which no commit may wait for.
--
-- p_page          the rows, see backfill_store_page_v1; null: it failed, and only took requests
-- p_measurements  {"points", "requests", "milliseconds"}
create or replace function public.backfill_note_day_v1(
  p_repository_id uuid,
  p_source text,
  p_page jsonb,
  p_measurements jsonb,
  p_now timestamptz
) returns void
language plpgsql
set search_path = public, pg_temp
as $$
begin
  insert into backfill_days as d (repository_id, day, source, chunks, pull_requests, row_count,
    points, requests, milliseconds)
  values (p_repository_id, (p_now at time zone 'UTC')::date, p_source, (p_page is not null)::int,
    coalesce(jsonb_array_length(p_page -> 'pull_requests'), 0), backfill_row_count_v1(p_page),
    coalesce((p_measurements ->> 'points')::int, 0),
    coalesce((p_measurements ->> 'requests')::int, 0),
    coalesce((p_measurements ->> 'milliseconds')::int, 0))
  on conflict (repository_id, day, source) do update
  set chunks = d.chunks + excluded.chunks,
    pull_requests = d.pull_requests + excluded.pull_requests,
    row_count = d.row_count + excluded.row_count,
    points = d.points + excluded.points,
    requests = d.requests + excluded.requests,
    milliseconds = d.milliseconds + excluded.milliseconds;

  update backfill_repositories b set count_is_due = true
  where b.repository_id = p_repository_id and not b.count_is_due;
end
$$;

-- How many rows a page holds, of all kinds but accounts.
create or replace function public.backfill_row_count_v1(p_page jsonb) returns int
language plpgsql immutable
set search_path = public, pg_temp
as $$
begin
  return coalesce(jsonb_array_length(p_page -> 'pull_requests'), 0)
    + coalesce(jsonb_array_length(p_page -> 'reviews'), 0)
    + coalesce(jsonb_array_length(p_page -> 'comments'), 0)
    + coalesce(jsonb_array_length(p_page -> 'review_comments'), 0);
end
$$;
