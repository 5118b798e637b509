-- contributor.info has these under names of its own: every row that is written pays for both.
do $$
declare
  ours text;
begin
  foreach ours in array array['reviews_pull_request_id_idx', 'comments_pull_request_id_idx'] loop
    if exists (
      select from pg_index i
      join pg_index o on o.indrelid = i.indrelid and o.indexrelid <> i.indexrelid
        and o.indisvalid and o.indpred is null and o.indexprs is null
        and (o.indkey::text, o.indclass::text, o.indoption::text)
          = (i.indkey::text, i.indclass::text, i.indoption::text)
      where i.indexrelid = to_regclass('public.' || ours))
    then
      execute format('drop index public.%I', ours);
    end if;
  end loop;
end
$$;

-- What a step of a feed moves is worked out in one function.
drop function if exists public.backfill_measured_rate_v1(public.backfill_feeds, jsonb, boolean);
drop function if exists public.backfill_moved_etag_v1(public.backfill_feeds, jsonb, boolean);
drop function if exists public.backfill_moved_watermark_v1(public.backfill_feeds, jsonb, boolean);
drop function if exists public.backfill_reached_watermark_v1(public.backfill_feeds, boolean);
