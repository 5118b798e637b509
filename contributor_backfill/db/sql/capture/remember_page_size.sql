-- Keep what the page planner learnt: {"query", "page_size", "clean_pages", "failed_size", "measurements",
-- "items_per_point"}. A size that a person fixed stays. Nothing measured leaves what was measured.
create or replace function public.backfill_remember_page_size_v1(
  p_repository_id uuid,
  p_page_size jsonb,
  p_now timestamptz
) returns void
language plpgsql
set search_path = public, pg_temp
as $$
begin
  if p_page_size ->> 'query' is null then
    return;
  end if;
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
end
$$;
