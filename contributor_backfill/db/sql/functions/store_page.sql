-- Store the rows of one page, parents before children. Answers how many pull requests are new, how
-- many rows were rejected, and the numbers of the pull requests in the order of the page.
create or replace function public.backfill_store_page_v1(
  p_repository_id uuid,
  p_page jsonb,
  p_now timestamptz
) returns jsonb
language plpgsql
set search_path = public, pg_temp
as $$
declare
  kind text;
  outcome jsonb;
  inserted int := 0;
  rejected int := 0;
begin
  foreach kind in array array['contributors', 'pull_requests', 'reviews', 'comments'] loop
    outcome := backfill_store_rows_v1(p_repository_id, kind, p_page -> kind, p_now);
    rejected := rejected + (outcome ->> 'rejected')::int;
    if kind = 'pull_requests' then
      inserted := (outcome ->> 'inserted')::int;
    end if;
  end loop;
  perform backfill_store_totals_v1(p_repository_id, p_page -> 'pull_requests', p_now);
  perform backfill_store_continuations_v1(p_page -> 'continuations', p_now);
  perform backfill_store_labels_v1(p_page -> 'pull_requests');
  rejected := rejected
    + backfill_record_skipped_v1(p_repository_id, p_page -> 'skipped', p_now);
  return jsonb_build_object(
    'inserted', inserted,
    'rejected', rejected,
    'numbers', (
      select coalesce(jsonb_agg(n.row -> 'number' order by n.place), '[]')
      from jsonb_array_elements(p_page -> 'pull_requests') with ordinality as n (row, place)));
end
$$;
