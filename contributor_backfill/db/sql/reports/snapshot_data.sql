-- The database: its size now and on the days before, and its largest tables. "rows" is Postgres's own
-- estimate, as of the last time that it analyzed the table; null before.
create or replace function public.backfill_snapshot_data_v1(p_now timestamptz) returns jsonb
language sql stable
as $$
  with tables as (
    select c.relname as table, nullif(c.reltuples, -1)::bigint as rows,
      pg_total_relation_size(c.oid) as bytes
    from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
    order by 3 desc, 1 limit 12
  ), samples as (
    select s.day, s.bytes from backfill_database_sizes s
    where s.day > (p_now at time zone 'UTC')::date - {policy.SHOWN_DAYS} and s.day <= (p_now at time zone 'UTC')::date
  )
  select jsonb_build_object(
    'bytes', pg_database_size(current_database()),
    'refresh', (
      select jsonb_build_object('oldest_seen_at', min(r.oldest_seen_at),
        'late', count(*) filter (where not r.holds))
      from backfill_refresh_standing_v2(backfill_tracked_repositories_v1(null), p_now) r
      where r.days > 0),
    'tables', (select coalesce(jsonb_agg(to_jsonb(t) order by t.bytes desc, t.table), '[]') from tables t),
    'samples', (select coalesce(jsonb_agg(to_jsonb(s) order by s.day), '[]') from samples s))
$$;

-- Measure the database, unless that was done on this day already.
create or replace function public.backfill_sample_database_v1(p_now timestamptz) returns void
language sql
as $$
  insert into backfill_database_sizes (day, bytes, row_counts, measured_at)
  select (p_now at time zone 'UTC')::date, pg_database_size(current_database()), (
    select coalesce(jsonb_object_agg(c.relname, c.reltuples::bigint), '{}') from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.reltuples >= 0), p_now
  where not exists (
    select from backfill_database_sizes s where s.day = (p_now at time zone 'UTC')::date)
  on conflict (day) do nothing
$$;
