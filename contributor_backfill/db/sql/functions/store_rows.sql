-- Store rows of one kind with one statement. When a row is bad, store the others one by one and
-- record the bad ones whole, with the reason.
create or replace function public.backfill_store_rows_v1(
  p_repository_id uuid,
  p_kind text,
  p_rows jsonb,
  p_now timestamptz
) returns jsonb
language plpgsql
set search_path = public, pg_temp
as $$
declare
  upsert text := format('select public.%I($1, $2)', 'backfill_upsert_' || p_kind || '_v1');
  row jsonb;
  inserted int := 0;
  inserted_one int;
  rejected int := 0;
begin
  begin
    execute upsert into inserted using p_repository_id, p_rows;
  exception
    -- Only what a row itself can cause; a missing grant or a full disk must stop the commit.
    when data_exception or integrity_constraint_violation or raise_exception then
      inserted := 0;
      for row in select e.value from jsonb_array_elements(p_rows) e loop
        begin
          execute upsert into inserted_one using p_repository_id, jsonb_build_array(row);
          inserted := inserted + inserted_one;
        exception
          when data_exception or integrity_constraint_violation or raise_exception then
            rejected := rejected + 1;
            perform backfill_record_reject_v1(
              p_repository_id, p_kind, row, sqlstate, sqlerrm, p_now);
        end;
      end loop;
  end;
  if rejected = 0 then
    -- What could not be stored before is stored now. A clipped row stays on record (22001).
    delete from backfill_rejects j
    using jsonb_array_elements(p_rows) e
    where j.repository_id = p_repository_id and j.kind = p_kind and j.sqlstate <> '22001'
      and j.github_id = (e.value ->> 'github_id')::bigint;
  end if;
  return jsonb_build_object('inserted', inserted, 'rejected', rejected);
end
$$;
