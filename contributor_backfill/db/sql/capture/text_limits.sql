-- How long a text each column of a table takes, by its type (`varchar(n)`, `char(n)`, a domain over them)
-- and by CHECKs on its length. A CHECK that leaves a choice (OR, CASE) is no limit: what it refuses is
-- refused, and recorded.
create or replace function public.backfill_text_limits_v1(p_table text)
returns table (column_name text, max_length int, max_bytes int)
language plpgsql stable
-- Others call it too, and a session keeps its plan: see backfill_commit_v1.
set enable_seqscan = off
as $$
begin
  return query
  with recursive columns as (
    select a.attname::text as name, a.attnum, a.atttypid as type_id, a.atttypmod as modifier
    from pg_attribute a
    where a.attrelid = to_regclass('public.' || quote_ident(p_table)) and a.attnum > 0
      and not a.attisdropped
  ),
  types as (
    select c.name, c.type_id, c.modifier from columns c
    union all
    select t.name, d.typbasetype, greatest(t.modifier, d.typtypmod)
    from types t
    -- One look-up a column: as a join, all types and all CHECKs of the database would be read.
    cross join lateral (
      select d.typbasetype, d.typtypmod from pg_type d
      where d.oid = t.type_id and d.typtype = 'd' offset 0) d
  ),
  measuring as (
    -- Without a call of a function it measures no length. Writing a CHECK out takes longer than this.
    select null::text as name, k.oid from pg_constraint k
    where k.conrelid = to_regclass('public.' || quote_ident(p_table)) and k.contype = 'c'
      and k.conbin::text like '%:funcid %'
    union all
    select t.name, k.oid
    from types t
    cross join lateral (
      select k.oid from pg_constraint k
      where k.contypid = t.type_id and k.contype = 'c' and k.conbin::text like '%:funcid %'
      offset 0) k
  ),
  checks as materialized (
    select m.name, pg_get_constraintdef(m.oid) as definition from measuring m
  ),
  plain as (
    select k.name, regexp_replace(
      k.definition, '\("?\w+"? IS NULL\) OR | OR \("?\w+"? IS NULL\)', '', 'g') as definition
    from checks k
  ),
  limits as (
    select t.name, 'length' as measure, t.modifier - 4 as most
    from types t
    where t.type_id in ('varchar'::regtype, 'bpchar'::regtype) and t.modifier > 4
    union all
    select coalesce(k.name, m.found[2]), m.found[1], m.found[4]::int - (m.found[3] = '<')::int
    from plain k
    cross join lateral regexp_matches(k.definition, '(octet_length|(?:char(?:acter)?_)?length)'
      '\(+"?(\w+)"?\)*(?:::[\w ]+)?\)*(?:, \d+\))?\s*(<=|<|=)\s*\(?(\d{1,9})', 'g') as m (found)
    where k.definition !~ '\mOR\M|\mCASE\M|\(NOT '
  )
  select l.name,
    min(l.most) filter (where l.measure <> 'octet_length'),
    min(l.most) filter (where l.measure = 'octet_length')
  from limits l join columns c on c.name = l.name
  group by l.name;
end
$$;

-- A text that is no longer than either limit; null is none.
create or replace function public.backfill_clip_text_v1(
  p_text text,
  p_max_length int,
  p_max_bytes int
) returns text
language plpgsql immutable
as $$
declare
  clipped text := left(p_text, coalesce(p_max_length, length(p_text)));
begin
  while octet_length(clipped) > p_max_bytes loop
    -- A character has four bytes at most.
    clipped := left(clipped, length(clipped) - (octet_length(clipped) - p_max_bytes + 3) / 4);
  end loop;
  return clipped;
end
$$;

-- The rows whose texts are too long for a table: index, clipped row, and what was clipped. What names a
-- row is never clipped: the database refuses it, and that is recorded.
create or replace function public.backfill_fit_texts_v1(p_table text, p_rows jsonb)
returns table (place bigint, fitted jsonb, clipped text)
language sql stable
as $$
  with limits as (
    select k.key, min(l.max_length - k.added) as max_length, min(l.max_bytes - k.added) as max_bytes
    from backfill_text_limits_v1(p_table) l
    -- Some columns are filled from another one's value, with something added.
    cross join lateral (
      select case l.column_name when 'base_ref' then 'base_branch' when 'head_ref' then 'head_branch'
          when 'diff_url' then 'html_url' when 'patch_url' then 'html_url'
          else l.column_name end as key,
        case l.column_name when 'diff_url' then 5 when 'patch_url' then 6 else 0 end as added
    ) k
    where l.column_name <> all (array[
      'state', 'comment_type', 'username', 'full_name', 'owner', 'name', 'repository_full_name'])
    group by k.key
  )
  select e.place - 1, e.row || jsonb_object_agg(
      l.key, backfill_clip_text_v1(e.row ->> l.key, l.max_length, l.max_bytes)),
    concat_ws(', ',
      string_agg(format('%s to %s', l.key, l.max_length), ', ' order by l.key)
        filter (where length(e.row ->> l.key) > l.max_length) || ' characters',
      string_agg(format('%s to %s', l.key, l.max_bytes), ', ' order by l.key)
        filter (where octet_length(e.row ->> l.key) > l.max_bytes) || ' bytes')
  from limits l
  cross join jsonb_array_elements(p_rows) with ordinality as e (row, place)
  where length(e.row ->> l.key) > l.max_length or octet_length(e.row ->> l.key) > l.max_bytes
  group by e.place, e.row
$$;
