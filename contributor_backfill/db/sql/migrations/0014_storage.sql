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
drop function if exists public.backfill_length_limits_v1(text);
drop function if exists public.backfill_username_v1(text, bigint, boolean);
