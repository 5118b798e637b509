-- Store rows of one kind with one statement, clipped where need be. When a row is bad, store the
-- others one by one and record the bad ones as they came, with the reason.
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
  fitting jsonb := backfill_clip_rows_v1(p_repository_id, p_kind, p_rows, p_now);
  inserted int := 0;
  inserted_one int;
  refused bigint[] := '{}';
begin
  begin
    execute upsert into inserted using p_repository_id, fitting;
  exception
    -- Only what a row itself can cause (a text too long for an index is a program limit); a missing
    -- grant or a full disk must stop the commit.
    when data_exception or integrity_constraint_violation or raise_exception
      or program_limit_exceeded
    then
      inserted := 0;
      for place in 0 .. jsonb_array_length(fitting) - 1 loop
        begin
          execute upsert into inserted_one
            using p_repository_id, jsonb_build_array(fitting -> place);
          inserted := inserted + inserted_one;
        exception
          when data_exception or integrity_constraint_violation or raise_exception
            or program_limit_exceeded
          then
            refused := refused || (p_rows -> place ->> 'github_id')::bigint;
            perform backfill_record_reject_v1(
              p_repository_id, p_kind, p_rows -> place, sqlstate, sqlerrm, p_now);
        end;
      end loop;
  end;
  -- What could not be stored before is stored now. A clipped row stays on record (22001).
  perform backfill_forget_rejects_v1(p_repository_id, p_kind, fitting, refused, false);
  return jsonb_build_object('inserted', inserted, 'rejected', cardinality(refused));
end
$$;
