-- What is stored says what is missing: a row that the database refused is told from one that was clipped
-- (both can be 22001), and a repository's own row can be refused too.

alter table public.backfill_rejects add column if not exists refused boolean not null default false;
comment on column public.backfill_rejects.refused is
  'The database refused the row. False with 22001: its texts were clipped, and it is stored.';
update public.backfill_rejects set refused = true
where not refused and (sqlstate <> '22001' or message not like 'Clipped%');

alter table public.backfill_rejects drop constraint if exists backfill_rejects_kind_check;
alter table public.backfill_rejects
  add constraint backfill_rejects_kind_check check (kind in (
    'repositories', 'contributors', 'pull_requests', 'reviews', 'comments', 'review_comments'));

-- These answer what was lost now, not only a number, so they are made anew.
do $$
declare
  replaced text;
begin
  foreach replaced in array array[
    'contributors', 'pull_requests', 'reviews', 'comments', 'review_comments'
  ] loop
    replaced := format('public.backfill_upsert_%s_v1(uuid, jsonb)', replaced);
    if (select p.prorettype = 'int'::regtype from pg_proc p where p.oid = to_regprocedure(replaced)) then
      execute 'drop function ' || replaced;
    end if;
  end loop;
end
$$;
drop function if exists public.backfill_check_comments_v1(uuid, jsonb, text);
drop function if exists public.backfill_store_labels_v1(jsonb);
drop function if exists public.backfill_follow_renames_v1(jsonb, jsonb);
drop function if exists public.backfill_length_limits_v1(text);
drop function if exists public.backfill_username_v1(text, bigint, boolean);

-- Not every database has every column that is written (contributor.info's export as shipped lacks
-- `pull_requests.repository_full_name`). What tells whose a table is was looked for before.
do $$
declare
  lacking record;
begin
  for lacking in
    select e.table_name, e.column_name, e.wanted
    from (values
-- {expected columns}
    ) e (table_name, column_name, wanted, is_telling)
    where not exists (
      select from pg_attribute a
      where a.attrelid = ('public.' || e.table_name)::regclass and a.attname = e.column_name
        and not a.attisdropped)
  loop
    execute format('alter table public.%I add column %I %s',
      lacking.table_name, lacking.column_name,
      replace(lacking.wanted, 'repository_priority', 'public.repository_priority'));
  end loop;
end
$$;
