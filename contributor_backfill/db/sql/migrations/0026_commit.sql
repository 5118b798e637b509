-- contributor.info has these under names of its own: every row that is written pays for both.
do $$
declare
  ours text;
begin
  for ours in
    select format('%I.%I', n.nspname, c.relname)
    from pg_index i
    join pg_class c on c.oid = i.indexrelid
    join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'public'
      and c.relname in ('reviews_pull_request_id_idx', 'comments_pull_request_id_idx')
      and exists (
        select from pg_index o
        where o.indrelid = i.indrelid and o.indexrelid <> i.indexrelid and o.indisvalid
          and o.indpred is null and o.indexprs is null
          and (o.indkey::text, o.indclass::text, o.indoption::text)
            = (i.indkey::text, i.indclass::text, i.indoption::text))
  loop
    execute 'drop index ' || ours;
  end loop;
end
$$;

-- What a step of a feed moves is worked out in one function.
drop function if exists public.backfill_measured_rate_v1(public.backfill_feeds, jsonb, boolean);
drop function if exists public.backfill_moved_etag_v1(public.backfill_feeds, jsonb, boolean);
drop function if exists public.backfill_moved_watermark_v1(public.backfill_feeds, jsonb, boolean);
drop function if exists public.backfill_reached_watermark_v1(public.backfill_feeds, boolean);
