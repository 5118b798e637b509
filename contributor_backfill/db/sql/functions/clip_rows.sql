-- Some databases limit the length of texts, by types or by CHECK constraints (contributor.info's early
-- migrations do). Rather than lose a pull request and all that hangs on it, clip the text to what the
-- column allows and keep the whole row in `backfill_rejects` (22001, not refused).
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
  table_name text := backfill_table_of_v1(p_kind);
  fitting jsonb := coalesce(p_rows, '[]');
  too_long record;
  clipped bigint[] := '{}';
begin
  for too_long in select * from backfill_fit_texts_v1(table_name, fitting) loop
    fitting := jsonb_set(fitting, array[too_long.place::text], too_long.fitted);
    clipped := clipped || (too_long.fitted ->> 'github_id')::bigint;
    perform backfill_record_reject_v1(
      p_repository_id, p_kind, p_rows -> too_long.place::int, '22001',
      format('Clipped: %s. The table %s allows no more.', too_long.clipped, table_name),
      p_now);
  end loop;
  perform backfill_forget_rejects_v1(p_repository_id, p_kind, fitting, clipped, true);
  return fitting;
end
$$;

-- The table that holds the rows of a kind.
create or replace function public.backfill_table_of_v1(p_kind text) returns text
language sql immutable
set search_path = public, pg_temp
as $$
  select case p_kind when 'review_comments' then 'comments' else p_kind end
$$;
