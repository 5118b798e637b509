-- Add to what captures of a repository brought and took on a day (see the table backfill_days), and have it
-- counted when a run ends: counting reads all of it, which no commit may wait for.
--
-- p_stored        what backfill_store_page_v1 returns; null: it failed, and only took requests
-- p_measurements  {"points", "requests", "milliseconds"}
-- p_page_size     what the page planner learnt: {"query", "page_size", "clean_pages", "failed_size",
--                 "measurements", "items_per_point"}
create or replace function public.backfill_note_measured_v1(
  p_repository_id uuid,
  p_source text,
  p_stored jsonb,
  p_measurements jsonb,
  p_page_size jsonb,
  p_now timestamptz
) returns void
language plpgsql
as $$
begin
  insert into backfill_days as d (repository_id, day, source, chunks, pull_requests, row_count,
    points, requests, milliseconds)
  values (p_repository_id, (p_now at time zone 'UTC')::date, p_source, (p_stored is not null)::int,
    coalesce(jsonb_array_length(p_stored -> 'numbers'), 0),
    coalesce((p_stored ->> 'row_count')::int, 0),
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

  -- A size that a person fixed stays. Nothing measured leaves what was measured.
  if p_page_size ->> 'query' is not null then
    insert into backfill_page_sizes as t
      (repository_id, query, page_size, clean_pages, failed_size, measurements, items_per_point,
        updated_at)
    select p_repository_id, n.query, n.page_size, n.clean_pages, n.failed_size,
      -- JSON's null is a value of its own.
      nullif(n.measurements, 'null'), n.items_per_point, p_now
    from jsonb_to_record(p_page_size) as n (query text, page_size int, clean_pages int,
      failed_size int, measurements jsonb, items_per_point real)
    on conflict (repository_id, query) do update
    set page_size = excluded.page_size, clean_pages = excluded.clean_pages,
      failed_size = excluded.failed_size,
      measurements = coalesce(excluded.measurements, t.measurements),
      items_per_point = coalesce(excluded.items_per_point, t.items_per_point),
      updated_at = excluded.updated_at
    where not t.is_fixed;
  end if;
end
$$;
