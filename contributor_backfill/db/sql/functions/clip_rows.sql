-- Some databases limit the length of texts by CHECK constraints (contributor.info's early
-- migrations do). Rather than lose a pull request and all that hangs on it, clip the text to what the
-- constraint allows and keep the whole row in `backfill_rejects` (22001).
create or replace function public.backfill_length_limits_v1(p_table text)
returns table (column_name text, max_length int)
language sql stable
set search_path = public, pg_temp
as $$
  select a.attname::text, min(m.found[1]::int)
  from pg_constraint c
  join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
  cross join lateral regexp_matches(
    pg_get_constraintdef(c.oid), '(?:char_)?length\([^<]*<=\s*(\d+)', 'g') as m (found)
  where c.conrelid = to_regclass('public.' || p_table) and c.contype = 'c'
    and cardinality(c.conkey) = 1
  group by a.attname
$$;

-- Answers the rows as the database can hold them. A row that fits by now is taken off the record.
create or replace function public.backfill_clip_rows_v1(
  p_repository_id uuid,
  p_kind text,
  p_rows jsonb,
  p_now timestamptz
) returns jsonb
language plpgsql
set search_path = public, pg_temp
as $$
declare
  table_name text := case p_kind when 'review_comments' then 'comments' else p_kind end;
  fitting jsonb := coalesce(p_rows, '[]');
  too_long record;
  clipped bigint[] := '{}';
begin
  for too_long in
    select e.ordinality - 1 as place, e.value as row,
      jsonb_object_agg(l.column_name, left(e.value ->> l.column_name, l.max_length)) as texts,
      string_agg(
        format('%s to %s', l.column_name, l.max_length), ', ' order by l.column_name) as limits
    from backfill_length_limits_v1(table_name) l
    cross join jsonb_array_elements(fitting) with ordinality as e
    where char_length(e.value ->> l.column_name) > l.max_length
    group by e.ordinality, e.value
  loop
    fitting := jsonb_set(
      fitting, array[too_long.place::text], too_long.row || too_long.texts);
    clipped := clipped || (too_long.row ->> 'github_id')::bigint;
    perform backfill_record_reject_v1(
      p_repository_id, p_kind, too_long.row, '22001',
      format('Clipped: %s characters. A CHECK on %s allows no more.', too_long.limits, table_name),
      p_now);
  end loop;
  perform backfill_forget_rejects_v1(p_repository_id, p_kind, fitting, clipped, true);
  return fitting;
end
$$;
